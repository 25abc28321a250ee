"""Writes the data of the examples' tests: write_data.py DIRECTORY"""

import os
import sys

import h5py
import netCDF4
import numpy as np

os.chdir(sys.argv[1])
rng = np.random.default_rng(3)

with netCDF4.Dataset("t2m.nc", "w") as f:
    for name, size in (("time", 36), ("lat", 20), ("lon", 30)):
        f.createDimension(name, size)
    packed = f.createVariable("t2m", "i2", ("time", "lat", "lon"), fill_value=-32768, zlib=True)
    packed.scale_factor, packed.add_offset, packed.units = 0.01, 273.15, "K"
    kelvin = np.ma.array(260 + 40 * rng.random((36, 20, 30)))
    kelvin[rng.random(kelvin.shape) < 0.1] = np.ma.masked
    packed[:] = kelvin

with h5py.File("run.h5", "w", libver="latest") as f:
    f["ocean/temperature"] = np.zeros((4, 5), "f4")
    f["ocean/deep/salt"] = np.zeros(7, ">i2")
    f["count"] = np.arange(3, dtype="u8")

with h5py.File("chunked.h5", "w") as f:
    f.create_dataset("a", data=rng.random((40, 32, 24)), chunks=(8, 16, 24), compression="gzip")

os.makedirs("many")
for i in range(1000):
    np.save(f"many/{i:04}.npy", rng.random((6, 7)).astype("f4"))
np.save("large.npy", np.array([2**62, -5, 2**61 + 1]))
np.save("plane.npy", np.add.outer(np.arange(12.0), np.arange(30.0)))
