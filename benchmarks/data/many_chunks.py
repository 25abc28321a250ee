"""Writes an HDF5 dataset `a` of one-byte chunks.

usage: many_chunks.py PATH COUNT implicit|fixed
"""

import sys

import h5py

path, count, index = sys.argv[1], int(float(sys.argv[2])), sys.argv[3]
with h5py.File(path, "w", libver="latest") as file:
    space = h5py.h5s.create_simple((count,), (count,))
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_chunk((1,))
    creation.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    creation.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    if index == "fixed":
        creation.set_shuffle()  # An implicit index has no filters.
    h5py.h5d.create(file.id, b"a", h5py.h5t.NATIVE_UINT8, space, creation)
