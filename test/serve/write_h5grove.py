"""Writes an HDF5 file with the types and links that viewers show, and a .npy file.

Usage: write_h5grove.py FOLDER
"""

import sys
from pathlib import Path

import h5py
import numpy as np


def write_types(f):
    """Writes elements that are not plain little-endian numbers."""
    more = f.create_group("more")
    more["big"] = np.arange(6, dtype=">i4").reshape(2, 3)
    more["bigfloat"] = np.array([0.1, 2.5, -1e100], ">f8")
    more["bigcomplex"] = np.array([1 + 2j, 3 - 4j], ">c16")
    more["texts"] = np.array([["a", "Größe"], ["", "x y"]], dtype=h5py.string_dtype())
    more["ascii"] = np.array([b"ab", b"cde"], dtype=h5py.string_dtype("ascii"))
    more["fixed"] = np.array([b"ab", b"cdef"], dtype="S4")
    more["letter"] = np.array([b"a", b"b"], dtype="S1")
    more["text"] = "scalar"
    colors = h5py.enum_dtype({"RED": 0, "GREEN": 1, "BLUE": -3}, basetype="i2")
    more.create_dataset("enum", data=np.array([0, 1, -3], "i2"), dtype=colors)
    record = np.dtype([("id", "<i8"), ("ok", "?"), ("x", "<f4", (2,)), ("name", "S3"), ("z", "<c8"), ("in", [("w", "<f8")])])
    rows = np.zeros((2, 3), record)
    rows["id"] = np.arange(6).reshape(2, 3)
    rows["ok"][0] = True
    rows["x"] = np.arange(12).reshape(2, 3, 2) / 4
    rows["name"] = [[b"a", b"bc", b"def"]] * 2
    rows["z"] = 1 - 2j
    rows["in"]["w"] = 0.5
    more["records"] = rows
    more["record"] = rows[0, 1]
    mixed = np.dtype([("label", h5py.string_dtype()), ("n", "<u2")])
    more["mixed"] = np.array([("one", 1), ("zwei", 2)], mixed)
    sequences = more.create_dataset("sequences", (3,), h5py.vlen_dtype("<f4"))
    for i in range(3):
        sequences[i] = np.arange(i, dtype="<f4")
    more["opaque"] = np.array([b"abcd", b"efgh"], "V4")
    space = h5py.h5s.create_simple((4,))
    matrix = h5py.h5t.array_create(h5py.h5t.STD_I16LE, (2, 3))
    dataset = h5py.h5d.create(more.id, b"matrices", matrix, space)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(24, dtype="<i2").reshape(4, 2, 3), matrix)
    more["null"] = h5py.Empty("<f4")
    more["named"] = np.dtype("<f8")
    more["named"].attrs["unit"] = "m"
    more.create_dataset("shuffled", data=np.arange(40.0), chunks=(40,), shuffle=True, compression="gzip", fletcher32=True)
    more.create_dataset("lzf", data=np.arange(40), chunks=(8,), compression="lzf")
    more.create_dataset("one_chunk", data=np.arange(5), chunks=(5,))
    more["halves"] = np.array([0.5, 1.0000019073486328125, -3], "<f2")
    more["ties"] = np.array([1.0000019073486328125, 1.0000057220458984375, 2.0**-60, 1e22, 5e-324, np.nan, -np.inf, -0.0])


def write_attributes(attrs, f):
    """Writes attributes of many types."""
    attrs["i1"] = np.int8(-3)
    attrs["big"] = np.array([1, 2], ">u2")
    attrs["half"] = np.float16(0.5)
    attrs["flag"] = np.bool_(True)
    attrs["complex"] = np.complex64(1 + 2j)
    attrs["complexes"] = np.array([1 + 2j, 3j])
    attrs["texts"] = ["a", "ä"]
    attrs["fixed"] = np.bytes_(b"fixed")
    attrs["matrix"] = np.arange(6).reshape(2, 3)
    attrs["null"] = h5py.Empty("<i4")
    attrs["point"] = np.array((1, 2.5), np.dtype([("x", "<i4"), ("y", "<f8")]))
    attrs["reference"] = f["chunked"].ref
    attrs.create("enum", 1, dtype=h5py.enum_dtype({"NO": 0, "YES": 1}, basetype="u1"))


folder = Path(sys.argv[1])
folder.mkdir(parents=True)
rng = np.random.default_rng(4)
with h5py.File(folder / "run.h5", "w") as f:
    f.attrs["title"] = "Größe"
    group = f.create_group("g/inner")
    for i, dtype in enumerate(["i1", "u1", "<i2", "<u4", "<i8", "<f2", "<f4", "<f8", "<c8", "<c16", "?"]):
        data = rng.integers(-5, 5, (4, 6)) if dtype[0] != "u" else rng.integers(0, 9, (4, 6))
        group[f"d{i}"] = data.astype(dtype)
    f.create_dataset("chunked", data=np.arange(300.0).reshape(15, 20) - 40, chunks=(4, 7), compression="gzip")
    f["chunked"].attrs["units"] = "K"
    f["chunked"].attrs["range"] = np.array([0.5, 2.5])
    f["chunked"].attrs["count"] = np.int64(7)
    f["scalar"] = np.float64(2.5)
    f["empty"] = np.zeros((0, 3), "<i4")
    f["special"] = np.array([1.0, np.nan, np.inf])
    write_types(f)
    write_attributes(f["g"].attrs, f)
    f["types"] = h5py.SoftLink("/more/texts")
    f["soft"] = h5py.SoftLink("/missing")
    f["elsewhere"] = h5py.ExternalLink("none.h5", "/x")
np.save(folder / "one.npy", np.arange(6, dtype="<f4").reshape(2, 3))
