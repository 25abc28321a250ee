"""Prints the checksum of an array that a contender has written: read_written.py PATH < SELECTIONS.

NumPy or zarr-python reads the array, so that the check does not depend on the library that has written it. A raw file
has the shape that follows PATH.
"""

import json
import sys

import numpy as np
from checksum import Checksum


def open_written(path, shape):
    if path.endswith(".npy"):
        return np.load(path, mmap_mode="r")
    if path.endswith(".raw"):
        return np.memmap(path, dtype=np.float32, mode="r", shape=shape)
    import zarr

    return zarr.open_array(path, mode="r")


data = open_written(sys.argv[1], tuple(int(n) for n in sys.argv[2:]))
sums = Checksum()
for selection in json.load(sys.stdin):
    sums.add(data[tuple(slice(*s) if isinstance(s, list) else slice(None) for s in selection)])
print(sums.text())
