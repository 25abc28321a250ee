"""Writes HDF5 datasets with h5py and hdf5plugin, and their expected values.

usage: write.py OUT SEED RANDOM

Writes OUT/cases.json, a list of {name, path, array, dtype, shape, expected, group}. `expected` is {file, offset,
length}: the place of the array's bytes in C order and in the byte order of this machine. The expected values are
computed with NumPy alone and compared here with the result of h5py.
"""

import ctypes
import glob
import itertools
import json
import os
import random
import sys

import h5py
import hdf5plugin
import numpy as np
from h5py import h5d, h5p, h5s, h5t

OUT, SEED, RANDOM = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
libs = os.path.join(os.path.dirname(os.path.dirname(h5py.__file__)), "h5py.libs")
hdf5 = ctypes.CDLL(glob.glob(os.path.join(libs, "libhdf5-*.so*"))[0])

LIBVERS = {"earliest": "earliest", "v110": ("v110", "v110"), "latest": "latest"}
DTYPES = ["bool", "i1", "u1"] + [
    order + code for code in ("i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16") for order in "<>"
]
# Filters by name, in the order in which a writer applies them: (id, client data).
FILTERS = {
    "plain": [],
    "gzip": [(1, (4,))],
    "shuffle-gzip": [(2, ()), (1, (6,))],
    "fletcher": [(3, ())],
    "shuffle-gzip-fletcher": [(2, ()), (1, (1,)), (3, ())],
    "fletcher-shuffle-gzip": [(3, ()), (2, ()), (1, (1,))],
    "shuffle": [(2, ())],
    "szip-nn": "szip",
    "nbit": [(5, ())],
    "scaleoffset": "scaleoffset",
    "lzf": [(32000, ())],
    "shuffle-lzf-fletcher": [(2, ()), (32000, ()), (3, ())],
    "lz4": [(32004, ())],
    "lz4-small-blocks": [(32004, (64,))],
    "zstd": [(32015, (3,))],
    "bzip2": [(307, (9,))],
    "bitshuffle": [(32008, (0, 0))],
    "bitshuffle-lz4": [(32008, (0, 2))],
    "bitshuffle-lz4-blocks": [(32008, (8, 2))],
    "bitshuffle-zstd": [(32008, (0, 3, 3))],
} | {
    f"blosc-{codec}-{shuffle}": [(32001, (0, 0, 0, 0, 5, shuffle, number))]
    for number, codec in enumerate(["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"])
    for shuffle in (0, 1, 2)
    if codec != "snappy"
}
# Kinds of storage by name: (chunked: False, True, or "whole" for one chunk; maximum shape: None for the shape itself,
# "wider" for larger lengths, or the unlimited dimensions "all", "first", "middle" or "last"; library versions that
# write it).
STORAGES = {
    "contiguous": (False, None, ("earliest", "v110", "latest")),
    "compact": (False, None, ("earliest", "v110", "latest")),
    "btree-v1": (True, None, ("earliest",)),
    "btree-v1-unlimited": (True, "all", ("earliest",)),
    "single": ("whole", None, ("v110", "latest")),
    "implicit": (True, None, ("v110", "latest")),
    "fixed-array": (True, None, ("v110", "latest")),
    "fixed-array-wider": (True, "wider", ("v110", "latest")),
    "extensible-array-first": (True, "first", ("v110", "latest")),
    "extensible-array-last": (True, "last", ("v110", "latest")),
    "extensible-array-middle": (True, "middle", ("v110", "latest")),
    "btree-v2": (True, "all", ("v110", "latest")),
}


def applies(filters, dtype):
    """Returns True if the filters support this type. Some filters only support numbers of certain sizes."""
    kind, size = np.dtype(dtype).kind, np.dtype(dtype).itemsize
    if FILTERS[filters] in ("szip", "scaleoffset") or filters == "nbit":
        return kind in "iu" or (kind == "f" and size in (4, 8) and filters != "scaleoffset")
    return True


