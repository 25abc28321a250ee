"""Writes float32 rows of 16 elements, in uncompressed chunks of 2048 rows. Each element is its C-order index.

Usage: sparse-rows.py FILE CHUNKS
"""

import sys

import h5py
import numpy as np

path, chunks = sys.argv[1], int(sys.argv[2])
rows = chunks * 2048
with h5py.File(path, "w") as file:
    data = np.arange(rows * 16, dtype="f4").reshape(rows, 16)
    file.create_dataset("data", data=data, chunks=(2048, 16))
