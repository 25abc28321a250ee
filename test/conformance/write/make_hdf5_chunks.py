"""Writes an HDF5 file with chunked datasets, for conversions that copy chunks. The argument is its path."""

import sys

import h5py
import numpy as np

values = np.random.default_rng(1).integers(0, 50, (20, 33)).astype("<i4")
with h5py.File(sys.argv[1], "w") as file:
    chunks = (6, 7)
    file.create_dataset("plain", data=values, chunks=chunks)
    file.create_dataset("gzip", data=values, chunks=chunks, compression="gzip", compression_opts=4)
    file.create_dataset("shuffled", data=values, chunks=chunks, compression="gzip", compression_opts=4, shuffle=True)
    # One chunk skips its filter.
    masked = file.create_dataset("masked", data=values, chunks=chunks, compression="gzip", compression_opts=4)
    masked.id.write_direct_chunk((6, 7), values[6:12, 7:14].tobytes(), filter_mask=1)