def set_filters(dcpl, filters, dtype):
    spec = FILTERS[filters]
    if spec == "szip":
        dcpl.set_szip(h5py.h5z.SZIP_NN_OPTION_MASK, 8)
    elif spec == "scaleoffset":
        dcpl.set_scaleoffset(2, 0)
    else:
        for number, values in spec:
            if number == 2:
                dcpl.set_shuffle()
            elif number == 3:
                dcpl.set_fletcher32()
            else:
                dcpl.set_filter(number, h5py.h5z.FLAG_OPTIONAL, values)


def values(shape, dtype):
    """Returns compressible numbers of any type: a slope with noise in the low bits."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=int))
    base = np.arange(count) // 3 + nprng.integers(0, 4, count)
    if dtype.kind == "b":
        data = base % 3 == 0
    elif dtype.kind == "c":
        data = base / 4 - 1j * nprng.integers(0, 9, count)
    elif dtype.kind == "f":
        data = (base % 2000) / 8
    else:
        info = np.iinfo(dtype)
        data = base % min(int(info.max), 30000) - (7 if dtype.kind == "i" else 0)
    return data.astype(dtype).reshape(shape)


# Names of the chunk indexes, in the order of their numbers in the HDF5 library.
INDEXES = ["btree-v1", "single", "implicit", "fixed-array", "extensible-array", "btree-v2"]


def index_kind(dataset):
    number = ctypes.c_int(-1)
    assert hdf5.H5Dget_chunk_index_type(ctypes.c_int64(dataset.id.id), ctypes.byref(number)) == 0
    return INDEXES[number.value]


class Writer:
    """One HDF5 file and its cases. `blob` contains the expected data."""

    blob = open(os.path.join(OUT, "expected.bin"), "wb")
    cases = []

    def __init__(self, name, libver, group, userblock=0, fcpl=None):
        self.path, self.group, self.libver = f"{name}.h5", group, libver
        full = os.path.join(OUT, self.path)
        if fcpl is None:
            self.file = h5py.File(full, "w", libver=LIBVERS[libver], userblock_size=userblock)
        else:
            fapl = h5p.create(h5p.FILE_ACCESS)
            bounds = {
                "earliest": (h5py.h5f.LIBVER_EARLIEST, h5py.h5f.LIBVER_LATEST),
                "v110": (h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110),
                "latest": (h5py.h5f.LIBVER_LATEST, h5py.h5f.LIBVER_LATEST),
            }[libver]
            fapl.set_libver_bounds(*bounds)
            self.file = h5py.File(h5py.h5f.create(full.encode(), h5py.h5f.ACC_TRUNC, fcpl, fapl))

    def create(
        self,
        name,
        shape,
        dtype,
        chunks=None,
        maxshape=None,
        filters="plain",
        fill=None,
        compact=False,
        early=False,
        never=False,
        partial=False,
    ):
        """Creates a dataset through the low-level interface, which offers all settings."""
        dcpl = h5p.create(h5p.DATASET_CREATE)
        dtype = np.dtype(dtype)
        if chunks is not None:
            dcpl.set_chunk(chunks)
            set_filters(dcpl, filters, dtype)
        if compact:
            dcpl.set_layout(h5d.COMPACT)
        if fill is not None:
            dcpl.set_fill_value(np.array(fill, dtype))
        if never:
            dcpl.set_fill_time(h5d.FILL_TIME_NEVER)
        if early:
            dcpl.set_alloc_time(h5d.ALLOC_TIME_EARLY)
        if partial:
            assert hdf5.H5Pset_chunk_opts(ctypes.c_int64(dcpl.id), ctypes.c_uint(2)) == 0
        limits = None if maxshape is None else tuple(h5s.UNLIMITED if n is None else n for n in maxshape)
        space = h5s.create_simple(shape, limits) if shape != () else h5s.create(h5s.SCALAR)
        d = h5d.create(self.file.id, name.encode(), h5t.py_create(dtype, logical=True), space, dcpl)
        return h5py.Dataset(d)

    def expect(self, dataset, model, check=True):
        """Adds a case: `dataset` must read as `model`."""
        name = dataset.name
        model = np.asarray(model)
        if check:
            read = dataset[()]
            assert np.array_equal(read, model, equal_nan=model.dtype.kind in "fc"), f"{self.path}{name}: h5py differs"
        native = np.ascontiguousarray(model.astype(model.dtype.newbyteorder("=")))
        names = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
        dtype = "bool" if native.dtype.kind == "b" else f"{names[native.dtype.kind]}{8 * native.dtype.itemsize}"
        raw = native.tobytes()
        place = {"offset": Writer.blob.tell(), "length": len(raw)}
        Writer.blob.write(raw)
        Writer.cases.append(
            {
                "name": f"{self.path}{name}",
                "path": self.path,
                "array": name,
                "dtype": dtype,
                "shape": list(model.shape),
                "expected": place,
                "group": self.group,
            }
        )

    def close(self):
        self.file.close()


def storage_parameters(storage, shape):
    chunked, unlimited, _ = STORAGES[storage]
    chunks = (
        None
        if not chunked
        else shape
        if chunked == "whole"
        else tuple(max(1, n // k) for n, k in zip(shape, (3, 4, 2)))
    )
    maxshape = {
        None: None,
        "all": (None,) * len(shape),
        "first": (None, *shape[1:]),
        "middle": (shape[0], None, *shape[2:]),
        "last": (*shape[:-1], None),
        "wider": tuple(n + 5 for n in shape),
    }[unlimited]
    return {"chunks": chunks, "maxshape": maxshape, "compact": storage == "compact", "early": storage == "implicit"}


def product():
    """Writes the combinations of library version, storage and filters that HDF5 can write. Types take turns."""
    turns = itertools.cycle(DTYPES)
    for libver in LIBVERS:
        w = Writer(f"product-{libver}", libver, "product")
        for storage, (chunked, _, libvers) in STORAGES.items():
            if libver not in libvers:
                continue
            for filters in FILTERS if chunked and storage != "implicit" else ["plain"]:
                dtype = next(t for t in turns if applies(filters, t))
                shape = (11, 13, 6)
                d = w.create(
                    f"{storage}.{filters}.{dtype}", shape, dtype, filters=filters, **storage_parameters(storage, shape)
                )
                assert not chunked or storage.startswith(index_kind(d)), f"{storage} became {index_kind(d)}"
                model = values(shape, dtype)
                d[...] = model
                w.expect(d, model)
        w.close()


def types():
    """Writes each type and byte order with each library version, contiguous and chunked; scalars; several ranks."""
    for libver in LIBVERS:
        w = Writer(f"types-{libver}", libver, "types")
        for dtype in DTYPES:
            for kind, filters in (("contiguous", "plain"), ("fixed-array", "plain"), ("fixed-array", "shuffle-gzip")):
                shape = (9, 10, 4)
                d = w.create(
                    f"{dtype}-{kind}-{filters}", shape, dtype, filters=filters, **storage_parameters(kind, shape)
                )
                model = values(shape, dtype)
                d[...] = model
                w.expect(d, model)
            d = w.create(f"scalar-{dtype}", (), dtype)
            model = values((), dtype)
            d[()] = model
            w.expect(d, model)
        for rank in range(1, 8):
            shape = (3, 2, 4, 3, 2, 3, 2)[:rank]
            d = w.create(f"rank{rank}", shape, "<i4", chunks=(2,) * rank, filters="gzip")
            d[...] = values(shape, "<i4")
            w.expect(d, d[...])
        for name, shape in {"none": (0,), "none-of-many": (3, 0, 2)}.items():
            d = w.create(name, shape, "<f4", chunks=(2,) * len(shape), maxshape=(None,) * len(shape))
            w.expect(d, np.zeros(shape, "<f4"))
        w.close()


def elements():
    """Writes elements that are not a single number: strings, opaque, array, enum, committed and complex types."""
    for libver in LIBVERS:
        w = Writer(f"elements-{libver}", libver, "elements")
        f = w.file
        text = np.array([[b"one", b"two!"], [b"", b"four"]], "S5")
        f["fixed-string"] = text
        w.expect(f["fixed-string"], text.view("u1").reshape(2, 2, 5), check=False)
        f.create_dataset("string-chunked", data=text, chunks=(1, 2), compression="gzip", shuffle=True)
        w.expect(f["string-chunked"], text.view("u1").reshape(2, 2, 5), check=False)
        utf8 = np.array(["é".encode(), b"xyz"], h5py.string_dtype("utf-8", 6))
        f.create_dataset("utf8-fixed", data=utf8)
        w.expect(f["utf8-fixed"], np.frombuffer(utf8.tobytes(), "u1").reshape(2, 6), check=False)
        opaque = np.arange(15, dtype="u1")
        f["opaque"] = opaque.view("V5")
        w.expect(f["opaque"], opaque.reshape(3, 5), check=False)
        inner = np.arange(2 * 3 * 4, dtype=">i2").reshape(2, 3, 4)
        d = f.create_dataset("array", (2,), "(3,4)>i2", chunks=(1,), compression="gzip")
        d[...] = inner
        w.expect(d, inner)
        colours = h5py.enum_dtype({"RED": 0, "GREEN": 1, "BLUE": 300}, "i2")
        f.create_dataset("enum", data=np.array([0, 1, 300, 1], "i2"), dtype=colours)
        w.expect(f["enum"], np.array([0, 1, 300, 1], "i2"))
        f["committed-type"] = np.dtype(">f4")
        d = f.create_dataset("committed", (4,), f["committed-type"])
        d[...] = np.arange(4)
        w.expect(d, np.arange(4, dtype=">f4"))
        bits = h5d.create(f.id, b"bitfield", h5t.STD_B32BE, h5s.create_simple((5,)))
        bits.write(h5s.ALL, h5s.ALL, np.arange(5, dtype="u4"), mtype=h5t.NATIVE_B32)
        w.expect(h5py.Dataset(bits), np.arange(5, dtype="u4") * 1, check=False)
        f["empty"] = h5py.Empty("f8")
        w.expect(f["empty"], np.zeros(0, "f8"), check=False)
        if libver == "latest":
            for name, file_type, dtype in (
                ("F64BE", h5t.COMPLEX_IEEE_F64BE, ">c16"),
                ("F32LE", h5t.COMPLEX_IEEE_F32LE, "<c8"),
            ):
                d = h5d.create(f.id, f"complex-{name}".encode(), file_type, h5s.create_simple((3,)))
                model = np.array([1 - 2j, 3.5, -1j], dtype)
                d.write(h5s.ALL, h5s.ALL, model, mtype=file_type)
                w.expect(h5py.Dataset(d), model, check=False)
        w.close()


def fills():
    """Writes fill values with each fill time, absent chunks, and datasets that grew and shrank."""
    for libver in LIBVERS:
        w = Writer(f"fills-{libver}", libver, "fills")
        for dtype, fill in (
            ("<i4", -7),
            (">f8", np.nan),
            (">u8", 2**64 - 3),
            ("<i8", -(2**63)),
            ("bool", True),
            (">c8", 1 - 2j),
            ("<f2", 1.5),
            ("i1", -1),
            (">u2", 65535),
            ("<f4", -0.0),
        ):
            for storage, (chunked, _, libvers) in STORAGES.items():
                if libver not in libvers or storage == "compact":
                    continue
                parameters = storage_parameters(storage, (9, 8, 6))
                d = w.create(f"{storage}.{dtype}.absent", (9, 8, 6), dtype, fill=fill, **parameters)
                w.expect(d, np.full((9, 8, 6), fill, dtype))
                if not chunked:
                    continue
                d = w.create(
                    f"{storage}.{dtype}.sparse",
                    (9, 8, 6),
                    dtype,
                    fill=fill,
                    filters="gzip" if storage != "implicit" else "plain",
                    **parameters,
                )
                model = np.full((9, 8, 6), fill, dtype)
                for _ in range(3):
                    at = tuple(slice(a, a + 2) for a in (rng.randrange(8), rng.randrange(7), rng.randrange(5)))
                    model[at] = values(model[at].shape, dtype)
                    d[at] = model[at]
                w.expect(d, model)
        for storage, (chunked, unlimited, libvers) in STORAGES.items():
            if libver not in libvers or not chunked:
                continue
            parameters = storage_parameters(storage, (9, 8, 6))
            d = w.create(f"{storage}.never", (9, 8, 6), "<i4", fill=5, never=True, **parameters)
            w.expect(d, np.zeros((9, 8, 6), "<i4"), check=storage != "implicit")
            if parameters["maxshape"] is None:
                continue
            d = w.create(f"{storage}.resized", (9, 8, 6), "<i4", fill=5, filters="shuffle-gzip", **parameters)
            model = values((9, 8, 6), "<i4")
            d[...] = model
            for _ in range(4):
                shape = tuple(
                    rng.randint(1, n + 3) if m is None or m > n else n
                    for n, m in zip(model.shape, parameters["maxshape"])
                )
                shape = tuple(min(n, m or n) for n, m in zip(shape, parameters["maxshape"]))
                d.resize(shape)
                grown = np.full(shape, 5, "<i4")
                common = tuple(slice(0, min(a, b)) for a, b in zip(shape, model.shape))
                grown[common] = model[common]
                model = grown
            w.expect(d, model)
        w.close()


def wholes():
    """Writes user blocks, unusual B-tree nodes and address widths, shared messages, unfiltered edge chunks, masks."""
    shape, chunks = (20, 15), (4, 6)
    for libver, userblock in itertools.product(LIBVERS, (512, 1024, 8192)):
        w = Writer(f"userblock-{userblock}-{libver}", libver, "userblock", userblock=userblock)
        for storage in (
            "contiguous",
            "compact",
            "btree-v1",
            "fixed-array",
            "extensible-array-last",
            "btree-v2",
            "single",
            "implicit",
        ):
            if libver in STORAGES[storage][2]:
                parameters = storage_parameters(storage, shape)
                filters = "gzip" if parameters["chunks"] and storage != "implicit" else "plain"
                d = w.create(storage, shape, "<i4", filters=filters, **parameters)
                d[...] = values(shape, "<i4")
                w.expect(d, d[...])
        w.file.attrs["text"] = "é"
        w.close()
        with open(os.path.join(OUT, w.path), "r+b") as raw:
            raw.write(os.urandom(userblock))
    for libver, sizes in itertools.product(LIBVERS, ((4, 4), (4, 8), (8, 4), (2, 2))):
        if sizes == (2, 2) and libver != "earliest":
            continue  # The library cannot read the fractal heaps that it writes: the size 65536 does not fit 2 bytes.
        fcpl = h5p.create(h5p.FILE_CREATE)
        fcpl.set_sizes(*sizes)
        w = Writer(f"sizes-{sizes[0]}-{sizes[1]}-{libver}", libver, "sizes", fcpl=fcpl)
        for storage in ("contiguous", "btree-v1", "fixed-array", "extensible-array-last", "btree-v2", "single"):
            if libver in STORAGES[storage][2]:
                for filters in ("plain", "gzip") if storage != "contiguous" else ("plain",):
                    d = w.create(
                        f"{storage}-{filters}", shape, "<i4", filters=filters, **storage_parameters(storage, shape)
                    )
                    d[...] = values(shape, "<i4")
                    w.expect(d, d[...])
        w.close()
    for libver in LIBVERS:
        fcpl = h5p.create(h5p.FILE_CREATE)
        assert hdf5.H5Pset_istore_k(ctypes.c_int64(fcpl.id), ctypes.c_uint(3)) == 0
        assert hdf5.H5Pset_sym_k(ctypes.c_int64(fcpl.id), ctypes.c_uint(2), ctypes.c_uint(2)) == 0
        w = Writer(f"small-nodes-{libver}", libver, "nodes", fcpl=fcpl)
        for i in range(40):
            d = w.create(f"d{i:02}", (17 + i, 5), "<i2", chunks=(2, 2), maxshape=(None, None), filters="gzip")
            d[...] = values(d.shape, "<i2")
            w.expect(d, d[...])
        w.close()
    for libver in LIBVERS:
        fcpl = h5p.create(h5p.FILE_CREATE)
        assert hdf5.H5Pset_shared_mesg_nindexes(ctypes.c_int64(fcpl.id), ctypes.c_uint(2)) == 0
        # One index contains dataspace, datatype and fill value messages; the other one contains pipeline and attribute
        # messages. All messages of at least 1 byte are shared.
        for index, flags in ((0, 1 << 1 | 1 << 3 | 1 << 5), (1, 1 << 11 | 1 << 12)):
            assert (
                hdf5.H5Pset_shared_mesg_index(
                    ctypes.c_int64(fcpl.id), ctypes.c_uint(index), ctypes.c_uint(flags), ctypes.c_uint(1)
                )
                == 0
            )
        w = Writer(f"shared-{libver}", libver, "shared", fcpl=fcpl)
        for i in range(12):
            d = w.create(f"d{i}", (20, 15), ">f8", chunks=(5, 4), filters="shuffle-gzip", fill=2.5)
            d[:10] = values((10, 15), ">f8")
            d.attrs["units"] = "metres"
            w.expect(d, d[...])
        w.close()
    for libver in ("v110", "latest"):
        w = Writer(f"partial-{libver}", libver, "partial")
        for storage in ("fixed-array", "extensible-array-first", "extensible-array-last", "btree-v2"):
            for whole in ((20, 15), (20, 18), (16, 12), (5, 7)):
                parameters = storage_parameters(storage, whole)
                d = w.create(
                    f"{storage}-{whole}",
                    whole,
                    "<i4",
                    filters="shuffle-gzip",
                    partial=True,
                    **{**parameters, "chunks": chunks},
                )
                d[...] = values(whole, "<i4")
                w.expect(d, d[...])
        w.close()
    for libver in LIBVERS:
        w = Writer(f"masks-{libver}", libver, "masks")
        for maxshape in (None, (None, 15), (20, None), (None, None)):
            d = w.create(
                f"some-skipped-{maxshape}",
                shape,
                "<i4",
                chunks=chunks,
                maxshape=maxshape,
                filters="shuffle-gzip-fletcher",
            )
            model = values(shape, "<i4")
            d[...] = model
            plain = values(chunks, "<i4")
            d.id.write_direct_chunk((4, 6), plain.tobytes(), 7)
            model[4:8, 6:12] = plain
            shuffled = np.ascontiguousarray(plain.reshape(-1).view("u1").reshape(-1, 4).T).tobytes()
            d.id.write_direct_chunk((8, 0), shuffled, 6)
            model[8:12, 0:6] = plain
            w.expect(d, model)
        noise = nprng.integers(0, 2**31, shape, dtype="<i4")
        d = w.create("incompressible", shape, "<i4", chunks=chunks, filters="lzf")
        d[...] = noise
        w.expect(d, noise)
        w.close()


def many():
    """Writes indexes with several levels, pages and super blocks. Most of the many chunks are absent."""
    for libver in LIBVERS:
        w = Writer(f"many-{libver}", libver, "many")
        for name, shape, maxshape in (
            ("fixed", (300, 101), None),
            ("first", (2600, 12), (None, 12)),
            ("last", (12, 2600), (12, None)),
            ("first-sparse", (200000,), (None,)),
            ("both", (300, 101), (None, None)),
        ):
            for filters in ("plain", "gzip"):
                chunks = (1,) * len(shape)
                d = w.create(
                    f"{name}-{filters}", shape, "<i2", chunks=chunks, maxshape=maxshape, filters=filters, fill=-1
                )
                model = np.full(shape, -1, "<i2")
                for _ in range(25):
                    at = tuple(slice(a, a + 12) for a in (rng.randrange(n) for n in shape))
                    model[at] = values(model[at].shape, "<i2")
                    d[at] = model[at]
                w.expect(d, model)
        w.close()


def external():
    """Writes datasets in external files: in one or several, at offsets, with boundaries inside rows."""
    w = Writer("external", "v110", "external")
    for name, shape, dtype, sizes in (
        ("one", (6, 10), "<i4", [h5py.h5f.UNLIMITED]),
        ("rows", (6, 10), ">f8", [160, 80, h5py.h5f.UNLIMITED]),
        ("inside-rows", (6, 10), "<i2", [24, 60, 36]),
        ("one-element", (7,), "<f4", [4, 8, 16]),
        ("outer", (4, 3, 5), "u1", [30, 15, 15]),
    ):
        model = values(shape, dtype)
        raw, parts, start = model.tobytes(), [], 0
        for i, size in enumerate(sizes):
            part = raw[start:] if size == h5py.h5f.UNLIMITED else raw[start : start + size]
            start += len(part)
            parts.append((f"{name}-{i}.raw", 5 * i, size))
            with open(os.path.join(OUT, parts[-1][0]), "wb") as f:
                f.write(b"#" * 5 * i + part)
        dcpl = h5p.create(h5p.DATASET_CREATE)
        for part in parts:
            dcpl.set_external(part[0].encode(), part[1], part[2])
        d = h5d.create(w.file.id, name.encode(), h5t.py_create(np.dtype(dtype)), h5s.create_simple(shape), dcpl)
        w.expect(h5py.Dataset(d), model, check=False)
    w.close()


def random_datasets():
    """Writes datasets with random types, shapes, chunks, filters, fill values and writes."""
    for libver in LIBVERS:
        w = Writer(f"random-{libver}", libver, "random", userblock=rng.choice([0, 0, 512, 2048]))
        for i in range(RANDOM):
            rank = rng.randint(1, 5)
            shape = tuple(rng.randint(1, (60, 24, 12, 8, 6)[rank - 1]) for _ in range(rank))
            dtype = rng.choice(DTYPES)
            filters = rng.choice([f for f in FILTERS if applies(f, dtype)])
            chunks = tuple(rng.randint(1, max(1, int(n * 1.3))) for n in shape) if rng.random() < 0.85 else None
            maxshape = None
            if chunks is not None:
                maxshape = tuple(rng.choice([None, n, n, n + rng.randint(0, 9)]) for n in shape)
                # A chunk may be larger than a dimension only if the dimension can grow.
                chunks = tuple(c if m is None else min(c, m) for c, m in zip(chunks, maxshape))
            size = int(np.prod(chunks or (1,), dtype=int))
            if FILTERS[filters] == "szip" and size < 8:
                filters = "gzip"
            fill = rng.choice([None, values((1,), dtype)[0]])
            partial = chunks is not None and libver != "earliest" and filters != "plain" and rng.random() < 0.2
            d = w.create(
                f"r{i}", shape, dtype, chunks=chunks, maxshape=maxshape, filters=filters, fill=fill, partial=partial
            )
            model = np.full(shape, 0 if fill is None else fill, dtype)
            writes = rng.choice(["all", "some", "some", "none"])
            if writes == "all":
                model = values(shape, dtype)
                d[...] = model
            elif writes == "some":
                for _ in range(rng.randint(1, 6)):
                    at = tuple(slice(*sorted((rng.randint(0, n), rng.randint(0, n)))) for n in shape)
                    model[at] = values(model[at].shape, dtype)
                    d[at] = model[at]
            if FILTERS[filters] == "scaleoffset" or filters == "nbit":
                model = d[...]
            w.expect(d, model)
        w.close()


os.chdir(OUT)
for part in (product, types, elements, fills, wholes, many, external, random_datasets):
    part()
Writer.blob.close()
with open(os.path.join(OUT, "cases.json"), "w") as f:
    json.dump(Writer.cases, f)
print(len(Writer.cases), "cases")
