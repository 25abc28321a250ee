"""Serves the arrays of benchmarks/serving.mjs with another server, on a Unix socket.

Usage: peers.py tiled|h5grove|xpublish FOLDER SOCKET
"""

import sys

import h5py
import uvicorn


def create_tiled(folder):
    from tiled.adapters.array import ArrayAdapter
    from tiled.adapters.mapping import MapAdapter
    from tiled.config import Authentication
    from tiled.server.app import build_app

    with h5py.File(f"{folder}/root/s.h5") as file:
        elements = file["bytes"][...]
    chunks = ((1 << 20,) * (len(elements) >> 20),)
    tree = MapAdapter({"bytes": ArrayAdapter.from_array(elements, chunks=chunks)})
    return build_app(tree, authentication=Authentication(allow_anonymous_access=True))


def create_h5grove(folder):
    from fastapi import FastAPI
    from h5grove.fastapi_utils import router, settings

    settings.base_dir = f"{folder}/root"
    app = FastAPI()
    app.include_router(router)
    return app


def create_xpublish(folder):
    import xarray
    import xpublish

    with h5py.File(f"{folder}/root/s.h5") as file:
        elements = file["bytes"][...]
    dataset = xarray.Dataset({"bytes": ("x", elements)}).chunk({"x": 1 << 20})
    return xpublish.Rest({"d": dataset}).app


create = {"tiled": create_tiled, "h5grove": create_h5grove, "xpublish": create_xpublish}[sys.argv[1]]
uvicorn.run(create(sys.argv[2]), uds=sys.argv[3], log_level="error", access_log=False)
