"""Writes an array of texts in two fragments, or consolidates and vacuums it.

Usage: text_vacuum.py PATH write|vacuum
"""

import sys

import numpy as np
import tiledb

path, step = sys.argv[1:]
if step == "write":
    domain = tiledb.Domain(tiledb.Dim(name="x", domain=(0, 3), tile=2, dtype="int32"))
    tiledb.Array.create(path, tiledb.ArraySchema(domain=domain, attrs=[tiledb.Attr(name="text", dtype="U0", var=True)]))
    for start, texts in ((0, ["a", "b", "x"]), (2, ["c", "d"])):
        with tiledb.open(path, "w") as array:
            array[start : start + len(texts)] = np.array(texts, object)
else:
    tiledb.consolidate(path)
    tiledb.vacuum(path)
