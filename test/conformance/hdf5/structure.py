"""Writes HDF5 files that test groups, links and attributes.

usage: structure.py OUT
"""

import ctypes
import glob
import json
import os
import sys

import h5py
import hdf5plugin
import numpy as np
from h5py import h5a, h5d, h5p, h5r, h5s, h5t, h5z

OUT = sys.argv[1]
LIBVERS = {"earliest": "earliest", "v110": ("v110", "v110"), "latest": "latest"}
libs = os.path.join(os.path.dirname(os.path.dirname(h5py.__file__)), "h5py.libs")
hdf5 = ctypes.CDLL(glob.glob(os.path.join(libs, "libhdf5-*.so*"))[0])


def path(name):
    return os.path.join(OUT, name)


def links(libver):
    with h5py.File(path(f"links-{libver}.h5"), "w", libver=LIBVERS[libver]) as f:
        one = f.create_dataset("data", data=np.arange(5, dtype="i4"))
        for name, order in (("many", False), ("many-ordered", True)):
            g = f.create_group(name, track_order=order)
            for i in range(3000):
                g[f"link-{i * 7919 % 3000:05}{'x' * (i % 40)}"] = one
        # Removes links, so that B-tree nodes lose their first and last entries and the heap of names is reused.
        thinned = f.create_group("thinned")
        for i in range(3000):
            thinned[f"link-{i * 7919 % 3000:05}"] = one
        for i in range(3000):
            number = i * 4871 % 3000
            if number < 200 or number >= 2800 or number % 3 != 0:
                del thinned[f"link-{number:05}"]
        for number in range(0, 3000, 7):
            if f"link-{number:05}" not in thinned:
                thinned[f"link-{number:05}"] = one
        few = f.create_group("few", track_order=True)
        for i in range(3):
            few[f"d{i}"] = one
        for n in (0, 1, 8, 9, 40):
            g = f.create_group(f"n{n}")
            for i in range(n):
                g.create_group(f"é{i}") if i % 2 else g.create_dataset(f"d{i}", data=i)
        # Long names move the links out of the object header, and into other rows of the fractal heap.
        long = f.create_group("long")
        for i in range(60):
            long["n" * (60 * i + 1)] = one
        s = f.create_group("soft")
        s["absolute"] = h5py.SoftLink("/data")
        s["relative"] = h5py.SoftLink("inner/there")
        s["chain"] = h5py.SoftLink("absolute")
        s["group"] = h5py.SoftLink("/few")
        s["dangling"] = h5py.SoftLink("/nowhere")
        s["self"] = h5py.SoftLink("self")
        s["a"] = h5py.SoftLink("b")
        s["b"] = h5py.SoftLink("/soft/a")
        s.create_group("inner")["there"] = one
        f["external"] = h5py.ExternalLink("other.h5", "/there/it/is")
        f["type"] = np.dtype("i4")
        f["circle/back"] = f["/"]
        f["circle/self"] = f["circle"]
        f["circle/soft"] = h5py.SoftLink("/circle")


def attributes(libver):
    with h5py.File(path(f"attributes-{libver}.h5"), "w", libver=LIBVERS[libver]) as f:
        a = f.create_group("kinds").attrs
        a["i1"], a["u8"], a["i8"] = np.int8(-5), np.uint64(2**64 - 1), np.int64(-(2**40))
        a["big-endian"] = np.array([1, -2, 300], ">i2")
        a["f2"], a["f4"], a["f8"] = np.float16(0.5), np.float32(1.25), 1e300
        a["nan"], a["inf"] = np.nan, -np.inf
        a["bool"], a["bools"] = True, np.array([True, False])
        a["complex"] = 1 - 2j
        a["matrix"] = np.arange(6, dtype="i4").reshape(2, 3)
        a["cube"] = np.arange(8, dtype="u1").reshape(2, 2, 2)
        a["none"] = h5py.Empty("f4")
        a["zero"] = np.zeros((0,), "f4")
        a["text"] = "héllo"
        a["texts"] = np.array(["a", "", "ccc"], object)
        a["bytes"] = np.bytes_(b"fixed")
        a["padded"] = np.array([b"ab", b"c"], "S4")
        space_padded(f["kinds"], b"space-padded", b"ab", 6)
        a["opaque"] = np.void(b"\x01\x02")
        a.create("enum", 1, dtype=h5py.enum_dtype({"RED": 0, "GREEN": 1}, "i2"))
        a["compound"] = np.array((3, 1.5), dtype=[("n", "i4"), ("x", "f8")])
        a.create("sequence", np.array([np.arange(3), np.arange(1)], object), dtype=h5py.vlen_dtype("i4"))
        a["array"] = np.zeros(1, dtype="(2,2)i4")
        a["reference"] = f["kinds"].ref
        a["region"] = f.create_dataset("d", data=np.arange(4)).regionref[1:2]
        a["__proto__"] = 1
        many = f.create_group("dense").attrs
        for i in range(300):
            many[f"attribute {i:03}"] = i
        if libver != "earliest":
            many["huge"] = np.arange(20000, dtype="i4")
            many["medium"] = np.arange(500, dtype="i4")
        f["d"].attrs["after"] = "all"
        f["d"].attrs["vlen of many"] = np.array(["text %d" % i for i in range(600)], object)


