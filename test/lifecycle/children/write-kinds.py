"""Writes arrays of text, records and sequences: write-kinds.py FOLDER. Prints KIND,PATH,NAME of each array."""

import os
import sys

import h5py
import numpy as np

folder = sys.argv[1]
names = np.array(["name %d" % i for i in range(20)])
np.save(os.path.join(folder, "names.npy"), names)
records = np.zeros(20, [("x", "<f4"), ("name", "S8"), ("id", "<i8")])
records["x"] = np.arange(20) / 4
records["id"] = np.arange(20) * 10**12
records["name"] = names.astype("S8")
np.save(os.path.join(folder, "records.npy"), records)
with h5py.File(os.path.join(folder, "kinds.h5"), "w") as file:
    file.create_dataset("names", data=names.astype(object), dtype=h5py.string_dtype(), chunks=(7,))
    file.create_dataset("records", data=records, chunks=(7,), compression="gzip")
    hits = file.create_dataset("hits", (20,), h5py.vlen_dtype("<i4"), chunks=(7,))
    for i in range(20):
        hits[i] = np.arange(i, dtype=np.int32)
for kind, path, name in [
    ("text", "names.npy", ""),
    ("text", "kinds.h5", "names"),
    ("records", "records.npy", ""),
    ("records", "kinds.h5", "records"),
    ("sequences", "kinds.h5", "hits"),
]:
    print(kind, os.path.join(folder, path), name, sep=",")
