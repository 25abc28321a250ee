"""Writes an array, or consolidates and vacuums it while the test has it open.

usage: vacuum.py PATH write|consolidate
"""

import sys

import numpy as np
import tiledb

path, step = sys.argv[1:]
if step == "write":
    domain = tiledb.Domain(tiledb.Dim(name="x", domain=(0, 99), tile=10, dtype=np.int32))
    tiledb.Array.create(path, tiledb.ArraySchema(domain=domain, attrs=[tiledb.Attr(name="v", dtype=np.int32)]))
    for i in range(5):
        with tiledb.open(path, "w") as a:
            a[i * 20 : i * 20 + 20] = np.arange(i * 20, i * 20 + 20, dtype=np.int32)
else:
    settings = {"sm.mem.total_budget": str(64 << 20)}
    tiledb.consolidate(path, config=tiledb.Config({**settings, "sm.consolidation.mode": "fragments"}))
    tiledb.vacuum(path, config=tiledb.Config({"sm.vacuum.mode": "fragments"}))
