"""Writes arrays in which element i in C order is i: write-formats.py FOLDER. Prints the path of each array."""

import os
import sys

import h5py
import netCDF4
import nibabel
import numpy as np
import tiledb
import zarr

folder = sys.argv[1]


def at(name):
    return os.path.join(folder, name)


plane = np.arange(300 * 400, dtype="<f4").reshape(300, 400)
with h5py.File(at("formats.h5"), "w") as file:
    file.create_dataset("gzip", data=plane, chunks=(37, 50), compression="gzip", shuffle=True)
    file.create_dataset("contiguous", data=plane)
    file.create_dataset("integers", data=plane.astype(">i4"), chunks=(64, 64))
for name, file_format in [("classic.nc", "NETCDF3_64BIT_OFFSET"), ("new.nc", "NETCDF4")]:
    with netCDF4.Dataset(at(name), "w", format=file_format) as file:
        file.createDimension("y", None)
        file.createDimension("x", 400)
        options = {"zlib": True} if file_format == "NETCDF4" else {}
        file.createVariable("v", "f4", ("y", "x"), **options)[:] = plane
nibabel.save(nibabel.Nifti1Image(np.arange(30 * 40 * 50, dtype="<f4").reshape(30, 40, 50), np.eye(4)), at("image.nii.gz"))
np.savez_compressed(at("formats.npz"), plane=plane)
filters = tiledb.FilterList([tiledb.ByteShuffleFilter(), tiledb.ZstdFilter()])
domain = tiledb.Domain(
    tiledb.Dim("y", domain=(0, 299), tile=37, dtype=np.int32), tiledb.Dim("x", domain=(0, 399), tile=50, dtype=np.int32)
)
schema = tiledb.ArraySchema(domain, [tiledb.Attr("v", dtype=np.float32, filters=filters)])
tiledb.Array.create(at("array.tiledb"), schema)
with tiledb.open(at("array.tiledb"), "w") as array:
    array[:] = plane
codec = zarr.codecs.BloscCodec(cname="lz4", shuffle="shuffle")
zarr.create_array(at("blosc.zarr"), data=plane, chunks=(37, 50), compressors=codec)
for path in [
    "formats.h5#gzip",
    "formats.h5#contiguous",
    "formats.h5#integers",
    "classic.nc#v",
    "new.nc#v",
    "image.nii.gz",
    "formats.npz#plane",
    "array.tiledb",
    "blosc.zarr",
]:
    print(at(path))
