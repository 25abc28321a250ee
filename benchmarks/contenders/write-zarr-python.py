"""Writes a Zarr array with zarr-python and its default codec pipeline, or with the pipeline of zarrs
(`write.pipeline`: "zarrs"). Neither synchronizes files. If the source is an HDF5 file, h5py reads it slab by slab.
"""

import zarr

from write_cell import serve_writes


def open_contender(config, boxes):
    write = config["write"]
    zarr.config.set({"threading.max_workers": config["threads"], "async.concurrency": write.get("concurrency", 10)})
    if write.get("pipeline") == "zarrs":
        import zarrs  # noqa: F401

        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
    compressors = [zarr.codecs.ZstdCodec(level=3)] if write["codecs"] == "zstd" else None

    def create(path):
        return zarr.create_array(
            store=path,
            shape=config["shape"],
            dtype="float32",
            chunks=tuple(write["chunk"]),
            shards=None if write.get("shard") is None else tuple(write["shard"]),
            compressors=compressors,
        )

    def write_boxes(path):
        array = create(path)
        for index, data in boxes:
            array[index] = data

    def convert(path):
        import h5py

        array = create(path)
        step = write["chunk"][0]
        with h5py.File(config["path"], "r") as file:
            for z in range(0, config["shape"][0], step):
                array[z : z + step] = file["data"][z : z + step]

    return convert if config["path"].endswith(".h5") else write_boxes


serve_writes(".zarr", open_contender)
