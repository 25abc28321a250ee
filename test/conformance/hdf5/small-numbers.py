"""Writes HDF5 datasets of numbers with few or unusual bits, and their values as the HDF5 library converts them.

usage: small-numbers.py OUT SEED

Writes OUT/cases.json, a list of {name, path, array, options, dtype, shape, expected}. `expected` is {offset, length}: the
place of the elements in OUT/expected.bin, in C order. With the options {"numbers": "bits"}, the elements are the stored
bits, otherwise the converted values.
"""

import itertools
import json
import os
import sys

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

OUT, SEED = sys.argv[1], int(sys.argv[2])
nprng = np.random.default_rng(SEED)
os.chdir(OUT)
blob = open("expected.bin", "wb")
cases = []

# Floats: name, size in bytes, (sign, exponent position, exponent size, mantissa position, mantissa size), bias, offset.
FLOATS = [
    ("bfloat16", 2, (15, 7, 8, 0, 7), 127, 0),
    ("float8", 1, (7, 3, 4, 0, 3), 7, 0),
    ("float8 e5m2", 1, (7, 2, 5, 0, 2), 15, 0),
    ("float24", 3, (23, 16, 7, 0, 16), 63, 0),
    ("float24 of a float32", 3, (23, 15, 8, 0, 15), 127, 0),
    ("float20 in 4 bytes", 4, (19, 13, 6, 0, 13), 31, 6),
    ("sign below", 2, (0, 1, 6, 7, 9), 31, 0),
    ("float48", 6, (47, 36, 11, 0, 36), 1023, 0),
]
# Integers: name, size in bytes, precision, offset, signed.
INTEGERS = [
    (f"{'int' if signed else 'uint'}{precision} of {size} at {offset}", size, precision, offset, signed)
    for size, precision, offset, signed in [
        *((1, p, o, s) for p, o in ((4, 0), (4, 4), (7, 1), (2, 3)) for s in (True, False)),
        *((2, p, o, s) for p, o in ((12, 0), (9, 5)) for s in (True, False)),
        *((3, p, o, s) for p, o in ((24, 0), (17, 3)) for s in (True, False)),
        *((4, p, o, s) for p, o in ((20, 7), (31, 0)) for s in (True, False)),
        *((8, p, o, s) for p, o in ((40, 11), (63, 0)) for s in (True, False)),
        (5, 40, 0, True),
        (7, 50, 3, False),
    ]
]
STORAGES = ["contiguous", "compact", "chunked", "gzip", "shuffle-gzip", "nbit", "fletcher"]


def float_type(size, fields, bias, offset, order):
    t = (h5t.IEEE_F64LE if order == "<" else h5t.IEEE_F64BE).copy()
    sign, exponent_at, exponent, mantissa_at, mantissa = fields
    t.set_fields(sign, exponent_at, exponent, mantissa_at, mantissa)
    t.set_ebias(bias)
    t.set_precision(1 + exponent + mantissa)
    t.set_size(size)
    if offset:
        t.set_offset(offset)
    return t


def integer_type(size, precision, offset, signed, order):
    t = {(True, "<"): h5t.STD_I64LE, (True, ">"): h5t.STD_I64BE, (False, "<"): h5t.STD_U64LE, (False, ">"): h5t.STD_U64BE}[
        signed, order
    ].copy()
    t.set_precision(precision)
    t.set_size(size)
    if offset:
        t.set_offset(offset)
    return t


