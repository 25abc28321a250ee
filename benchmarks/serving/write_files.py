"""Writes the HDF5 file of benchmarks/serving.mjs: chunks of random bytes, and smooth planes.

Usage: write_files.py FILE
"""

import sys

import h5py
import numpy as np

rng = np.random.default_rng(1)
y, x = np.mgrid[0:1024, 0:1024]
with h5py.File(sys.argv[1], "w") as f:
    elements = rng.integers(0, 256, 16 << 20, dtype="u1")
    f.create_dataset("bytes", data=elements, chunks=(1 << 20,), compression="gzip", compression_opts=1)
    planes = np.stack([np.sin(x / 50 + k) * np.cos(y / 40) for k in range(8)]).astype("f4")
    f.create_dataset("planes", data=planes, chunks=(1, 256, 256), compression="gzip")
