"""Writes one dataset of a million chunks per kind of index, all allocated and none written.

usage: million.py OUT
"""

import os
import sys

import h5py
from h5py import h5d, h5p, h5s, h5t

OUT = sys.argv[1]
U = h5s.UNLIMITED
SHAPE = (100, 100, 200)

for name, libver, limits, filtered in (
    ("btree-v1", "earliest", SHAPE, False),
    ("implicit", "v110", SHAPE, False),
    ("fixed-array", "v110", SHAPE, True),
    ("extensible-array-first", "v110", (U, *SHAPE[1:]), False),
    ("extensible-array-last", "v110", (*SHAPE[:2], U), True),
    ("btree-v2", "v110", (U, U, U), True),
):
    bounds = "earliest" if libver == "earliest" else (libver, libver)
    with h5py.File(os.path.join(OUT, f"{name}.h5"), "w", libver=bounds) as f:
        dcpl = h5p.create(h5p.DATASET_CREATE)
        dcpl.set_chunk((1, 1, 2))
        dcpl.set_fill_time(h5d.FILL_TIME_NEVER)
        dcpl.set_alloc_time(h5d.ALLOC_TIME_EARLY)
        if filtered:
            dcpl.set_deflate(1)
        h5d.create(f.id, b"d", h5t.NATIVE_INT8, h5s.create_simple(SHAPE, limits), dcpl)
