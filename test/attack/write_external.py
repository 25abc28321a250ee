"""Writes HDF5 files that name other files. The names may lead anywhere.

For each name N with the number i, writes files whose dataset `a` is
external-i.h5: in the external file N;
link-i.h5: an external link to the dataset `a` of the file N;
virtual-i.h5: a virtual dataset whose source is the dataset `a` of the file N;
chain-i.h5: a virtual dataset whose source is the dataset `a` of link-i.h5.
Prints the names that the HDF5 library accepted.

usage: write_external.py FOLDER JSON-LIST-OF-NAMES
"""

import json
import os
import sys

import h5py
from h5py import h5d, h5p, h5s, h5t

folder, names = sys.argv[1], json.loads(sys.argv[2])


def virtual(path, source):
    """Writes a file whose dataset `a` is the dataset `a` of the file `source`."""
    with h5py.File(path, "w", libver="latest") as f:
        space = h5s.create_simple((64,))
        properties = h5p.create(h5p.DATASET_CREATE)
        properties.set_virtual(space, source.replace("%", "%%").encode(), b"/a", space)
        h5d.create(f.id, b"a", h5t.STD_U8LE, space, properties)


written = []
for name in names:
    if "\0" in name:
        continue
    i = len(written)
    with h5py.File(os.path.join(folder, f"external-{i}.h5"), "w") as f:
        f.create_dataset("a", (64,), "u1", external=[(name, 0, 64)])
    with h5py.File(os.path.join(folder, f"link-{i}.h5"), "w") as f:
        f["a"] = h5py.ExternalLink(name, "/a")
    virtual(os.path.join(folder, f"virtual-{i}.h5"), name)
    virtual(os.path.join(folder, f"chain-{i}.h5"), f"link-{i}.h5")
    written.append(name)
print(json.dumps(written))
