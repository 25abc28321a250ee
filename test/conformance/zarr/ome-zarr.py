"""Writes OME-Zarr images with ome-zarr-py, and their elements.

usage: ome-zarr.py OUT SEED

Writes OUT/cases.json, a list of {path, group, levels}. `group` is the path of the image in its store. Each level has
{dtype, shape, axes, units, scale, translation, expected}. `expected` is {offset, length}: the place of the bytes of the
level in OUT/expected.bin, in C order.
"""

import json
import os
import random
import sys
import warnings

import numpy as np
import zarr
from ome_zarr.format import FormatV04, FormatV05
from ome_zarr.writer import write_multiscale
from zarr.storage import ZipStore

OUT, SEED = sys.argv[1], int(sys.argv[2])
warnings.simplefilter("ignore")
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
os.chdir(OUT)
blob = open("expected.bin", "wb")
cases = []
FORMATS = {"v4": FormatV04(), "v5": FormatV05()}
KINDS = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
UNITS = {"time": ["second", None], "channel": [None], "space": ["micrometer", "nanometer", None]}


def axis(name):
    unit = rng.choice(UNITS[KINDS[name]])
    return {"name": name, "type": KINDS[name], **({} if unit is None else {"unit": unit})}


def write(path, group, names, version, dtype, count):
    """Writes an image of `count` levels, each half as large as the one before."""
    axes = [axis(name) for name in names]
    shape = [rng.randint(17, 40) if KINDS[name] == "space" else rng.randint(1, 3) for name in names]
    step = [rng.choice([0.5, 2.0, 0.325]) if KINDS[name] == "space" else 1.0 for name in names]
    levels, pyramid, transformations, storage = [], [], [], []
    for level in range(count):
        factor = [2**level if KINDS[name] == "space" else 1 for name in names]
        size = tuple(max(1, s // f) for s, f in zip(shape, factor))
        data = nprng.integers(0, 200, size).astype(dtype)
        scale = [s * f for s, f in zip(step, factor)]
        translation = [s * (f - 1) / 2 for s, f in zip(step, factor)]
        pyramid.append(data)
        has_translation = rng.random() < 0.7
        transformations.append([{"type": "scale", "scale": scale}])
        if has_translation:
            transformations[-1].append({"type": "translation", "translation": translation})
        storage.append({"chunks": tuple(rng.randint(1, s) for s in size)})
        offset = blob.tell()
        blob.write(np.ascontiguousarray(data).tobytes())
        levels.append(
            {
                "dtype": data.dtype.name,
                "shape": list(size),
                "axes": names,
                "units": [a.get("unit") for a in axes],
                "scale": scale,
                "translation": translation if has_translation else [0.0] * len(names),
                "expected": {"offset": offset, "length": data.nbytes},
            }
        )
    root = zarr.open_group(path, mode="a", zarr_format=3 if version == "v5" else 2)
    target = root if group == "" else root.require_group(group)
    options = {"coordinate_transformations": transformations, "storage_options": storage}
    write_multiscale(pyramid, target, fmt=FORMATS[version], axes=axes, **options)
    cases.append({"path": path, "group": group, "levels": levels})


for version in FORMATS:
    for names in [list("tczyx"), list("czyx"), list("zyx"), list("yx")]:
        for dtype in ["uint8", "uint16", "float32"]:
            write(f"{version}-{''.join(names)}-{dtype}.zarr", "", names, version, dtype, rng.randint(1, 3))
    for field in ["A/1/0", "A/1/1"]:
        write(f"{version}-plate.zarr", field, list("cyx"), version, "uint16", 2)

source = zarr.open_group("v5-zyx-uint16.zarr", mode="r")
with ZipStore("zipped.ozx", mode="w") as store:
    root = zarr.create_group(store=store, attributes=dict(source.attrs))
    for name, array in source.arrays():
        root.create_array(name, data=array[...], chunks=array.chunks)
original = next(case for case in cases if case["path"] == "v5-zyx-uint16.zarr")
cases.append({**original, "path": "zipped.ozx"})

with open("cases.json", "w") as out:
    json.dump(cases, out)
