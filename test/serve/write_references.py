"""Writes files that refer to files in the same directory and to files outside of it.

Usage: write_references.py ROOT OUTSIDE
"""

import os
import sys

import h5py
import numpy as np
import tiledb
from h5py import h5d, h5p, h5s, h5t

root, outside = sys.argv[1:]


def write_external(path, name):
    """Writes an HDF5 file with a dataset whose elements are in another file."""
    with h5py.File(path, "w") as file:
        properties = h5p.create(h5p.DATASET_CREATE)
        properties.set_external(name.encode(), 0, 8)
        h5d.create(file.id, b"data", h5t.NATIVE_UINT8, h5s.create_simple((8,)), properties)


def write_array(path):
    tiledb.from_numpy(path, np.frombuffer(b"elements", "u1"))


for folder, content in ((root, b"inside__"), (outside, b"secret__")):
    with open(os.path.join(folder, "data.bin"), "wb") as file:
        file.write(content)
    with h5py.File(os.path.join(folder, "target.h5"), "w") as file:
        file["data"] = np.frombuffer(content, "u1")
    write_array(os.path.join(folder, "array"))

write_external(os.path.join(root, "external-inside.h5"), "data.bin")
write_external(os.path.join(root, "external-outside.h5"), os.path.join(outside, "data.bin"))
write_external(os.path.join(root, "external-up.h5"), "../outside/data.bin")
with h5py.File(os.path.join(root, "links.h5"), "w") as file:
    file["inside"] = h5py.ExternalLink("target.h5", "/data")
    file["outside"] = h5py.ExternalLink(os.path.join(outside, "target.h5"), "/data")

group = os.path.join(root, "group")
tiledb.Group.create(group)
with tiledb.Group(group, "w") as opened:
    opened.add(os.path.join(root, "array"), name="inside")
    opened.add(os.path.join(outside, "array"), name="outside")
