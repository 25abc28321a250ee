"""Writes smooth sample arrays of several formats below FOLDER, as a user of the viewer has them.

Usage: write_samples.py FOLDER
"""

import json
import sys
from pathlib import Path

import h5py
import netCDF4
import nibabel
import numpy as np
import tiledb
import zarr
from safetensors.numpy import save_file

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def weather(time, lat, lon):
    """Returns temperatures in kelvin at hours, latitudes and longitudes in degrees."""
    t, y, x = np.meshgrid(time, np.radians(lat), np.radians(lon), indexing="ij")
    wave = 8 * np.sin(3 * x + y * 2 - t * 0.3) * np.cos(y) + 4 * np.cos(5 * x - t * 0.2) * np.cos(2 * y)
    return 240 + 58 * np.cos(y) ** 2 + wave


time, lat, lon = np.arange(24.0), np.linspace(-90, 90, 181), np.arange(0, 360.0)
for version, name in (("NETCDF4", "era5.nc"), ("NETCDF3_CLASSIC", "classic.nc")):
    with netCDF4.Dataset(folder / name, "w", format=version) as f:
        f.title = "Sample of a weather model"
        for dimension, values, units in (
            ("time", time, "hours since 2026-01-01"),
            ("lat", lat, "degrees_north"),
            ("lon", lon, "degrees_east"),
        ):
            f.createDimension(dimension, len(values))
            variable = f.createVariable(dimension, "f8", (dimension,))
            variable.units = units
            variable[:] = values
        options = {"zlib": True, "chunksizes": (1, 61, 90)} if version == "NETCDF4" else {}
        t2m = f.createVariable("t2m", "i2", ("time", "lat", "lon"), fill_value=-32768, **options)
        t2m.scale_factor, t2m.add_offset = 0.01, 250.0
        t2m.units, t2m.long_name = "K", "2 metre temperature"
        values = np.ma.masked_array(weather(time, lat, lon))
        values[:, 20:50, 100:160] = np.ma.masked
        t2m[:] = values

y, x = np.mgrid[0:600, 0:800]
with h5py.File(folder / "run.h5", "w") as f:
    entry = f.create_group("entry")
    entry.attrs["title"] = "Diffraction"
    rings = np.exp(-((np.hypot(x - 400, y - 300) % 90 - 45) ** 2) / 60) * 1000 + 1
    entry.create_dataset("image", data=rings.astype("f4"), chunks=(128, 128), compression="gzip")
    entry.create_dataset("spectrum", data=np.exp(-((np.arange(4096) - 1800) ** 2) / 2e4) * 50 + 1)
    entry.create_dataset("field", data=y[:60, :80] * np.exp(1j * x[:60, :80] / 5).astype("c8"))
    entry.create_dataset("counts", data=(x[:40, :30] * 3 + y[:40, :30]).astype("i4"))
    entry["pressure"] = np.float64(1013.25)

np.save(folder / "volume.npy", np.sin(np.linspace(0, 9, 32 * 48 * 64)).reshape(32, 48, 64).astype("f4"))
# Larger than a preview, so that the page shows it in two steps.
np.save(folder / "large.npy", np.hypot(*np.mgrid[0:1500, 0:2000]).astype("f4"))
stored = zarr.create_array(folder / "ocean.zarr", name="height", shape=(20, 240, 320), chunks=(1, 60, 80), dtype="f4")
stored[:] = np.stack([np.sin(x[:240, :320] / 25 + k / 3) * np.cos(y[:240, :320] / 18) for k in range(20)])
ball = 900 - np.sqrt(sum((axis - 24) ** 2 for axis in np.mgrid[0:48, 0:48, 0:48])) * 30
nibabel.save(nibabel.Nifti1Image(ball.astype("i2"), np.eye(4)), folder / "brain.nii.gz")
save_file({"layer.weight": np.outer(np.sin(np.arange(64) / 5), np.cos(np.arange(96) / 7)).astype("f4")}, folder / "net.safetensors")
tiledb.from_numpy(str(folder / "grid.tdb"), np.hypot(*np.mgrid[0:90, 0:120]).astype("f4")).close()
(folder / "raw.bin").write_bytes((x[:100, :150] * y[:100, :150]).astype("<f4").tobytes())
(folder / "raw.bin.json").write_text(json.dumps({"dtype": "float32", "shape": [100, 150]}))
