"""Writes texts and sequences of variable length, which HDF5 keeps in global heaps, and the values that h5py reads.

usage: heaps.py OUT.h5 SIZE_OF_ADDRESSES SIZE_OF_LENGTHS USER_BLOCK SEED

Writes OUT.h5 with datasets of several layouts, and prints JSON: {texts: {name: [text]}, sequences: {name: [[number]]},
attributes: {name: value}}. The dataset `many` has more elements than native threads join at a time, so only its
checksum is printed: {many: SHA-256 of all texts}; null if the file does not have it.
"""

import hashlib
import json
import sys

import h5py
import numpy as np

path, addresses, lengths, block, seed = sys.argv[1], *map(int, sys.argv[2:6])
rng = np.random.default_rng(seed)
letters = np.array(list("abcdefghijklmnopqrstuvwxyz äöü€𝄞"))


def text(size):
    return "".join(rng.choice(letters, size))


def texts(count):
    sizes = rng.integers(0, 40, count)
    sizes[rng.random(count) < 0.1] = 0
    long = rng.random(count) < 0.02
    sizes[long] = rng.integers(0, 20000, long.sum())
    return [text(size) for size in sizes]


def sequences(count, dtype):
    return [rng.integers(-100, 100, rng.integers(0, 60)).astype(dtype) for _ in range(count)]


create = h5py.h5p.create(h5py.h5p.FILE_CREATE)
create.set_sizes(addresses, lengths)
create.set_userblock(block)
found = {"texts": {}, "sequences": {}, "attributes": {}, "many": None}
with h5py.File(h5py.h5f.create(path.encode(), h5py.h5f.ACC_TRUNC, create)) as f:
    for name, options in {
        "contiguous": {},
        "chunked": {"chunks": (7,)},
        "gzip": {"chunks": (50,), "compression": "gzip", "shuffle": True},
    }.items():
        values = texts(300)
        d = f.create_dataset(f"text-{name}", (300,), h5py.string_dtype(), **options)
        # Writes the elements in a random order, so that the order in the heaps is another one.
        for i in rng.permutation(300):
            d[i] = values[i]
        found["texts"][f"text-{name}"] = values
        for dtype in ("<i2", ">i4", "<f8"):
            key = f"sequence-{name}-{dtype}"
            lists = sequences(200, dtype)
            d = f.create_dataset(key, (200,), h5py.vlen_dtype(np.dtype(dtype)), **options)
            for i in rng.permutation(200):
                d[i] = lists[i]
            found["sequences"][key] = [one.tolist() for one in lists]
    f.create_dataset("text-unwritten", (20,), h5py.string_dtype(), chunks=(4,))
    found["texts"]["text-unwritten"] = [""] * 20
    f.attrs["title"] = "größe"
    f.attrs["names"] = np.array(["a", "", "ccc"], object)
    found["attributes"] = {"title": "größe", "names": ["a", "", "ccc"]}
    if block == 0 and addresses == lengths == 8:
        values = [f"name {i} {'x' * (i % 23)}" for i in range(150_000)]
        f.create_dataset("many", (150_000,), h5py.string_dtype(), data=np.array(values, object))
        found["many"] = hashlib.sha256("\n".join(values).encode()).hexdigest()

json.dump(found, sys.stdout)
