"""Writes an HDF5 file with the types and links that viewers show, and a .npy file.

Usage: write_h5grove.py FOLDER
"""

import sys
from pathlib import Path

import h5py
import numpy as np

folder = Path(sys.argv[1])
folder.mkdir(parents=True)
rng = np.random.default_rng(4)
with h5py.File(folder / "run.h5", "w") as f:
    f.attrs["title"] = "Größe"
    group = f.create_group("g/inner")
    for i, dtype in enumerate(["i1", "u1", "<i2", "<u4", "<i8", "<f2", "<f4", "<f8", "<c8", "<c16", "?"]):
        data = rng.integers(-5, 5, (4, 6)) if dtype[0] != "u" else rng.integers(0, 9, (4, 6))
        group[f"d{i}"] = data.astype(dtype)
    f.create_dataset("chunked", data=np.arange(300.0).reshape(15, 20) - 40, chunks=(4, 7), compression="gzip")
    f["chunked"].attrs["units"] = "K"
    f["chunked"].attrs["range"] = np.array([0.5, 2.5])
    f["chunked"].attrs["count"] = np.int64(7)
    f["scalar"] = np.float64(2.5)
    f["empty"] = np.zeros((0, 3), "<i4")
    f["special"] = np.array([1.0, np.nan, np.inf])
    f["soft"] = h5py.SoftLink("/missing")
    f["elsewhere"] = h5py.ExternalLink("none.h5", "/x")
np.save(folder / "one.npy", np.arange(6, dtype="<f4").reshape(2, 3))
