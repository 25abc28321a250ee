"""Writes files that are refused, with the libraries that write such files.

usage: refusals.py OUT
"""

import os
import sys
import warnings

import h5py
import numpy as np
import scipy.io
import tiledb
from h5py import h5d, h5p, h5s, h5t

warnings.filterwarnings("ignore")
os.chdir(sys.argv[1])

np.save("long.npy", np.zeros(2, np.longdouble))
np.save("complex-long.npy", np.zeros(2, np.clongdouble))
np.save("long-field.npy", np.zeros(2, [("x", np.longdouble), ("y", "f4")]))
np.save("objects.npy", np.array([{}, "a"], object), allow_pickle=True)
scipy.io.savemat("five.mat", {"a": np.ones(3)})

with h5py.File("refused.h5", "w") as f:
    f.create_dataset("long", (2,), np.longdouble)
    f.create_dataset("nested", (2,), h5py.vlen_dtype(h5py.vlen_dtype(np.dtype("i4"))))
    f["a"] = np.arange(16).reshape(4, 4)
    # The selected elements of the source are no rectangle.
    chosen = h5s.create_simple((4, 4))
    chosen.select_hyperslab((0, 0), (1, 2))
    chosen.select_hyperslab((1, 0), (1, 1), op=h5s.SELECT_OR)
    space = h5s.create_simple((3,))
    layout = h5p.create(h5p.DATASET_CREATE)
    layout.set_virtual(space, b"refused.h5", b"a", chosen)
    h5d.create(f.id, b"irregular", h5t.NATIVE_INT64, space, layout)

domain = tiledb.Domain(tiledb.Dim("x", domain=(0, 5), tile=3, dtype=np.int32))
attributes = [tiledb.Attr("v", dtype="f4")]
tiledb.Array.create("sparse.tdb", tiledb.ArraySchema(domain, attributes, sparse=True))
key = {"sm.encryption_type": "AES_256_GCM", "sm.encryption_key": "0123456789abcdef0123456789abcdef"}
secret = tiledb.Ctx(tiledb.Config(key))
tiledb.Array.create("encrypted.tdb", tiledb.ArraySchema(domain, attributes, sparse=False), ctx=secret)
variable = [tiledb.Attr("n", dtype="i4", var=True)]
tiledb.Array.create("variable.tdb", tiledb.ArraySchema(domain, variable, sparse=False))
