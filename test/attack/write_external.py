"""Writes one HDF5 file per name, whose dataset `a` is in an external file with that name.

Prints the names that the HDF5 library accepted.

usage: write_external.py FOLDER JSON-LIST-OF-NAMES
"""

import json
import os
import sys

import h5py

folder, names = sys.argv[1], json.loads(sys.argv[2])
written = []
for name in names:
    if "\0" in name:
        continue
    with h5py.File(os.path.join(folder, f"external-{len(written)}.h5"), "w") as f:
        f.create_dataset("a", (64,), "u1", external=[(name, 0, 64)])
    written.append(name)
print(json.dumps(written))
