"""Writes Zarr arrays with ZFP, and their elements.

usage: zfp.py OUT SEED

zarr-python writes the arrays with the codec of zfpy, versions 2 and 3. The streams of the codec `zfp`, which have no
header, are written with zfpy. Writes OUT/cases.json, a list of {name, path, array, dtype, shape, expected}. `expected`
is {offset, length}: the place of the elements in OUT/expected.bin, in C order.
"""

import itertools
import json
import os
import random
import sys
import warnings

import numcodecs
import numpy as np
import zarr
import zarr.codecs.numcodecs as nc3
import zfpy
from cases import Cases, random_shapes

warnings.filterwarnings("ignore")
OUT, SEED = sys.argv[1], int(sys.argv[2])
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
os.chdir(OUT)

# The numbers of the modes are those of zfpy. numcodecs writes reversible streams if the tolerance is negative.
MODES = {
    "fixed_rate": (2, {"rate": 11.5}),
    "fixed_precision": (3, {"precision": 13}),
    "fixed_accuracy": (4, {"tolerance": 0.03}),
    "reversible": (4, {"tolerance": -1}),
}
DTYPES = ["int32", "int64", "float32", "float64"]
PROMOTED = {"int8": (8, 0), "uint8": (8, 1 << 7), "int16": (16, 0), "uint16": (16, 1 << 15)}
EXTENTS = [900, 50, 18, 9]
cases = Cases()


def elements(shape, dtype):
    data = np.cumsum(nprng.standard_normal(shape), axis=-1) * 10
    data[nprng.random(shape[:1]) < 0.3] = 0
    return data.astype(dtype)


def with_header(mode, dtype, rank):
    number, options = MODES[mode]
    shape, chunks = random_shapes(rng, [EXTENTS[rank - 1]] * rank)
    data = elements(shape, dtype)
    for version in (2, 3):
        name = f"v{version} {mode} {dtype} {rank}"
        path = f"v{version}-{mode}-{dtype}-{rank}.zarr"
        settings = {"mode": number, **options}
        if version == 2:
            codec = numcodecs.get_codec({"id": "zfpy", **settings})
            array = zarr.create_array(path, shape=shape, chunks=chunks, dtype=dtype, zarr_format=2, compressors=codec)
        else:
            array = zarr.create_array(
                path, shape=shape, chunks=chunks, dtype=dtype, serializer=nc3.ZFPY(**settings), compressors=None
            )
        array[...] = data
        cases.add(name, path, zarr.open_array(path)[...])


def headless(mode, dtype, rank, order=None):
    """Writes a Zarr v3 array with the codec `zfp`, whose chunks zfpy encodes."""
    _, options = MODES[mode]
    shape, chunks = random_shapes(rng, [EXTENTS[rank - 1]] * rank)
    path = f"zfp-{mode}-{dtype}-{rank}{'' if order is None else '-transposed'}.zarr"
    array = zarr.create_array(path, shape=shape, chunks=chunks, dtype=dtype, compressors=None)
    data = elements(shape, dtype)
    decoded = np.empty_like(data)
    for at in np.ndindex(*(-(-n // c) for n, c in zip(shape, chunks))):
        box = tuple(slice(a * c, (a + 1) * c) for a, c in zip(at, chunks))
        chunk = np.zeros(chunks, dtype)
        chunk[tuple(slice(n) for n in data[box].shape)] = data[box]
        stored, restored = encode(chunk if order is None else chunk.transpose(order), options)
        restored = restored if order is None else restored.transpose(np.argsort(order))
        decoded[box] = restored[tuple(slice(n) for n in data[box].shape)]
        name = os.path.join(path, "c", *map(str, at))
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(stored)
    with open(os.path.join(path, "zarr.json")) as file:
        metadata = json.load(file)
    settings = {} if mode == "reversible" else options
    metadata["codecs"] = [{"name": "zfp", "configuration": {"mode": mode, **settings}}]
    if order is not None:
        metadata["codecs"].insert(0, {"name": "transpose", "configuration": {"order": order}})
    with open(os.path.join(path, "zarr.json"), "w") as file:
        json.dump(metadata, file)
    cases.add(f"zfp {mode} {dtype} {rank} {order}", path, decoded)


def encode(chunk, options):
    """Returns a stream without a header, and the elements to which it decodes."""
    chunk = np.ascontiguousarray(chunk)
    dtype = chunk.dtype
    if dtype.name in PROMOTED:
        bits, offset = PROMOTED[dtype.name]
        chunk = (chunk.astype("i4") - np.int32(offset)) << np.int32(31 - bits)
    stored = zfpy.compress_numpy(chunk, write_header=False, **options)
    restored = zfpy.decompress_numpy(zfpy.compress_numpy(chunk, write_header=True, **options))
    if dtype.name in PROMOTED:
        bits, offset = PROMOTED[dtype.name]
        info = np.iinfo(dtype)
        restored = np.clip((restored >> (31 - bits)) + offset, info.min, info.max).astype(dtype)
    return stored, restored


for mode, dtype, rank in itertools.product(MODES, DTYPES, (1, 2, 3, 4)):
    with_header(mode, dtype, rank)
    headless(mode, dtype, rank)
for mode, dtype in itertools.product(MODES, PROMOTED):
    headless(mode, dtype, 2)
headless("reversible", "float32", 3, [2, 0, 1])
cases.write()
