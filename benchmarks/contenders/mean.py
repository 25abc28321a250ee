"""Computes the mean of a whole array in slabs of 64 planes, with float64 sums. `library` reads the slabs."""

import numpy as np
from cell import serve
from checksum import mean_of

PLANES = 64


def open_array(config):
    if config["library"] == "numpy-memmap":
        return np.load(config["path"], mmap_mode="r")
    if config["library"] == "tensorstore":
        import tensorstore as ts

        context = ts.Context({"data_copy_concurrency": {"limit": config["threads"]}})
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": config["path"] + "/"}}
        return ts.open(spec, context=context, open=True, read=True).result()
    import zarr

    zarr.config.set({"threading.max_workers": config["threads"]})
    if config["library"] == "zarrs":
        import zarrs  # noqa: F401

        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
    return zarr.open_array(config["path"], mode="r")


def open_contender(config):
    data = open_array(config)
    count = int(np.prod(data.shape))

    def read(index, target):
        sums = []
        for plane in range(0, data.shape[0], PLANES):
            slab = data[plane : plane + PLANES]
            slab = slab.read().result() if config["library"] == "tensorstore" else slab
            sums.append(np.sum(slab, dtype=np.float64))
        return mean_of(sums, count)

    return read


serve(open_contender)
