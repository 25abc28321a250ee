"""Writes N5 datasets with TensorStore, and their elements.

usage: write.py OUT SEED

Writes OUT/cases.json, a list of {name, path, array, dtype, shape, expected}. `expected` is {offset, length}: the place
of the array's bytes in OUT/expected.bin, in C order.

TensorStore writes all blocks in full size. Half of the cases get smaller blocks at the edges, as other writers make
them; TensorStore reads them back to check them.
"""

import itertools
import json
import os
import random
import struct
import sys

import numpy as np
import tensorstore as ts

OUT, SEED = sys.argv[1], int(sys.argv[2])
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
os.chdir(OUT)
blob = open("expected.bin", "wb")
cases = []

TYPES = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float32", "float64"]
BLOSC = [
    {"type": "blosc", "cname": name, "clevel": 5, "shuffle": shuffle}
    for name, shuffle in [("lz4", 1), ("zstd", 2), ("blosclz", 0), ("zlib", 1)]
]
COMPRESSIONS = [
    {"type": "raw"},
    {"type": "gzip", "level": 6, "useZlib": False},
    {"type": "gzip", "level": 1, "useZlib": True},
    {"type": "bzip2", "blockSize": 9},
    {"type": "xz", "preset": 6},
    {"type": "zstd", "level": 3},
    *BLOSC,
]


def open_dataset(path, metadata, create):
    kvstore = {"driver": "file", "path": path}
    spec = {"driver": "n5", "kvstore": kvstore, **({"metadata": metadata} if create else {})}
    return ts.open(spec, create=create, open=not create).result()


def clip(path, dataset, metadata):
    """Writes the blocks at the edges again, without compression and with the elements inside the array only."""
    block, dimensions = metadata["blockSize"], metadata["dimensions"]
    for position in itertools.product(*(range(-(-n // b)) for n, b in zip(dimensions, block))):
        file = os.path.join(path, *map(str, position))
        if not os.path.exists(file):
            continue
        box = tuple(slice(p * b, min(n, (p + 1) * b)) for p, b, n in zip(position, block, dimensions))
        data = dataset[box].read().result()
        header = struct.pack(">HH", 0, len(block)) + struct.pack(f">{len(block)}I", *data.shape)
        with open(file, "wb") as f:
            f.write(header + data.astype(data.dtype.newbyteorder(">")).tobytes(order="F"))


def write(name, dtype, compression, clipped):
    rank = rng.randint(1, 4)
    dimensions = [rng.randint(1, 40 if rank < 3 else 14) for _ in range(rank)]
    metadata = {
        "dimensions": dimensions,
        "blockSize": [rng.randint(1, n + 3) for n in dimensions],
        "dataType": dtype,
        "compression": compression,
    }
    path = f"store.n5/g{len(cases) % 3}/{name}"
    dataset = open_dataset(path, metadata, True)
    part = tuple(slice(0, rng.randint(1, n)) for n in dimensions)
    data = nprng.integers(0, 100, dimensions).astype(dtype)
    dataset[part] = data[part]  # Blocks without elements other than zero are absent.
    if clipped:
        clip(path, dataset, metadata)
    result = open_dataset(path, metadata, False).read().result()
    offset = blob.tell()
    blob.write(np.ascontiguousarray(result).tobytes())
    cases.append(
        {
            "name": name,
            "path": "store.n5",
            "array": f"g{len(cases) % 3}/{name}",
            "dtype": dtype,
            "shape": dimensions,
            "expected": {"offset": offset, "length": result.nbytes},
        }
    )


os.mkdir("store.n5")
with open("store.n5/attributes.json", "w") as f:
    json.dump({"n5": "2.5.1", "title": "a store"}, f)
for (i, dtype), compression in itertools.product(enumerate(TYPES), COMPRESSIONS):
    parts = [dtype, compression["type"], compression.get("cname", ""), "zlib" if compression.get("useZlib") else ""]
    write("-".join(p for p in parts if p), dtype, compression, False)
for i in range(30):
    write(f"clipped-{i}", rng.choice(TYPES), {"type": "raw"}, True)
blob.close()
with open("cases.json", "w") as out:
    json.dump(cases, out)
