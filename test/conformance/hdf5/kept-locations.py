"""Writes datasets of 20 x 30 chunks of 1 x 2 elements, of which every seventh is absent, with each kind of chunk index.
The filter of every fifth chunk of a compressed dataset is skipped.

usage: kept-locations.py OUT.h5
"""

import sys
import zlib

import h5py
import numpy as np

ROWS, COLUMNS = 20, 30


def write(file, name, maxshape=None, compression=None):
    d = file.create_dataset(
        name, (ROWS, 2 * COLUMNS), "<i2", chunks=(1, 2), maxshape=maxshape, compression=compression
    )
    for i in range(ROWS * COLUMNS):
        if i % 7 == 0:
            continue
        row, column = divmod(i, COLUMNS)
        elements = np.array([i, -i], "<i2").tobytes()
        is_skipped = compression is not None and i % 5 == 0
        stored = elements if compression is None or is_skipped else zlib.compress(elements)
        d.id.write_direct_chunk((row, 2 * column), stored, 1 if is_skipped else 0)


with h5py.File(sys.argv[1], "w", libver="latest") as f:
    write(f, "fixed-array")
    write(f, "fixed-array-gzip", compression="gzip")
    write(f, "extensible-array", maxshape=(None, 2 * COLUMNS))
    write(f, "btree-v2", maxshape=(None, None))
    write(f, "btree-v2-gzip", maxshape=(None, None), compression="gzip")
with h5py.File(sys.argv[1] + ".old", "w", libver="earliest") as f:
    write(f, "btree-v1")
    write(f, "btree-v1-gzip", compression="gzip")
