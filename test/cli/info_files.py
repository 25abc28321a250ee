"""Writes the files that test/cli/info.test.ts describes, into a folder, and prints sizes that h5py reports."""

import json
import os
import sys

import h5py
import netCDF4
import numpy as np
import zarr

os.chdir(sys.argv[1])
with h5py.File("many.h5", "w") as f:
    for i in range(300):
        f[f"{'ocean' if i % 2 else 'land'}/d{i:03}"] = np.arange(3)

with h5py.File("links.h5", "w") as f:
    f["data/x"] = np.arange(10)
    f["soft"] = h5py.SoftLink("/data/x")
    f["dead"] = h5py.SoftLink("/data/none")
    f["outside"] = h5py.ExternalLink("../other.h5", "/g/y")
    f["gone"] = h5py.ExternalLink("gone.h5", "/g/y")
    f["missing"] = h5py.ExternalLink("many.h5", "/ocean/none")
    f["near"] = h5py.ExternalLink("many.h5", "/ocean/d001")
    f["type"] = np.dtype("i4")
    f["typelink"] = h5py.SoftLink("/type")
    f.create_dataset("grow", (3, 4, 5), "f4", maxshape=(None, 8, 5))
    f["text"] = np.array(["alpha", "g\u00e4mma"], dtype=h5py.string_dtype())
    f["text"].attrs["about"] = "names"
    f.create_dataset("hits", (3,), h5py.vlen_dtype(np.dtype("<i8")))[0] = np.arange(20)
    f["hits"].attrs["about"] = "sequences"
    f["code"] = np.array([b"A1", b"B22"], "S4")
    f["title"] = "a scan"
    f["table"] = np.array([(1, 0.5)], dtype=[("n", "i4"), ("w", "f8")])
    values = np.random.default_rng(1).integers(0, 9, (100, 100)).astype("f4")
    options = dict(compression="gzip", shuffle=True, fletcher32=True)
    encoded = f.create_dataset("encoded", data=values, chunks=(10, 100), **options)
    print(json.dumps({"encoded": encoded.id.get_storage_size()}))

with netCDF4.Dataset("labelled.nc", "w") as f:
    f.title = "a title"
    f.createDimension("time", None)
    f.createDimension("x", 4)
    time = f.createVariable("time", "f8", ("time",))
    time.units = "days since 2000-01-01"
    time[:] = [1, 2, 3]
    height = f.createVariable("height", "f4", ("time", "x"), zlib=True)
    height.units, height.long_name = "m", "height above ground"
    height[:] = 1
    name = f.createVariable("name", str, ("x",))
    name.long_name = "name of the station"
    f.createVariable("hits", f.createVLType("i4", "hits_t"), ("time", "x")).units = "counts"
    f.createVariable("place", f.createCompoundType(np.dtype([("x", "i4"), ("y", "f8")]), "place_t"), ("x",)).units = "m"
    group = f.createGroup("sub")
    group.createDimension("z", 7)
    group.createVariable("w", "i2", ("z", "x"))

codec = zarr.codecs.ZstdCodec()
array = zarr.create_array(
    "sharded.zarr",
    shape=(100, 100),
    chunks=(10, 10),
    shards=(50, 50),
    dtype="f4",
    dimension_names=("y", "x"),
    compressors=codec,
)
array[:] = 1
old = zarr.create_array("old.zarr", shape=(8, 6), chunks=(4, 3), dtype="f4", zarr_format=2)
old.attrs["_ARRAY_DIMENSIONS"] = ["lat", "lon"]
old.attrs["zarr"] = "mine"
