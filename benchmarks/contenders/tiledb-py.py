"""Reads with TileDB-Py, with as many compute and I/O threads as the other contenders."""

import tiledb

from cell import serve


def open_contender(config):
    threads = str(config["threads"])
    context = tiledb.Ctx({"sm.compute_concurrency_level": threads, "sm.io_concurrency_level": threads})
    array = tiledb.open(config["path"], "r", ctx=context)

    def read(index, target):
        data = array[index]
        return data["v"] if isinstance(data, dict) else data

    return read


serve(open_contender)