def create(file, name, t, shape, storage, values, fill):
    plist = h5p.create(h5p.DATASET_CREATE)
    if storage == "compact":
        plist.set_layout(h5d.COMPACT)
    elif storage != "contiguous":
        plist.set_chunk(tuple(max(1, size // 2) for size in shape))
    if storage == "shuffle-gzip":
        plist.set_shuffle()
    if storage in ("gzip", "shuffle-gzip"):
        plist.set_deflate(4)
    if storage == "nbit":
        plist.set_filter(5, 0, ())
    if storage == "fletcher":
        plist.set_fletcher32()
    if fill:
        plist.set_fill_value(np.array(1, values.dtype))
    dataset = h5d.create(file.id, name.encode(), t, h5s.create_simple(shape), plist)
    chosen = h5s.create_simple(shape)
    if fill:
        part = tuple(max(1, size // 2) for size in shape)
        chosen.select_hyperslab((0,) * len(shape), part)
        values = np.ascontiguousarray(values[tuple(slice(0, size) for size in part)])
        dataset.write(h5s.create_simple(part), chosen, values)
    else:
        dataset.write(h5s.ALL, h5s.ALL, values)
    return dataset


written = []


def add(name, path, array, dataset, dtype):
    # The conversion of HDF5 2.0 from big-endian integers to a type of the same size ignores the precision.
    wide = np.zeros(dataset.shape, dtype[0] + "8")
    dataset.read(h5s.ALL, h5s.ALL, wide)
    add_case(name, path, array, {}, wide.astype(dtype))
    written.append((name, path, array))


def add_bits(name, path, array):
    with h5py.File(path) as f:
        dataset = f[array].id
        t = dataset.get_type()
        stored = np.zeros(dataset.shape, f"V{t.get_size()}")
        dataset.read(h5s.ALL, h5s.ALL, stored, t)
    add_case(f"bits of {name}", path, array, {"numbers": "bits"}, bits_of(stored, t.get_order() == h5t.ORDER_BE))


def bits_of(stored, is_big):
    """Returns the bytes of each element as the smallest unsigned integer that contains them."""
    size = stored.dtype.itemsize
    width = next(w for w in (1, 2, 4, 8) if w >= size)
    parts = np.ascontiguousarray(stored).reshape(-1).view("u1").reshape(-1, size)
    padded = np.zeros((len(parts), width), "u1")
    padded[:, :size] = parts[:, ::-1] if is_big else parts
    return padded.view(f"<u{width}").reshape(stored.shape)


def add_case(name, path, array, options, data):
    offset = blob.tell()
    blob.write(data.tobytes())
    cases.append(
        {
            "name": name,
            "path": path,
            "array": array,
            "options": options,
            "dtype": data.dtype.name,
            "shape": list(data.shape),
            "expected": {"offset": offset, "length": data.nbytes},
        }
    )


def float_dtype(fields, bias):
    _, _, exponent, _, mantissa = fields
    low, high = 1 - bias - mantissa, 2**exponent - 2 - bias
    return "f4" if mantissa <= 23 and high <= 127 and low >= -149 else "f8"


SHAPES = [(7, 5), (3, 4, 6), (600,)]
for number, (order, storage) in enumerate(itertools.product("<>", STORAGES)):
    path = f"{number}.h5"
    with h5py.File(path, "w", libver="latest" if number % 2 else "earliest") as f:
        for i, (name, size, fields, bias, offset) in enumerate(FLOATS):
            try:
                t = float_type(size, fields, bias, offset, order)
            except (ValueError, RuntimeError) as error:
                raise SystemExit(f"{name}: {error}")
            shape = SHAPES[i % len(SHAPES)]
            values = nprng.normal(0, 3, shape) * 10.0 ** nprng.integers(-4, 3, shape)
            values.flat[:4] = [0.0, -0.0, np.inf, -np.inf]
            dataset = create(f, name, t, shape, storage, values, i % 3 == 2 and storage != "contiguous")
            add(f"{name} {order} {storage}", path, name, dataset, float_dtype(fields, bias))
        for i, (name, size, precision, offset, signed) in enumerate(INTEGERS):
            t = integer_type(size, precision, offset, signed, order)
            shape = SHAPES[i % len(SHAPES)]
            low, high = (-(2 ** (precision - 1)), 2 ** (precision - 1)) if signed else (0, 2**precision)
            values = nprng.integers(low, high, shape, "i8" if signed else "u8")
            dataset = create(f, name, t, shape, storage, values, i % 3 == 2 and storage != "contiguous")
            width = next(w for w in (1, 2, 4, 8) if 8 * w >= precision)
            add(f"{name} {order} {storage}", path, name, dataset, f"{'i' if signed else 'u'}{width}")

# A dataset of several megabytes, which is read in parts.
with h5py.File("large.h5", "w") as f:
    t = float_type(*FLOATS[0][1:], ">")
    dataset = create(f, "large", t, (1200, 1100), "contiguous", nprng.normal(0, 1, (1200, 1100)), False)
    add("large", "large.h5", "large", dataset, "f4")

# The files are opened again, because the chunks in memory may have bits that the filter nbit does not store.
for one in written:
    add_bits(*one)

# Records with such numbers, whose bits can be read.
with h5py.File("records.h5", "w") as f:
    for order in "<>":
        members = [
            ("id", h5t.NATIVE_INT32, ("id", "<i4")),
            ("bfloat16", float_type(*FLOATS[0][1:], order), ("bfloat16", f"{order}u2")),
            ("float8", float_type(*FLOATS[1][1:], order), ("float8", "u1")),
            ("float24", float_type(*FLOATS[3][1:], order), ("float24", "V3")),
            (
                "int12",
                h5t.array_create(integer_type(2, 12, 0, True, order), (2, 3)),
                ("int12", f"{order}u2", (2, 3)),
            ),
        ]
        layout = np.dtype([numpy_type for _, _, numpy_type in members])
        t = h5t.create(h5t.COMPOUND, layout.itemsize)
        for member, member_type, _ in members:
            t.insert(member.encode(), layout.fields[member][1], member_type)
        records = np.frombuffer(nprng.bytes(300 * layout.itemsize), layout)
        plist = h5p.create(h5p.DATASET_CREATE)
        plist.set_chunk((70,))
        plist.set_deflate(1)
        name = "big" if order == ">" else "little"
        dataset = h5d.create(f.id, name.encode(), t, h5s.create_simple((300,)), plist)
        dataset.write(h5s.ALL, h5s.ALL, records, t)
        for member in ("bfloat16", "float8", "int12"):
            data = records[member]
            options = {"numbers": "bits", "field": member}
            add_case(f"{member} of {name} records", "records.h5", name, options, data.astype(data.dtype.newbyteorder("=")))
blob.close()
with open("cases.json", "w") as out:
    json.dump(cases, out)
