"""Writes Zarr stores into zip archives with zarr-python, and their elements.

usage: zipped.py OUT SEED

Writes OUT/cases.json, a list of {name, path, array, dtype, shape, expected}. `expected` is {offset, length}: the place
of the array's bytes in OUT/expected.bin, in C order.
"""

import itertools
import json
import os
import random
import sys
import zipfile

import numpy as np
import zarr
from zarr.storage import ZipStore

OUT, SEED = sys.argv[1], int(sys.argv[2])
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
os.chdir(OUT)
blob = open("expected.bin", "wb")
cases = []

METHODS = {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}
LAYOUTS = {
    "v3 plain": {"zarr_format": 3, "compressors": None},
    "v3 zstd": {"zarr_format": 3},
    "v3 sharded": {"zarr_format": 3, "shards": True},
    "v2 plain": {"zarr_format": 2, "compressors": None},
    "v2 blosc": {"zarr_format": 2},
}


def add(name, path, array, data):
    offset = blob.tell()
    blob.write(np.ascontiguousarray(data).tobytes())
    cases.append(
        {
            "name": name,
            "path": path,
            "array": array,
            "dtype": data.dtype.name,
            "shape": list(data.shape),
            "expected": {"offset": offset, "length": data.nbytes},
        }
    )


def write(parent, name, layout, dtype):
    shape = tuple(rng.randint(1, 40) for _ in range(rng.randint(1, 3)))
    chunks = tuple(rng.randint(1, size) for size in shape)
    options = dict(LAYOUTS[layout])
    zarr_format = options.pop("zarr_format")
    del zarr_format  # The group determines the version.
    if options.pop("shards", False):
        options["shards"] = tuple(c * rng.randint(1, 3) for c in chunks)
    data = nprng.integers(0, 100, shape).astype(dtype)
    array = parent.create_array(name, shape=shape, chunks=chunks, dtype=dtype, fill_value=7, **options)
    part = tuple(slice(0, rng.randint(1, size)) for size in shape)
    array[part] = data[part]
    return array[...]


def store(method, layout, dtypes):
    path = f"{method} {layout}.zarr.zip".replace(" ", "-")
    arrays = {}
    with ZipStore(path, mode="w", compression=METHODS[method]) as opened:
        root = zarr.create_group(store=opened, zarr_format=LAYOUTS[layout]["zarr_format"], attributes={"n": 1})
        for dtype in dtypes:
            arrays[dtype] = write(root, dtype, layout, dtype)
        group = root.create_group("group")
        arrays["group/inner"] = write(group, "inner", layout, "float32")
    for name, data in arrays.items():
        add(f"{method} {layout} {name}", path, name, data)


for method, layout in itertools.product(METHODS, LAYOUTS):
    if (method, layout) == ("deflated", "v3 sharded"):
        continue
    store(method, layout, ["uint8", "int16", "int32", "float64", "bool"])


def mixed():
    """Some members are stored and some are deflated. The store is in a folder of the archive, with a zip comment."""
    with ZipStore("plain.zip", mode="w") as opened:
        data = write(zarr.create_group(store=opened), "a", "v3 zstd", "int32")
    with zipfile.ZipFile("plain.zip") as source, zipfile.ZipFile("mixed.zip", "w") as target:
        for i, info in enumerate(source.infolist()):
            method = zipfile.ZIP_DEFLATED if i % 2 else zipfile.ZIP_STORED
            target.writestr(f"outer.zarr/{info.filename}", source.read(info), method)
        target.comment = b"a comment"
    add("mixed", "mixed.zip", "a", data)


mixed()
blob.close()
with zipfile.ZipFile("deflated-shards.zip", "w", zipfile.ZIP_DEFLATED) as target:
    with zipfile.ZipFile("stored-v3-sharded.zarr.zip") as source:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
with zipfile.ZipFile("other-method.zip", "w", zipfile.ZIP_BZIP2) as target:
    with zipfile.ZipFile("stored-v3-plain.zarr.zip") as source:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
with open("cases.json", "w") as out:
    json.dump(cases, out)
