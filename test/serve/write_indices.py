"""Writes an HDF5 file with float32 arrays of ROWS x COLUMNS elements whose values are their indices.

Usage: write_indices.py PATH ROWS COLUMNS
"""

import sys

import h5py
import numpy as np

path, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
array = np.arange(rows * columns, dtype="<f4").reshape(rows, columns)
with h5py.File(path, "w") as f:
    f.create_dataset("gzip", data=array, chunks=(32, 50), compression="gzip", compression_opts=1, shuffle=True)
    f.create_dataset("plain", data=array)
