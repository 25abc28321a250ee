"""Writes HDF5 datasets with the Blosc2 filter of hdf5plugin, and their elements.

usage: blosc2.py OUT SEED

Writes OUT/blosc2.h5, and its cases (cases.py).
"""

import itertools
import os
import random
import sys

import h5py
import hdf5plugin
import numpy as np

from cases import write_cases

OUT, SEED = sys.argv[1], int(sys.argv[2])
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
os.chdir(OUT)

CODECS = ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]
FILTERS = ["NOFILTER", "SHUFFLE", "BITSHUFFLE", "DELTA", "TRUNC_PREC"]
DTYPES = ["uint8", "int16", "int32", "float32", "float64"]


def elements(shape, dtype):
    """Returns elements that compress well, among them runs of zeros."""
    data = np.cumsum(nprng.integers(0, 3, shape), axis=-1) % 97
    data[nprng.random(shape[:1]) < 0.3] = 0
    return data.astype(dtype)


with h5py.File("blosc2.h5", "w") as f:
    for i, (codec, name, dtype) in enumerate(itertools.product(CODECS, FILTERS, DTYPES)):
        if name == "TRUNC_PREC" and not dtype.startswith("float"):
            continue
        rank = i % 4 + 1
        shape = tuple(rng.randint(1, [4000, 90, 30, 14][rank - 1]) for _ in range(rank))
        chunks = tuple(rng.randint(max(1, n // 3), n) for n in shape)
        options = hdf5plugin.Blosc2(cname=codec, clevel=rng.randint(1, 9), filters=getattr(hdf5plugin.Blosc2, name))
        f.create_dataset(f"{codec} {name} {dtype}", data=elements(shape, dtype), chunks=chunks, **options)
    for value in (0, 7, np.nan):
        options = hdf5plugin.Blosc2(cname="zstd", clevel=5, filters=hdf5plugin.Blosc2.SHUFFLE)
        f.create_dataset(f"all {value}", data=np.full((70, 90), value, "f4"), chunks=(40, 50), **options)

write_cases("blosc2.h5")
