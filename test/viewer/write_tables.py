"""Writes arrays whose elements are texts, records and sequences.

Usage: write_tables.py FOLDER
"""

import sys
from pathlib import Path

import h5py
import numpy as np
import zarr

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
with h5py.File(folder / "tables.h5", "w") as f:
    deep = f.create_group("run/detector")
    deep["names"] = np.array([f"name {i}" for i in range(250)], dtype=h5py.string_dtype())
    particle = np.dtype([("id", "<i4"), ("p", [("x", "<f8"), ("label", h5py.string_dtype())]), ("image", "<f4", (40, 50))])
    records = np.zeros((3,), particle)
    for i in range(3):
        records[i]["id"] = 10 + i
        records[i]["p"]["x"] = i + 0.25
        records[i]["p"]["label"] = f"particle {i}"
        records[i]["image"] = np.hypot(*np.mgrid[0:40, 0:50]) + i
    deep["particles"] = records
    hits = deep.create_dataset("hits", (2, 3), h5py.vlen_dtype("<i4"))
    for r in range(2):
        for c in range(3):
            hits[r, c] = np.arange(r + c)
    tracks = deep.create_dataset("tracks", (2,), h5py.vlen_dtype(np.dtype([("t", "<i4"), ("e", "<f8")])))
    tracks[0] = np.array([(1, 0.5), (2, 1.5)], tracks.dtype.metadata["vlen"])
    tracks[1] = np.array([(3, 2.5)], tracks.dtype.metadata["vlen"])
    f["title"] = "one text"
    f["lost"] = h5py.SoftLink("/nowhere")
    f["named"] = np.dtype("<f4")
np.save(folder / "fixed.npy", np.array([["alpha", "beta", ""], ["größe", "δ", "z"]]))
zarr.create_array(folder / "text.zarr", shape=(3,), chunks=(2,), dtype="str")[:] = np.array(["a", "bb", "ccc"], dtype=object)
