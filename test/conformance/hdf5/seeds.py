"""Writes small HDF5, NetCDF-4 and MATLAB files for tests that mutate them.

The files contain groups, attributes, links, many types of elements, all kinds of chunk indexes, and virtual datasets.

usage: seeds.py OUT
"""

import os
import sys

import h5py
import hdf5storage
import netCDF4
import numpy as np
from h5py import h5d, h5p, h5s, h5t

OUT = sys.argv[1]
LIBVERS = {"earliest": "earliest", "v110": ("v110", "v110"), "latest": "latest"}

for libver, bounds in LIBVERS.items():
    with h5py.File(os.path.join(OUT, f"groups-{libver}.h5"), "w", libver=bounds) as f:
        g = f.create_group("g", track_order=True)
        for i in range(12):
            g[f"link{i}"] = i
        g["soft"] = h5py.SoftLink("/g/link3")
        f["type"] = np.dtype(">f4")
        d = f.create_dataset("d", (4,), f["type"])
        for i in range(12):
            d.attrs[f"a{i}"] = np.arange(i)
        d.attrs["text"] = "some text"
        d.attrs["texts"] = np.array(["a", "bb"], object)
        d.attrs["sequence"] = np.array((1, 2.5), dtype=[("n", "i4"), ("x", "f8")])
    with h5py.File(os.path.join(OUT, f"chunks-{libver}.h5"), "w", libver=bounds) as f:
        for name, maxshape, filters in (
            ("fixed", None, {}),
            ("first", (None, 9), {"compression": "gzip"}),
            ("last", (40, None), {"shuffle": True, "compression": "gzip", "fletcher32": True}),
            ("both", (None, None), {}),
        ):
            d = f.create_dataset(name, (40, 9), "i2", chunks=(1, 4), maxshape=maxshape, fillvalue=3, **filters)
            d[:, 2:] = 7
        f.create_dataset("single", (6, 5), "f4", chunks=(6, 5), compression="gzip")[...] = 1
        f["contiguous"] = np.arange(10.0)



def virtual(file, name, shape, mappings, maxshape=None):
    """Writes a virtual dataset with `mappings`, a list of (virtual selection, dataset, source shape, source selection)."""
    plist = h5p.create(h5p.DATASET_CREATE)
    for selection, dataset, source_shape, source_selection in mappings:
        spaces = []
        for extent, chosen in ((shape, selection), (source_shape, source_selection)):
            space = h5s.create_simple(extent, (h5s.UNLIMITED,) * len(extent))
            if chosen is not None:
                space.select_hyperslab(*zip(*chosen))
            spaces.append(space)
        plist.set_virtual(spaces[0], b".", dataset, spaces[1])
    h5d.create(file.id, name, h5t.STD_I16LE, h5s.create_simple(shape, maxshape), plist)


for libver, bounds in {"earliest": ("earliest", "v110"), "latest": "latest"}.items():
    with h5py.File(os.path.join(OUT, f"virtual-{libver}.h5"), "w", libver=bounds) as f:
        for i in range(3):
            f.create_dataset(f"s{i}", data=np.full((4, 5), i, "<i2"), maxshape=(None, 5), chunks=(2, 5))
        f["other file"] = h5py.ExternalLink(f"virtual-{libver}.h5", "/s1")
        block = [(0, 1, 1, 4), (0, 1, 1, 5)]
        spaced = [(1, 4, 2, 1), (0, 2, 3, 2)]
        virtual(f, b"joined", (8, 5), [([(4 * i, 1, 1, 4), block[1]], f"s{i}".encode(), (4, 5), None) for i in range(2)])
        virtual(f, b"spaced", (9, 6), [(spaced, b"s2", (4, 5), [(0, 4, 1, 1), (1, 4, 1, 1)])])
        virtual(f, b"nested", (8, 5), [([(0, 8, 1, 1), block[1]], b"joined", (8, 5), None)])
        frames = [(1, h5s.UNLIMITED, 5, 4), block[1]]
        virtual(f, b"numbered", (4, 5), [(frames, b"s%b", (4, 5), None)], (h5s.UNLIMITED, 5))
        rows = [(0, 1, 1, h5s.UNLIMITED), block[1]]
        virtual(f, b"unlimited", (4, 5), [(rows, b"s1", (4, 5), rows)], (h5s.UNLIMITED, 5))


