"""Writes HDF5 files with B-trees of versions 1 and 2, fixed arrays and extensible arrays as chunk indexes.

usage: saved-index.py FOLDER
"""

import sys
from pathlib import Path

import h5py
import numpy as np

folder = Path(sys.argv[1])
rng = np.random.default_rng(7)
values = rng.integers(0, 1000, (60, 70, 9)).astype("<i4")
for name, libver, maxshape in (
    ("btree1", "earliest", None),
    ("fixed", "latest", None),
    ("extensible", "latest", (60, None, 9)),
    ("btree2", "latest", (None, None, 9)),
):
    with h5py.File(folder / f"{name}.h5", "w", libver=libver) as file:
        group = file.create_group("g")
        full = group.create_dataset(
            "full", values.shape, values.dtype, chunks=(4, 5, 3), maxshape=maxshape, compression="gzip"
        )
        full[...] = values
        holes = group.create_dataset(
            "holes", values.shape, values.dtype, chunks=(7, 6, 9), maxshape=maxshape, fillvalue=-1
        )
        holes[10:20, 30:40] = values[10:20, 30:40]
        file.create_dataset("plain", data=values)
        file["g/again"] = full
np.save(folder / "full.npy", values)
expected = np.full_like(values, -1)
expected[10:20, 30:40] = values[10:20, 30:40]
np.save(folder / "holes.npy", expected)
