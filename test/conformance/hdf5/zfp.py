"""Writes HDF5 datasets with the ZFP filter of hdf5plugin, and their elements.

usage: zfp.py OUT SEED

Writes OUT/zfp.h5, and its cases (cases.py).
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

MODES = {
    "reversible": {"reversible": True},
    "rate": {"rate": 9.5},
    "high rate": {"rate": 40},
    "precision": {"precision": 17},
    "accuracy": {"accuracy": 0.01},
    "expert": {"minbits": 200, "maxbits": 900, "maxprec": 30, "minexp": -20},
}
DTYPES = ["int32", "int64", "float32", "float64"]
EXTENTS = [2000, 60, 20, 9]


def elements(shape, dtype):
    """Returns smooth elements, among them zeros, large and small numbers. Infinity and NaN are not stored by ZFP."""
    data = np.cumsum(nprng.standard_normal(shape), axis=-1) * 100
    data[nprng.random(shape) < 0.01] *= 1e6
    data[nprng.random(shape[:1]) < 0.3] = 0
    if dtype.startswith("float"):
        data[nprng.random(shape) < 0.01] *= 1e-30
    return data.astype(dtype)


with h5py.File("zfp.h5", "w") as f:
    for (mode, options), dtype, rank in itertools.product(MODES.items(), DTYPES, (1, 2, 3, 4)):
        shape = [rng.randint(1, EXTENTS[rank - 1]) for _ in range(rank)]
        chunks = [rng.randint(max(1, n // 3), n) for n in shape]
        # The filter accepts chunks with at least one dimension of more than one element.
        shape[-1], chunks[-1] = shape[-1] + 2, chunks[-1] + 2
        f.create_dataset(
            f"{mode} {dtype} {rank}",
            data=elements(tuple(shape), dtype),
            chunks=tuple(chunks),
            **hdf5plugin.Zfp(**options),
        )
    # Dimensions of one element do not count.
    f.create_dataset(
        "six dimensions",
        data=elements((1, 6, 1, 8, 5, 7), "float32"),
        chunks=(1, 4, 1, 8, 5, 3),
        **hdf5plugin.Zfp(accuracy=0.1),
    )
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.5, 0, 1e308] * 3)
    f.create_dataset("special", data=special, chunks=(8,), **hdf5plugin.Zfp(reversible=True))

write_cases("zfp.h5")
