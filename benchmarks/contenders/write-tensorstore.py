"""Writes a Zarr array with TensorStore's zarr3 driver. `write.syncs`: true to synchronize each file, as TensorStore does
by default. `write.transaction`: true to collect all writes in memory, and store each chunk once.
"""

import tensorstore as ts

from write_cell import serve_writes


def codecs_of(write):
    bytes_codec = {"name": "bytes", "configuration": {"endian": "little"}}
    zstd = {"name": "zstd", "configuration": {"level": 3, "checksum": False}}
    inner = [bytes_codec, zstd] if write["codecs"] == "zstd" else [bytes_codec]
    if write.get("shard") is None:
        return inner
    index = [bytes_codec, {"name": "crc32c"}]
    sharding = {"chunk_shape": write["chunk"], "codecs": inner, "index_codecs": index, "index_location": "end"}
    return [{"name": "sharding_indexed", "configuration": sharding}]


def open_contender(config, boxes):
    write = config["write"]
    context = ts.Context(
        {"data_copy_concurrency": {"limit": config["threads"]}, "file_io_sync": write["syncs"]},
    )
    grid = {"name": "regular", "configuration": {"chunk_shape": write.get("shard") or write["chunk"]}}
    metadata = {"shape": config["shape"], "data_type": "float32", "chunk_grid": grid, "codecs": codecs_of(write)}

    def write_boxes(path):
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": path + "/"}, "metadata": metadata}
        array = ts.open(spec, context=context, create=True).result()
        if write.get("transaction"):
            transaction = ts.Transaction()
            for index, data in boxes:
                array.with_transaction(transaction)[index].write(data).result()
            transaction.commit_sync()
            return
        for index, data in boxes:
            array[index].write(data).result()

    return write_boxes


serve_writes(".zarr", open_contender)
