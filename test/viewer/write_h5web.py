"""Writes arrays that h5web shows in different ways.

Usage: write_h5web.py FOLDER
"""

import sys
from pathlib import Path

import h5py
import numpy as np

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
y, x = np.mgrid[0:300, 0:400]
with h5py.File(folder / "more.h5", "w") as f:
    rgb = f.create_dataset("rgb", data=np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype("u1"))
    rgb.attrs["CLASS"] = np.bytes_("IMAGE")
    rgb.attrs["IMAGE_SUBCLASS"] = np.bytes_("IMAGE_TRUECOLOR")
    rgb.attrs["INTERLACE_MODE"] = np.bytes_("INTERLACE_PIXEL")
    f["texts"] = np.array(["one", "zwei"], dtype=h5py.string_dtype())
    f["records"] = np.array([(1, 2.5), (3, 4.5)], [("id", "<i4"), ("x", "<f8")])
    f["halves"] = (x / 400).astype("<f2")
    f["flags"] = (x + y) % 3 == 0
    f["wide"] = np.arange(2**40, 2**40 + 12).reshape(3, 4)
    f["type"] = np.dtype("<f4")
    nested = np.dtype([("label", h5py.string_dtype()), ("z", "<c16"), ("in", [("w", "<f4"), ("big", "<i8")])])
    f["mixed"] = np.array([("first", 1 - 2j, (0.5, 2**33)), ("second", np.nan, (np.inf, -1))], nested)
    sequences = f.create_dataset("sequences", (2,), h5py.vlen_dtype("<f4"))
    sequences[0], sequences[1] = [1.5], [2.5, 3.5]
    f["typed"] = np.float32(7.25)
    colors = h5py.enum_dtype({"RED": 0, "GREEN": 7}, basetype="i2")
    f["typed"].attrs.create("color", 7, dtype=colors)
    f["typed"].attrs["point"] = np.array((1, 2.5), [("x", "<i4"), ("y", "<f8")])
    f["typed"].attrs["names"] = ["alpha", "beta"]
    f["typed"].attrs["target"] = f["rgb"].ref
    f["alias"] = h5py.SoftLink("/mixed")
    f["broken"] = h5py.SoftLink("/none")
# More elements than h5web gets.
np.save(folder / "huge.npy", np.hypot(*np.mgrid[0:3000, 0:3000]).astype("f4"))
