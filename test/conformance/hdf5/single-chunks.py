"""Writes datasets one chunk at a time. Version 1 B-trees of one to three levels index the chunks.

usage: single-chunks.py OUT.h5
"""

import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "w", libver="earliest") as f:
    for count in (1, 2, 3, 64, 65, 66, 199, 200, 5000, 5001):
        d = f.create_dataset(f"line-{count}", (count,), "i2", chunks=(1,))
        for i in range(count):
            d[i] = i
    rng = np.random.default_rng(7)
    d = f.create_dataset("line-shuffled", (3001,), "i2", chunks=(1,))
    for i in rng.permutation(3001):
        d[i] = i
    d = f.create_dataset("plane", (150, 5), "i2", chunks=(1, 2))
    for i in rng.permutation(150):
        d[i] = i
    d = f.create_dataset("shrunk", (400,), "i2", chunks=(1,), maxshape=(None,))
    d[...] = 1
    d.resize((131,))
