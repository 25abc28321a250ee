"""Writes small arrays for the controls of the viewer.

Usage: write_controls.py FOLDER
"""

import sys
from pathlib import Path

import h5py
import numpy as np

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
with h5py.File(folder / "small.h5", "w") as f:
    values = np.arange(30 * 40, dtype="<i2").reshape(30, 40)
    values[:2] = -1
    scaled = f.create_dataset("scaled", data=values)
    scaled.attrs["scale_factor"], scaled.attrs["add_offset"], scaled.attrs["_FillValue"] = 0.5, 100.0, np.int16(-1)
    f["cube"] = np.arange(3 * 4 * 5, dtype="<i4").reshape(3, 4, 5)
    # The left half is red, and the right half is blue.
    picture = np.zeros((20, 30, 3), "u1")
    picture[:, :15, 0] = 255
    picture[:, 15:, 2] = 255
    rgb = f.create_dataset("rgb", data=picture)
    rgb.attrs["CLASS"] = np.bytes_("IMAGE")
    rgb.attrs["IMAGE_SUBCLASS"] = np.bytes_("IMAGE_TRUECOLOR")
    rgb.attrs["INTERLACE_MODE"] = np.bytes_("INTERLACE_PIXEL")
