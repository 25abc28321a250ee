"""Writes sample arrays of formats that write_samples.py does not write: N5 and MATLAB.

Usage: write_more_samples.py FOLDER SEED
Writes below FOLDER/root, which exists. Prints the cases as JSON: {path, expected} with the path of a .npy file.
"""

import json
import struct
import sys
from pathlib import Path

import hdf5storage
import numpy as np

folder = Path(sys.argv[1])
root = folder / "root"
rng = np.random.default_rng(int(sys.argv[2]))
cases = []


def case(path, array):
    expected = folder / f"more-{len(cases)}.npy"
    np.save(expected, np.ascontiguousarray(array))
    cases.append({"path": path, "expected": str(expected)})


# N5: the first dimension varies fastest, and numbers are big-endian. The library keeps the order of the dimensions.
array = rng.integers(-1000, 1000, (5, 7, 9)).astype("<i2")
store = root / "blocks.n5" / "volume"
store.mkdir(parents=True)
(root / "blocks.n5" / "attributes.json").write_text(json.dumps({"n5": "2.5.0", "title": "samples"}))
attributes = {"dimensions": [9, 7, 5], "blockSize": [4, 7, 5], "dataType": "int16", "compression": {"type": "raw"}}
(store / "attributes.json").write_text(json.dumps({**attributes, "resolution": [4, 4, 40], "unit": "nm"}))
for i, start in enumerate(range(0, 9, 4)):
    block = array[:, :, start : start + 4]
    path = store / str(i) / "0"
    path.mkdir(parents=True)
    header = struct.pack(">HHIII", 0, 3, block.shape[2], 7, 5)
    (path / "0").write_bytes(header + np.ascontiguousarray(block).astype(">i2").tobytes())
case("blocks.n5/volume", array.T)

# MATLAB: the elements are stored in the order of Fortran.
matrix = rng.normal(size=(4, 6))
counts = rng.integers(0, 100, (3, 5, 2)).astype("u2")
hdf5storage.savemat(str(root / "m.mat"), {"matrix": matrix, "counts": counts}, format="7.3", matlab_compatible=True)
case("m.mat/matrix", matrix)
case("m.mat/counts", counts)

print(json.dumps(cases))
