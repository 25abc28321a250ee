"""Writes OUT: an HDF5 file with a float32 dataset `data` of N elements in shuffled gzip chunks of CHUNK elements.

Each element is its index.

usage: write_hdf5.py OUT N CHUNK
"""

import sys

import h5py
import numpy as np

path, n, chunk = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with h5py.File(path, "w") as file:
    file.create_dataset("data", data=np.arange(n, dtype="<f4"), chunks=(chunk,), compression="gzip", shuffle=True)
