"""Writes arrays of texts of several formats below FOLDER, and prints their texts as JSON: {path: nested lists}.

Usage: write_texts.py FOLDER
"""

import json
import sys
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import zarr

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
words = ["", "a", "größe", "δδδ", "日本", "x" * 300, "end"]
grid = np.array([[words[(3 * y + x) % 7] for x in range(7)] for y in range(5)], dtype=object)
short = np.array([[text[:5] for text in row] for row in grid], dtype=object)
expected = {}

with h5py.File(folder / "texts.h5", "w") as f:
    group = f.create_group("g")
    group.attrs["title"] = "texts"
    group.create_dataset("variable", data=grid, dtype=h5py.string_dtype(), chunks=(2, 3), compression="gzip")
    group.create_dataset("whole", data=grid[:, 0], dtype=h5py.string_dtype())
    group["fixed"] = np.char.encode(short.astype("U5"), "utf-8").astype(h5py.string_dtype("utf-8", 16))
    group["scalar"] = "one text"
    group.create_dataset("none", (0, 4), h5py.string_dtype(), maxshape=(None, 4), chunks=(3, 4))
    group.create_dataset("arrays", (4,), np.dtype(("S4", (3,))), chunks=(3,))[...] = np.array([[b"a", b"bc", b"def"]] * 4)
    group["records"] = np.zeros(3, np.dtype([("id", "<i4"), ("x", "<f8")]))
    group.create_dataset("sequences", (2,), h5py.vlen_dtype("<i4"))[0] = np.arange(3)
    group["numbers"] = np.arange(4)
expected["texts.h5/g/variable"] = grid.tolist()
expected["texts.h5/g/whole"] = grid[:, 0].tolist()
expected["texts.h5/g/fixed"] = short.tolist()
expected["texts.h5/g/scalar"] = "one text"
expected["texts.h5/g/arrays"] = [["a", "bc", "def"]] * 4
expected["texts.h5/g/none"] = []

with netCDF4.Dataset(folder / "names.nc", "w") as f:
    f.createDimension("y", 5)
    f.createDimension("x", 7)
    f.createVariable("names", str, ("y", "x"))[:] = grid
expected["names.nc/names"] = grid.tolist()

np.save(folder / "fixed.npy", grid.astype("U300"))
expected["fixed.npy"] = grid.tolist()
zarr.create_array(folder / "text.zarr", shape=grid.shape, chunks=(3, 4), dtype="str")[:] = grid
expected["text.zarr"] = grid.tolist()
# More texts than a chunk of the server has.
long = np.array([str(i) for i in range(70000)])
np.save(folder / "long.npy", long)
expected["long.npy"] = long.tolist()
print(json.dumps(expected))