def small_float():
    """Returns the type of an 8-bit float with 4 exponent bits."""
    kind = h5t.IEEE_F32LE.copy()
    kind.set_fields(7, 3, 4, 0, 3)
    kind.set_ebias(7)
    kind.set_precision(8)
    kind.set_size(1)
    return kind


def small_integer():
    """Returns the type of a 12-bit integer at bit 3 of 2 big-endian bytes."""
    kind = h5t.STD_I16BE.copy()
    kind.set_precision(12)
    kind.set_offset(3)
    return kind


record = np.dtype([("x", "<f4"), ("name", "S7"), ("p", [("w", ">i2", (2,)), ("id", "u1")])])
for libver, bounds in {"earliest": "earliest", "latest": "latest"}.items():
    with h5py.File(os.path.join(OUT, f"elements-{libver}.h5"), "w", libver=bounds) as f:
        words = np.array(["", "a", "Zürich", "x" * 300, "b", "\u4e16"], object)
        f.create_dataset("text", data=words, dtype=h5py.string_dtype())
        chunked = f.create_dataset("chunked text", (6,), h5py.string_dtype(), chunks=(2,), compression="gzip")
        chunked[:4] = words[:4]
        f["fixed text"] = np.array([b"ab", b"", b"abcdef"], "S6")
        values = np.zeros((4, 3), record)
        values["x"] = np.arange(12).reshape(4, 3)
        values["name"] = b"name"
        f.create_dataset("records", data=values)
        f.create_dataset("chunked records", data=values, chunks=(3, 2), compression="gzip", shuffle=True)
        parts = np.dtype([("name", h5py.string_dtype()), ("to", h5py.ref_dtype), ("in", h5py.regionref_dtype)])
        linked = f.create_dataset("linked records", (4,), parts, chunks=(2,) if libver == "latest" else None)
        linked[:3] = np.array([(word, f["text"].ref, f["fixed text"].regionref[:2]) for word in words[1:4]], parts)
        sequences = f.create_dataset("sequences", (3,), h5py.vlen_dtype(np.dtype(">f8")))
        for i in range(2):
            sequences[i] = np.arange(5.0 * i + 1)
        for name, kind, chunks in (("float8", small_float(), None), ("int12", small_integer(), (2, 3))):
            plist = h5p.create(h5p.DATASET_CREATE)
            if chunks is not None:
                plist.set_chunk(chunks)
                plist.set_shuffle()
                plist.set_deflate(4)
            space = h5s.create_simple((4, 5))
            data = h5d.create(f.id, name.encode(), kind, space, plist)
            data.write(h5s.ALL, h5s.ALL, np.arange(20.0).reshape(4, 5))

with netCDF4.Dataset(os.path.join(OUT, "text.nc"), "w") as f:
    f.createDimension("station", 3)
    f.createVariable("name", str, ("station",))[:] = np.array(["a", "Bern", ""], object)

with netCDF4.Dataset(os.path.join(OUT, "dimensions.nc"), "w") as f:
    f.createDimension("t", None)
    f.createDimension("x", 3)
    f.createVariable("t", "f8", ("t",))[0:4] = np.arange(4)
    f.createVariable("v", "i2", ("t", "x"), zlib=True)[0:2] = np.ones((2, 3))
    # A variable in no-fill mode that is shorter than its dimension reads as the default fill value past its end.
    f.createVariable("n", "f4", ("t", "x"), fill_value=False)[0:2] = np.ones((2, 3))

cells = np.empty((1, 3), object)
cells[:] = [[1.5, "two", np.arange(4).reshape(2, 2)]]
records = np.zeros((2, 3), [("a", "f8"), ("b", "i4")])
values = {"m": np.arange(6.0).reshape(2, 3), "flag": np.array([[True, False]]), "text": "some text"}
values |= {"cells": cells, "empty": np.zeros((0, 3)), "records": records, "s": {"z": 1 + 2j, "a": "x"}}
options = hdf5storage.Options(matlab_compatible=True, store_python_metadata=False)
hdf5storage.savemat(os.path.join(OUT, "values.mat"), values, appendmat=False, format="7.3", options=options)
