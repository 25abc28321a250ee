"""Reads with TensorStore's zarr3 driver. Copies and decoding use as many threads as the other contenders; file I/O
uses the default.
"""

import tensorstore as ts

from cell import serve


def open_contender(config):
    context = ts.Context({"data_copy_concurrency": {"limit": config["threads"]}})
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": config["path"] + "/"}}
    data = ts.open(spec, context=context, open=True, read=True).result()
    return lambda index, target: data[index].read().result()


serve(open_contender)
