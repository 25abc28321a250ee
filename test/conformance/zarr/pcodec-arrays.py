"""Writes Zarr arrays with pcodec, and their elements.

usage: pcodec-arrays.py OUT SEED

zarr-python writes the arrays, versions 2 and 3; zarrs encodes some of version 3. Writes OUT/cases.json, a list of
{name, path, array, dtype, shape, expected}. `expected` is {offset, length}: the place of the elements in
OUT/expected.bin, in C order.
"""

import itertools
import os
import random
import sys
import warnings

import numcodecs
import numpy as np
import zarr
import zarr.codecs.numcodecs as nc3
from cases import Cases, random_shapes

warnings.filterwarnings("ignore")
OUT, SEED = sys.argv[1], int(sys.argv[2])
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
os.chdir(OUT)

DTYPES = ["int16", "int32", "int64", "uint16", "uint32", "uint64", "float16", "float32", "float64"]
EXTENTS = [3000, 60, 20]
MODES = ["auto", "classic"]
DELTAS = [
    {"delta_spec": "auto"},
    {"delta_spec": "try_consecutive", "delta_encoding_order": 3},
    {"delta_spec": "try_lookback"},
]
PIPELINES = {"zarr": zarr.config.get("codec_pipeline.path"), "zarrs": "zarrs.ZarrsCodecPipeline"}
cases = Cases()


def elements(shape, dtype):
    data = np.cumsum(nprng.integers(-4, 5, shape), axis=-1) * rng.choice([1, 13])
    if dtype.startswith("float"):
        data = data * rng.choice([0.1, 0.25, 1 / 3])
    data[nprng.random(shape[:1]) < 0.3] = 0
    return data.astype(dtype)


def write(writer, dtype, rank, mode, delta, shards=False):
    shape, chunks = random_shapes(rng, [EXTENTS[rank - 1]] * rank)
    settings = {"level": rng.randint(0, 12), "mode_spec": mode, "equal_pages_up_to": rng.choice([100, 262144]), **delta}
    name = f"{writer} {dtype} {rank} {mode} {delta['delta_spec']}{' in shards' if shards else ''}"
    path = f"{name.replace(' ', '-')}.zarr"
    options = {"shape": shape, "chunks": chunks, "dtype": dtype}
    if writer == "v2":
        options |= {"zarr_format": 2, "compressors": numcodecs.get_codec({"id": "pcodec", **settings})}
    else:
        if shards:
            options["shards"] = tuple(2 * n for n in chunks)
        compressors = rng.choice([None, zarr.codecs.ZstdCodec()])
        options |= {"serializer": nc3.PCodec(**settings), "compressors": compressors}
    data = elements(shape, dtype)
    with zarr.config.set({"codec_pipeline.path": PIPELINES["zarrs" if writer == "zarrs" else "zarr"]}):
        zarr.create_array(path, **options)[...] = data
    assert (zarr.open_array(path)[...] == data).all(), name
    cases.add(name, path, data)


for dtype, mode, delta in itertools.product(DTYPES, MODES, DELTAS):
    for writer in ("v2", "v3"):
        write(writer, dtype, rng.randint(1, 3), mode, delta)
for dtype in DTYPES:
    write("zarrs", dtype, rng.randint(1, 3), rng.choice(MODES), DELTAS[0])
    write("v3", dtype, rng.randint(1, 3), "auto", rng.choice(DELTAS), shards=True)
cases.write()
