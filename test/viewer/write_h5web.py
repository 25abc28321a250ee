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
    f["broken"] = h5py.SoftLink("/none")
# More elements than h5web gets.
np.save(folder / "huge.npy", np.hypot(*np.mgrid[0:3000, 0:3000]).astype("f4"))
