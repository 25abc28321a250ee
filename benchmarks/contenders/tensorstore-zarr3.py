"""TensorStore's zarr3 driver; as many threads for copies and decoding as the others, file threads at its default."""

import tensorstore as ts

from cell import serve


def open_contender(config):
    context = ts.Context({"data_copy_concurrency": {"limit": config["threads"]}})
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": config["path"] + "/"}}
    data = ts.open(spec, context=context, open=True, read=True).result()
    return lambda index, target: data[index].read().result()


serve(open_contender)
