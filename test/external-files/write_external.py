"""Writes OUT: an HDF5 file with a uint8 dataset `data` of 8 elements in the external file NAME.

usage: write_external.py OUT NAME
"""

import sys

import h5py
from h5py import h5d, h5p, h5s, h5t

with h5py.File(sys.argv[1], "w") as file:
    properties = h5p.create(h5p.DATASET_CREATE)
    properties.set_external(sys.argv[2].encode(), 0, 8)
    h5d.create(file.id, b"data", h5t.NATIVE_UINT8, h5s.create_simple((8,)), properties)
