"""Compares .npy files with the bytes that they should hold, using NumPy.

The argument is a JSON file: a list of {path, dtype, shape, order, expected}, where `expected` is a file with the
elements in C order and little-endian. Prints the number of files.
"""

import json
import sys

import numpy as np


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    for case in cases:
        array = np.load(case["path"])
        where = case["path"]
        dtype = np.dtype(case["dtype"])
        assert array.dtype.newbyteorder("<") == dtype.newbyteorder("<"), (where, array.dtype)
        assert list(array.shape) == case["shape"], (where, array.shape)
        if array.size > 1 and array.ndim > 1 and case["order"] == "F":
            assert array.flags.f_contiguous, where
        expected = np.fromfile(case["expected"], dtype=dtype.newbyteorder("<")).reshape(case["shape"])
        actual = array.astype(dtype.newbyteorder("<"), order="C")
        assert actual.tobytes() == expected.tobytes(), where
    print(len(cases))


if __name__ == "__main__":
    main()