def space_padded(group, name, value, size):
    t = h5t.C_S1.copy()
    t.set_size(size)
    t.set_strpad(h5t.STR_SPACEPAD)
    attribute = h5a.create(group.id, name, t, h5s.create(h5s.SCALAR))
    attribute.write(np.array(value.ljust(size), f"S{size}"), mtype=t)


def refused():
    """Writes unsupported features. Each dataset is named after its feature."""
    with h5py.File(path("refused.h5"), "w", libver="v110") as f:
        nested = h5t.vlen_create(h5t.vlen_create(h5t.NATIVE_INT32))
        h5d.create(f.id, b"variable-length sequence", nested, h5s.create_simple((2,)))
        h5d.create(f.id, b"128-bit float", h5t.NATIVE_LDOUBLE, h5s.create_simple((4,)))
        f.create_dataset("filter 32024", data=np.zeros((16, 16), "f4"), chunks=(8, 8), **hdf5plugin.SZ3(absolute=0.1))
        mixed = np.array([(1, 2)], dtype="(2,)i4")[0]
        dcpl = h5p.create(h5p.DATASET_CREATE)
        dcpl.set_chunk((2,))
        array = h5t.array_create(h5t.STD_I32LE, (2,))
        assert (
            hdf5.H5Pset_fill_value(
                ctypes.c_int64(dcpl.id), ctypes.c_int64(array.id), mixed.ctypes.data_as(ctypes.c_void_p)
            )
            == 0
        )
        h5d.create(f.id, b"fill value differs", array, h5s.create_simple((4,)), dcpl)


def skipped():
    """Writes chunks with optional filters that the writer skipped. Readers do not need such a filter."""
    with h5py.File(path("skipped.h5"), "w") as f:

        def create(name, dtype, *filters):
            dcpl = h5p.create(h5p.DATASET_CREATE)
            dcpl.set_chunk((4, 4))
            for add in filters:
                add(dcpl)
            return h5py.Dataset(
                h5d.create(f.id, name, h5t.py_create(np.dtype(dtype)), h5s.create_simple((10, 10)), dcpl)
            )

        values = np.arange(100).reshape(10, 10)
        lzo = lambda dcpl: dcpl.set_filter(305, h5z.FLAG_OPTIONAL, (1, 2))
        deflate = lambda dcpl: dcpl.set_deflate(3)
        create(b"lzo", "<i4", lzo, deflate)[...] = values
        create(b"decimal scale of integers", "<i4", lambda dcpl: dcpl.set_scaleoffset(h5z.SO_FLOAT_DSCALE, 3))[...] = (
            values
        )
        mixed = create(b"lzo of one chunk", "<i4", lzo)
        mixed[...] = values
        mixed.id.write_direct_chunk((4, 4), b"not what it was", filter_mask=0)


def few_bits():
    """Writes numbers with fewer bits than their elements, as R's hdf5r writes factors and logicals."""
    with h5py.File(path("few-bits.h5"), "w") as f:
        for name, base, bits, values in (
            ("two", h5t.STD_U8LE, 2, [0, 1, 2, 3]),
            ("twelve", h5t.STD_U16BE, 12, [0, 1, 4095, 77]),
        ):
            t = base.copy()
            t.set_precision(bits)
            d = h5d.create(f.id, name.encode(), t, h5s.create_simple((4,)))
            d.write(h5s.ALL, h5s.ALL, np.array(values, "u2"))
        t = h5t.STD_U8LE.copy()
        t.set_precision(2)
        factor = h5t.enum_create(t)
        for i, level in enumerate((b"FALSE", b"TRUE", b"NA")):
            factor.enum_insert(level, i)
        d = h5d.create(f.id, b"factor", factor, h5s.create_simple((4,)))
        d.write(h5s.ALL, h5s.ALL, np.array([2, 0, 1, 2], "u1"), mtype=factor)
        t = h5t.STD_U8LE.copy()
        t.set_precision(7)
        t.set_pad(h5t.PAD_ZERO, h5t.PAD_ONE)
        d = h5d.create(f.id, b"ones above", t, h5s.create_simple((4,)))
        d.write(h5s.ALL, h5s.ALL, np.array([0, 1, 127, 64], "u1"))
        t = h5t.STD_I8LE.copy()
        t.set_precision(7)
        d = h5d.create(f.id, b"signed", t, h5s.create_simple((4,)))
        d.write(h5s.ALL, h5s.ALL, np.array([0, -1, 63, -64], "i1"))


