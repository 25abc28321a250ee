"""Writes MATLAB files with hdf5storage, and describes their variables.

Usage: write.py FOLDER SEED. Prints a JSON list of files.
"""

import json
import sys
from pathlib import Path

import h5py
import hdf5storage
import numpy as np

folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
NUMBERS = ["i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8", "?"]
CLASSES = {"i1": "int8", "u1": "uint8", "i2": "int16", "u2": "uint16", "i4": "int32", "u4": "uint32"}
CLASSES |= {"f4": "single", "f8": "double", "?": "logical"}
ALPHABETS = ["ab", "aäß€𝄞 ", "日本語"]


def word(most=12):
    alphabet = ALPHABETS[rng.integers(len(ALPHABETS))]
    return "x" + "".join(rng.choice(list(alphabet), rng.integers(most)))


def numbers(i):
    """Returns values and their description. Larger arrays are stored in compressed chunks."""
    shape = tuple(int(n) for n in rng.integers(1, [60, 8, 5][i % 3], 2 + i % 3))
    code = NUMBERS[i % len(NUMBERS)]
    values = rng.integers(0, 2 if code == "?" else 100, shape).astype(code)
    return values, {"class": CLASSES[code], "shape": shape, "values": values.astype(float).ravel().tolist()}


def describe(value):
    """Returns the description of a value in a cell or in a struct array."""
    if isinstance(value, str):
        return {"class": "char", "shape": [1], "texts": [value]}
    value = np.atleast_2d(value)
    if value.dtype == object:
        return {"class": "cell", "shape": value.shape, "cells": [describe(cell) for cell in value.ravel()]}
    # Integers of 64 bits are described as text, because JSON numbers would lose digits.
    is_long = value.dtype.kind in "iu" and value.dtype.itemsize == 8
    name = CLASSES["f8"] if value.dtype.kind == "c" else CLASSES.get(value.dtype.str[1:], value.dtype.name)
    parts = value.ravel().view(value.real.dtype) if value.dtype.kind == "c" else value.ravel()
    numbers = [str(int(n)) for n in parts] if is_long else parts.astype(float).tolist()
    return {"class": name, "shape": value.shape, "values": numbers, "parts": 2 if value.dtype.kind == "c" else 1}


def more_values():
    """Returns integers of 64 bits, complex numbers, nested and empty cells, and a struct array."""
    shape = tuple(int(n) for n in rng.integers(1, 7, 3))
    limits = np.iinfo("i8")
    inner = np.empty((1, 3), object)
    inner[:] = [[1.5, word(), np.int32(7)]]
    nested = np.empty((2, 1), object)
    nested[:, 0] = [inner, rng.integers(limits.min, limits.max, (2, 2), "i8")]
    records = np.zeros((2, 3), [("a", "f8"), ("b", "i4")])
    records["a"] = rng.random((2, 3))
    records["b"] = rng.integers(0, 1000, (2, 3))
    return {
        "long": rng.integers(limits.min, limits.max, shape, "i8"),
        "ulong": rng.integers(0, np.iinfo("u8").max, shape, "u8"),
        "complex": rng.random(shape) + 1j * rng.random(shape),
        "nested": nested,
        "no_cells": np.empty((0, 3), object),
        "records": records,
    }


def describe_more(values):
    described = {name: describe(values[name]) for name in ("long", "ulong", "complex", "nested")}
    described["no_cells"] = {"class": "cell", "shape": [0, 3], "cells": []}
    for field in "ab":
        cells = [describe(value) for value in values["records"][field].ravel()]
        described[f"records/{field}"] = {"class": None, "shape": [2, 3], "cells": cells}
    return described


def write(i):
    path = folder / f"values-{i}.mat"
    values, expected = {}, {}
    for k in range(12):
        values[f"n{k}"], expected[f"n{k}"] = numbers(i + k)
    for k in range(4):
        text = word(1 if k == 0 else 12)
        values[f"t{k}"], expected[f"t{k}"] = text, {"class": "char", "shape": [1], "texts": [text]}
    empty = np.zeros((0, i, 2)[: 2 + i % 2])
    values["empty"], expected["empty"] = empty, {"class": "double", "shape": empty.shape, "values": []}
    cells = np.empty((3, 2), object)
    cells[:] = [[1.0, word()], [word(), 2.0], [np.arange(4.0).reshape(2, 2), word()]]
    values["cells"] = cells
    contents = [
        {"class": "char", "shape": [1], "texts": [cell]}
        if isinstance(cell, str)
        else {"class": "double", "shape": np.atleast_2d(cell).shape, "values": np.ravel(cell).tolist()}
        for cell in cells.ravel()
    ]
    expected["cells"] = {"class": "cell", "shape": cells.shape, "cells": contents}
    values |= more_values()
    expected |= describe_more(values)
    name = word()
    values["s"] = {"z": 1.5, "a": name}
    expected["s/z"] = {"class": "double", "shape": [1, 1], "values": [1.5]}
    expected["s/a"] = {"class": "char", "shape": [1], "texts": [name]}
    options = hdf5storage.Options(matlab_compatible=True, compress_size_threshold=256 if i % 2 else 1 << 20)
    hdf5storage.savemat(str(path), values, appendmat=False, format="7.3", options=options)
    # Rows of text as MATLAB stores them: the characters of a row are not adjacent in the file.
    rows = [word(9).ljust(9, "-")[:9] for _ in range(4)]
    units = np.array([list(np.frombuffer(row.encode("utf-16-le"), "<u2")[:9]) for row in rows], "<u2")
    with h5py.File(path, "r+") as file:
        dataset = file.create_dataset("rows", data=np.ascontiguousarray(units.T), chunks=(2, 3), compression="gzip")
        dataset.attrs["MATLAB_class"] = np.bytes_("char")
        dataset.attrs["MATLAB_int_decode"] = np.int32(2)
    texts = [units[k].tobytes().decode("utf-16-le", "replace") for k in range(4)]
    expected["rows"] = {"class": "char", "shape": [4], "texts": texts}
    return {"path": str(path), "variables": expected}


print(json.dumps([write(i) for i in range(4)]))
