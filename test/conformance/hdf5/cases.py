"""Describes the datasets of a file for tests that compare them with h5py."""

import json

import h5py


def write_cases(path):
    """Writes cases.json, a list of {name, path, array, dtype, shape, expected} with one case per dataset of the file.
    `expected` is {offset, length}: the place of the elements that h5py reads in expected.bin, in C order.
    """
    cases = []
    with h5py.File(path) as f, open("expected.bin", "wb") as blob:
        for name, dataset in f.items():
            data = dataset[...]
            place = {"offset": blob.tell(), "length": data.nbytes}
            blob.write(data.tobytes())
            described = {"dtype": data.dtype.name, "shape": list(data.shape), "expected": place}
            cases.append({"name": name, "path": path, "array": name, **described})
    with open("cases.json", "w") as out:
        json.dump(cases, out)
