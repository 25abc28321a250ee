"""Writes a TileDB array with overlapping fragments and cells without a value. Prints the sum, count and maximum of the
values, as `float.hex`, `int` and `float.hex`."""
import math
import sys

import numpy as np
import tiledb

path = sys.argv[1]
shape = (90, 70)
rows = tiledb.Dim("row", domain=(1, shape[0]), tile=20, dtype=np.int32)
columns = tiledb.Dim("column", domain=(1, shape[1]), tile=15, dtype=np.int32)
attribute = tiledb.Attr("a", dtype=np.float32, filters=[tiledb.ZstdFilter()])
tiledb.Array.create(path, tiledb.ArraySchema(domain=tiledb.Domain(rows, columns), attrs=[attribute]))
random = np.random.default_rng(1)
values = np.full(shape, np.nan, np.float32)
for top, bottom, left, right in [(0, 60, 0, 50), (30, 80, 20, 65), (10, 20, 5, 70), (47, 52, 33, 34)]:
    part = random.normal(size=(bottom - top, right - left)).astype(np.float32)
    with tiledb.open(path, "w") as array:
        array[top + 1 : bottom + 1, left + 1 : right + 1] = part
    values[top:bottom, left:right] = part
present = values[~np.isnan(values)]
print(math.fsum(present.tolist()).hex(), present.size, float(present.max()).hex())
