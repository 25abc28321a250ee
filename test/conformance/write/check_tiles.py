"""Compares tile directories with the elements that they should contain, using NumPy and docs/formats/tiles.md.

The argument is a JSON file: a list of {path, dtype, shape, tiles, expected}, where `expected` is a file with the elements
in C order and little-endian. Prints the number of directories.
"""

import itertools
import json
import os
import sys

import numpy as np


def parse_fill(value, dtype):
    if value is None:
        return np.zeros((), dtype)
    if dtype.kind == "c":
        return np.array(complex(*(float(part) for part in value)), dtype)
    if dtype.kind == "f":
        return np.array(float(value), dtype)
    return np.array(value if dtype.kind == "b" else int(value), dtype)


def read_tiles(path):
    """Returns the array in a directory. Checks the size of each file, and that there are no other files."""
    with open(os.path.join(path, "tiles.json")) as file:
        manifest = json.load(file)
    shape, tile_shape = manifest["shape"], manifest["tileShape"]
    dtype = np.dtype(manifest["dtype"])
    stored = dtype.newbyteorder("<" if manifest["byteOrder"] == "little" else ">")
    array = np.empty(shape, dtype.newbyteorder("<"))
    array[...] = parse_fill(manifest["fillValue"], dtype)
    names = {"tiles.json"}
    for tile in itertools.product(*(range(-(-n // t)) for n, t in zip(shape, tile_shape))):
        name = manifest["path"].format(*tile)
        place = os.path.join(path, name)
        names.add(name)
        if not os.path.exists(place):
            continue
        inside = [min(t, n - i * t) for i, n, t in zip(tile, shape, tile_shape)]
        box = inside if manifest["edgeTiles"] == "clipped" else tile_shape
        with open(place, "rb") as file:
            data = file.read()
        assert len(data) == int(np.prod(box, dtype=np.int64)) * dtype.itemsize, (place, len(data))
        elements = np.frombuffer(data, stored).reshape(box, order=manifest["order"])
        part = tuple(slice(i * t, i * t + n) for i, t, n in zip(tile, tile_shape, inside))
        array[part] = elements[tuple(slice(n) for n in inside)]
    found = {os.path.relpath(os.path.join(at, name), path) for at, _, files in os.walk(path) for name in files}
    assert found <= names, (path, found - names)
    return manifest, array


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    for case in cases:
        manifest, array = read_tiles(case["path"])
        where = case["path"]
        assert manifest["shape"] == case["shape"], where
        assert manifest["tileShape"] == case["tiles"], where
        assert manifest["dtype"] == case["dtype"], where
        with open(case["expected"], "rb") as file:
            assert array.tobytes() == file.read(), where
    print(len(cases))


if __name__ == "__main__":
    main()
