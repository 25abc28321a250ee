"""For each PATH, writes PATH.h5, whose dataset `a` has the elements of PATH.bin.

usage: write_data.py PATH...
"""

import sys

import h5py
import numpy as np

for path in sys.argv[1:]:
    with h5py.File(f"{path}.h5", "w") as f:
        f["a"] = np.fromfile(f"{path}.bin", "u1")
