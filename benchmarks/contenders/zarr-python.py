"""Reads with zarr-python and its default codec pipeline, or with the pipeline of zarrs (`pipeline`: "zarrs")."""

import zarr
from cell import serve


def open_contender(config):
    zarr.config.set({"threading.max_workers": config["threads"], "async.concurrency": config.get("concurrency", 10)})
    if config.get("pipeline") == "zarrs":
        import zarrs  # noqa: F401

        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
    path = config["path"]
    store = zarr.storage.ZipStore(path, mode="r") if path.endswith(".zip") else path
    data = zarr.open_array(store, mode="r")
    return lambda index, target: data[index]


serve(open_contender)
