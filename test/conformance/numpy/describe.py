"""Prints what NumPy reads from all `.npy` and `.npz` files of NumPy, SciPy and scikit-image, as they are installed.

usage: describe.py ELEMENTS

Prints a JSON list. An entry has the path and the name of the member (`array`; null in a `.npy` file), and either
`error` or `shape` and `offset`: the position of the elements in the file ELEMENTS, in C order and in the byte order of
this machine. `dtype` is the type of the elements. Entries with texts have `texts` instead of it, and fields of records are
entries of their own, with the name in `field`.
"""

import json
import os
import sys
import warnings
from importlib.util import find_spec

import numpy as np

warnings.simplefilter("ignore")
ELEMENTS = open(sys.argv[1], "wb")
NAMES = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}


def describe(array, entry):
    dtype = array.dtype
    if dtype.names is not None:
        return [one for name in dtype.names for one in describe(array[name], {**entry, "field": name})]
    if dtype.kind in "SU":
        flat = array.ravel().tolist()
        texts = [text.decode("latin-1") if isinstance(text, bytes) else text for text in flat]
        return [{**entry, "shape": array.shape, "texts": texts}]
    name = "bool" if dtype.kind == "b" else f"{NAMES.get(dtype.kind, dtype.kind)}{8 * dtype.itemsize}"
    found = {**entry, "shape": array.shape, "dtype": name, "offset": ELEMENTS.tell()}
    ELEMENTS.write(array.astype(dtype.newbyteorder("=")).tobytes("C"))
    return [found]


def describe_file(path):
    try:
        found = np.load(path)
    except ValueError as error:
        return [{"path": path, "array": None, "error": str(error)}]
    if isinstance(found, np.ndarray):
        return describe(found, {"path": path, "array": None})
    entries = []
    for name in found.files:
        try:
            entries += describe(found[name], {"path": path, "array": name})
        except ValueError as error:
            entries.append({"path": path, "array": name, "error": str(error)})
    return entries


described = []
for package in ("numpy", "scipy", "skimage"):
    for folder, _, names in sorted(os.walk(os.path.dirname(find_spec(package).origin))):
        for name in sorted(names):
            if name.endswith((".npy", ".npz")):
                described += describe_file(os.path.join(folder, name))
ELEMENTS.close()
print(json.dumps(described))
