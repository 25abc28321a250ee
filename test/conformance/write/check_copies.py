"""Compares Zarr arrays with their copies, using zarr-python.

The argument is a JSON file: a list of {source, target}. Prints the number of arrays that were compared.
"""

import json
import sys

import zarr

with open(sys.argv[1], encoding="utf-8") as file:
    cases = json.load(file)
for case in cases:
    source, target = (zarr.open_array(case[name], mode="r") for name in ("source", "target"))
    assert source.shape == target.shape and source.dtype == target.dtype, case
    assert source[...].tobytes() == target[...].tobytes(), case
print(len(cases))
