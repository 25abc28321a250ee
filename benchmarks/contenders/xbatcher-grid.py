"""Reads crops with xbatcher from an array of xarray and dask, whose chunks zarr-python or zarrs reads.

`stride` is the distance of the positions at which xbatcher may cut out crops, in each dimension. With `joint`, dask
computes all crops of a round together, so that it reads a chunk once for all of them.
"""

import dask
import dask.array
import xarray
import xbatcher
import zarr
from cell import serve


def open_contender(config):
    zarr.config.set({"threading.max_workers": config["threads"]})
    if config.get("pipeline") == "zarrs":
        import zarrs  # noqa: F401

        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
    dask.config.set(scheduler="threads", num_workers=config["threads"])
    array = xarray.DataArray(dask.array.from_zarr(zarr.open_array(config["path"], mode="r")), dims=("z", "y", "x"))
    size, stride = config["crop"], config["stride"]
    generator = xbatcher.BatchGenerator(
        array,
        input_dims=dict(zip("zyx", size)),
        input_overlap={d: n - s for d, n, s in zip("zyx", size, stride) if n > s},
    )
    counts = [(n - c) // s + 1 for n, c, s in zip(config["shape"], size, stride)]

    def crop(index):
        z, y, x = (part.start // s for part, s in zip(index, stride))
        return generator[(z * counts[1] + y) * counts[2] + x]

    def read(index, target):
        return crop(index).values

    if config.get("joint"):
        read.many = lambda indexes: list(dask.compute(*[crop(index).data for index in indexes]))
    return read


serve(open_contender)
