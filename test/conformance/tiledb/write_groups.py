"""Writes TileDB groups and user metadata with tiledb-py.

usage: write_groups.py OUT
"""

import os
import sys

import numpy as np
import tiledb

OUT = sys.argv[1]


def array(path, *names, n=6):
    attrs = [tiledb.Attr(name=name, dtype=np.int32) for name in names]
    domain = tiledb.Domain(tiledb.Dim(name="x", domain=(0, n - 1), tile=4, dtype=np.int32))
    tiledb.Array.create(path, tiledb.ArraySchema(domain=domain, attrs=attrs))
    with tiledb.open(path, "w") as a:
        a[:] = {name: np.arange(n, dtype=np.int32) * (i + 1) for i, name in enumerate(names)}


root = os.path.join(OUT, "g")
tiledb.Group.create(root)
array(os.path.join(root, "one"), "v")
array(os.path.join(root, "two"), "v", "w")
array(os.path.join(OUT, "elsewhere"), "v")
tiledb.Group.create(os.path.join(root, "sub"))
array(os.path.join(root, "sub", "deep"), "z")
with tiledb.Group(os.path.join(root, "sub"), "w") as g:
    g.add("deep", name="deep", relative=True)
with tiledb.Group(root, "w") as g:
    g.add("one", name="renamed", relative=True)
    g.add(os.path.join(root, "two"), name="two")
    g.add(os.path.join(OUT, "elsewhere"), name="outside")
    g.add("sub", relative=True)
    g.add(os.path.join(root, "one"), name="removed")
    g.meta["title"] = "a group"
    g.meta["count"] = 3
with tiledb.Group(root, "w") as g:
    g.remove("removed")

for name in ("left", "right"):
    tiledb.Group.create(os.path.join(OUT, name))
for name, other in (("left", "right"), ("right", "left")):
    with tiledb.Group(os.path.join(OUT, name), "w") as g:
        g.add(os.path.join(OUT, other), name=other)

with tiledb.open(os.path.join(root, "one"), "w") as a:
    a.meta["text"] = "grüße"
    a.meta["integer"] = 2**60
    a.meta["float"] = 0.1
    a.meta["bytes"] = b"\x00\xff"
    a.meta["list"] = (1, 2, 3)
    a.meta["gone"] = 1
    a.meta["replaced"] = 1
with tiledb.open(os.path.join(root, "one"), "w") as a:
    del a.meta["gone"]
    a.meta["replaced"] = 2
tiledb.consolidate(os.path.join(root, "one"), config=tiledb.Config({"sm.consolidation.mode": "array_meta"}))
with tiledb.open(os.path.join(root, "one"), "w") as a:
    a.meta["late"] = [1.5, 2.5]
