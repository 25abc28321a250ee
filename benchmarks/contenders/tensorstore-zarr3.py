"""Reads with TensorStore's zarr3 driver. Copies and decoding use as many threads as the other contenders; file I/O
uses the default.

`cacheBytes` is the size of its cache of decoded chunks, which is empty before each round unless `keepsCache` is set.
With `concurrent`, all reads of a round are in flight at the same time.
"""

import tensorstore as ts

from cell import serve


def open_contender(config):
    def open_array():
        context = {"data_copy_concurrency": {"limit": config["threads"]}}
        if "cacheBytes" in config:
            context["cache_pool"] = {"total_bytes_limit": config["cacheBytes"]}
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": config["path"] + "/"}}
        return ts.open(spec, context=ts.Context(context), open=True, read=True, recheck_cached_data="open").result()

    data = open_array()

    def read(index, target):
        return data[index].read().result()

    def begin():
        nonlocal data
        data = open_array()

    if "cacheBytes" in config and not config.get("keepsCache"):
        read.begin = begin
    if config.get("concurrent"):
        read.many = lambda indexes: [future.result() for future in [data[index].read() for index in indexes]]
    return read


serve(open_contender)
