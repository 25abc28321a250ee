"""Prints the expected checksum of the selections in its standard input, which is JSON.

usage: expect.py DATA elements|mean [SIZE...]

Reads the data with NumPy, and .h5 files with h5py. With `mean`, the checksum is that of the mean of the whole array as
float32. If SIZEs are given, the array is reshaped to them first. A selection
is a list with one entry per dimension: a number, [start, stop], {"list": [...]}, or null for all indices. See
runner/checksum.mjs for the checksum.
"""

import json
import os
import sys

import numpy as np

from checksum import Checksum, mean_of


def tiles(path):
    with open(os.path.join(path, "tiles.json")) as file:
        manifest = json.load(file)
    shape, tile = manifest["shape"], manifest["tileShape"]
    out = np.empty(shape, manifest["dtype"])
    for at in np.ndindex(*(n // t for n, t in zip(shape, tile))):
        values = np.fromfile(os.path.join(path, manifest["path"].format(*at)), out.dtype)
        out[tuple(slice(a * t, (a + 1) * t) for a, t in zip(at, tile))] = values.reshape(tile)
    return out


def reference(path):
    if path.endswith(".npy"):
        return np.load(path, mmap_mode="r")
    if path.endswith(".h5"):
        import h5py

        return h5py.File(path)["data"]
    return tiles(path)


def entry(given):
    if isinstance(given, dict):
        return given["list"]
    return slice(*given) if isinstance(given, list) else slice(None) if given is None else given


data = reference(sys.argv[1])
if len(sys.argv) > 3:
    data = data.reshape([int(extent) for extent in sys.argv[3:]])
sums = Checksum()
if sys.argv[2] == "mean":
    sums.add(mean_of([np.sum(data[plane], dtype=np.float64) for plane in range(data.shape[0])], data.size))
    print(sums.text())
    sys.exit()
for selection in json.load(sys.stdin):
    index = tuple(entry(s) for s in selection)
    if selection == [None] * data.ndim:
        for plane in range(0, data.shape[0], 16):
            sums.add(np.ascontiguousarray(data[plane : plane + 16]))
    else:
        sums.add(np.ascontiguousarray(data[index]))
print(sums.text())