def whole_files():
    with h5py.File(path("only.h5"), "w") as f:
        f.create_group("a/b")["c"] = np.arange(3)
    with h5py.File(path("only-twice.h5"), "w") as f:
        f["a"] = np.arange(3)
        f["b"] = f["a"]
    with h5py.File(path("several.h5"), "w") as f:
        for i in range(40):
            f[f"g{i % 3}/d{i:02}"] = i
    with h5py.File(path("linked.h5"), "w") as f:
        f["a/link"] = h5py.SoftLink("/z/y/data")
        f["z/y/data"] = [1, 2, 3]
        f["z/other"] = 1
    with h5py.File(path("none.h5"), "w") as f:
        f.create_group("a/b")
    for libver in ("earliest", "latest"):
        with h5py.File(path(f"family-{libver}-%d.h5"), "w", libver=libver, driver="family", memb_size=4096) as f:
            f["d"] = np.arange(2000)
    with h5py.File(path("swmr.h5"), "w", libver="latest") as f:
        f.create_dataset("d", data=np.arange(100), chunks=(10,), maxshape=(None,))
        f.swmr_mode = True
        f.flush()
        with open(path("swmr.h5"), "rb") as raw:
            content = raw.read()
    with open(path("swmr.h5"), "wb") as raw:
        raw.write(content)
    with h5py.File(path("writing.h5"), "w", libver="latest") as f:
        f["d"] = np.arange(100)
        f.flush()
        with open(path("writing.h5"), "rb") as raw:
            content = raw.read()
    with open(path("writing.h5"), "wb") as raw:
        raw.write(content)
    for libver in LIBVERS:
        with h5py.File(path(f"truncated-{libver}.h5"), "w", libver=LIBVERS[libver]) as f:
            f["d"] = np.arange(1000)
        with open(path(f"truncated-{libver}.h5"), "r+b") as raw:
            raw.truncate(os.path.getsize(path(f"truncated-{libver}.h5")) - 100)


def scales():
    with h5py.File(path("scales.h5"), "w") as f:
        d = f.create_dataset("d", data=np.zeros((2, 3, 4)))
        for name, n in (("x", 2), ("y", 3)):
            f[name] = np.arange(n)
            f[name].make_scale(f"{name} scale")
        d.dims[0].attach_scale(f["x"])
        d.dims[1].attach_scale(f["y"])
        d.dims[1].label = "labelled"
        f["plain"] = np.zeros((2, 2))


def references():
    with h5py.File(path("references.h5"), "w") as f:
        d = f.create_dataset("g/d", data=np.zeros((10, 12)))
        f["soft"] = h5py.SoftLink("/g/d")
        lost = f.create_dataset("lost", data=1)
        a = f["g"].attrs
        a["object"] = d.ref
        a["objects"] = np.array([[d.ref, f["g"].ref], [f.ref, d.ref]], h5py.ref_dtype)
        a["lost"] = lost.ref
        a.create("null", h5py.Reference(), dtype=h5py.ref_dtype)
        a.create("null region", h5py.RegionReference(), dtype=h5py.regionref_dtype)
        a["box"] = d.regionref[2:5, 3]
        a["strided"] = d.regionref[0:9:3, [1, 4, 5]]
        a["complete"] = d.regionref[...]
        chosen = h5s.create_simple(d.shape)
        chosen.select_elements([(0, 3), (9, 11), (4, 4)])
        points = h5r.create(f.id, b"/g/d", h5r.DATASET_REGION, chosen)
        a.create("points", points, dtype=h5py.regionref_dtype)
        a["record"] = np.array((7, d.ref, "text"), [("n", "i4"), ("to", h5py.ref_dtype), ("s", h5py.string_dtype())])
        a.create("lists", np.array([np.array([d.ref, f.ref], object), np.array([], object)], object), dtype=h5py.vlen_dtype(h5py.ref_dtype))
        regions = f.create_dataset("regions", (4,), h5py.regionref_dtype)
        regions[0], regions[1], regions[3] = points, d.regionref[2:5, 3], points
        del f["lost"]
        objects = {
            "object": f[a["object"]].name,
            "objects": [[f[one].name for one in row] for row in a["objects"]],
            "lost": None,
            "null": None,
            "null region": None,
            "record": {"n": 7, "to": f[a["record"]["to"]].name, "s": "text"},
            "lists": [[f[one].name for one in row] for row in a["lists"]],
        }
    with open(path("references.json"), "w") as out:
        json.dump(objects, out)


for libver in LIBVERS:
    links(libver)
    attributes(libver)
refused()
skipped()
few_bits()
whole_files()
scales()
references()
