"""Prints what zarr-python reads from all arrays of the Zarr stores below folders.

usage: describe.py ELEMENTS FOLDER...

Prints a JSON list. An entry has the path of a store and the name of the array in it, and either `error` or `dtype`,
`shape` and `offset`: the position of its elements in the file ELEMENTS, in C order and in the byte order of this
machine. `dtype` is null for elements that are not numbers.
"""

import json
import os
import sys
import warnings
import zipfile

import numpy as np
import zarr
from zarr.storage import LocalStore, ZipStore

warnings.simplefilter("ignore")
ELEMENTS = open(sys.argv[1], "wb")
NAMES = {"i": "int", "u": "uint", "f": "float", "c": "complex"}


def describe(entry, store, name):
    try:
        values = np.asanyarray(zarr.open_array(store, path=name, mode="r")[...])
    except Exception as error:
        return {**entry, "error": f"{type(error).__name__}: {error}"}
    if values.dtype.kind not in "biufc":
        return {**entry, "shape": values.shape, "dtype": None}
    name = "bool" if values.dtype.kind == "b" else f"{NAMES[values.dtype.kind]}{8 * values.dtype.itemsize}"
    found = {**entry, "shape": values.shape, "dtype": name, "offset": ELEMENTS.tell()}
    ELEMENTS.write(values.astype(values.dtype.newbyteorder("=")).tobytes("C"))
    return found


def describe_zip(path):
    """Returns the entries of all arrays in a zip archive. A folder `*.zarr` that contains all files is the store."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    firsts = {name.split("/")[0] for name in names}
    start = len(next(iter(firsts))) + 1 if len(firsts) == 1 and next(iter(firsts)).endswith(".zarr") else 0
    folders = sorted({os.path.dirname(name) for name in names if os.path.basename(name) == ".zarray"})
    return [describe({"path": path, "array": name[start:]}, ZipStore(path, mode="r"), name) for name in folders]


described = []
for root in sys.argv[2:]:
    for folder, _, names in sorted(os.walk(root)):
        if ".zarray" in names:
            described.append(describe({"path": folder, "array": None}, LocalStore(folder, read_only=True), ""))
        for name in sorted(names):
            if name.endswith(".zip"):
                described += describe_zip(os.path.join(folder, name))
ELEMENTS.close()
print(json.dumps(described))
