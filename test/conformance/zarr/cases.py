"""Describes the arrays of a folder for tests that compare them with the libraries that wrote them."""

import json

import numpy as np


class Cases:
    """Cases of the current folder: cases.json is a list of {name, path, array, dtype, shape, expected}. `expected` is
    {offset, length}: the place of the elements in expected.bin, in C order.
    """

    def __init__(self):
        self.cases = []

    def add(self, name, path, data):
        with open("expected.bin", "ab") as blob:
            place = {"offset": blob.tell(), "length": data.nbytes}
            blob.write(np.ascontiguousarray(data).tobytes())
        described = {"dtype": data.dtype.name, "shape": list(data.shape), "expected": place}
        self.cases.append({"name": name, "path": path, "array": None, **described})

    def write(self):
        with open("cases.json", "w") as out:
            json.dump(self.cases, out)


def random_shapes(rng, extents):
    """Returns a random shape of an array, at most `extents`, and a random shape of its chunks."""
    shape = tuple(rng.randint(1, extent) for extent in extents)
    return shape, tuple(rng.randint(max(1, n // 3), n) for n in shape)
