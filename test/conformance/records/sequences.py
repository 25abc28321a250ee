"""Writes arrays of sequences of variable length with h5py and netCDF4, and the expected numbers.

Usage: sequences.py FOLDER SEED. Prints a JSON list of cases.
"""

import json
import sys
from pathlib import Path

import h5py
import netCDF4
import numpy as np

folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
cases = []
NUMBERS = ["?", "i1", ">u2", "<i4", ">i8", "<u8", ">f2", "<f4", ">f8", "<c8", ">c16"]


def shape_of(i):
    return tuple(int(n) for n in rng.integers(1, 12, i % 3 + (i > 2)))


def numbers(dtype, most=9):
    count = int(rng.integers(most))
    return rng.integers(0, 2 if np.dtype(dtype).kind == "b" else 100, count).astype(dtype)


def sequences(shape, dtype, most=9):
    values = np.empty(shape, object)
    for index in np.ndindex(shape):
        values[index] = numbers(dtype, most)
    return values


def add(path, values, dtype, item_shape=(), **options):
    flat = list(values.ravel())
    native = np.dtype(dtype).newbyteorder("=")
    expected = folder / f"expected-{len(cases)}.bin"
    expected.write_bytes(b"".join(one.astype(native).tobytes() for one in flat))
    cases.append(
        {
            "path": str(path),
            "options": options,
            "shape": list(values.shape),
            "dtype": native.name,
            "itemShape": list(item_shape),
            "lengths": [one.size for one in flat],
            "expected": str(expected),
        }
    )


def storage_of(i, shape):
    if not shape or i % 3 == 0:
        return {}
    chunks = tuple(int(rng.integers(1, n + 1)) for n in shape)
    return {"chunks": chunks, **({"compression": "gzip", "shuffle": True} if i % 3 == 2 else {})}


def write_datasets():
    path = folder / "sequences.h5"
    with h5py.File(path, "w", libver=["earliest", "latest"][int(rng.integers(2))]) as file:
        for i, dtype in enumerate(NUMBERS):
            shape = shape_of(i)
            values = sequences(shape, dtype)
            dataset = file.create_dataset(f"d{i}", shape, h5py.vlen_dtype(np.dtype(dtype)), **storage_of(i, shape))
            written = (shape[0] + 1) // 2 if shape and i % 2 else None
            for index in np.ndindex(shape):
                if written is None or index[0] < written:
                    dataset[index] = values[index]
                else:
                    values[index] = np.zeros(0, dtype)
            add(path, values, dtype, array=f"d{i}")
        long = np.empty(2, object)
        long[0], long[1] = np.arange(100_000, dtype=">f4"), np.arange(3, dtype=">f4")
        dataset = file.create_dataset("long", (2,), h5py.vlen_dtype(np.dtype(">f4")))
        for i in range(2):
            dataset[i] = long[i]
        add(path, long, ">f4", array="long")


def write_records():
    path = folder / "sequence-records.h5"
    kinds = {"hits": "<i4", "weights": ">f8"}
    inner = np.dtype([("n", "i2"), ("weights", h5py.vlen_dtype(np.dtype(">f8")))])
    record = np.dtype([("x", "<f4"), ("hits", h5py.vlen_dtype(np.dtype("<i4"))), ("p", inner)])
    with h5py.File(path, "w") as file:
        for i in range(4):
            shape = shape_of(i)
            stored = np.zeros(shape, record)
            parts = {name: sequences(shape, dtype) for name, dtype in kinds.items()}
            stored["x"], stored["hits"], stored["p"]["weights"] = i, parts["hits"], parts["weights"]
            file.create_dataset(f"d{i}", data=stored, **storage_of(i, shape))
            add(path, parts["hits"], kinds["hits"], array=f"d{i}", field="hits")
            add(path, parts["weights"], kinds["weights"], array=f"d{i}", field="p.weights")


ITEM = np.dtype([("n", ">i2"), ("v", "<f4", (2, 3)), ("inner", [("s", "S3"), ("c", "<c8")])])


def record_sequences(shape):
    values = np.empty(shape, object)
    for index in np.ndindex(shape):
        count = int(rng.integers(7))
        one = np.zeros(count, ITEM)
        one["n"] = rng.integers(-100, 100, count)
        one["v"] = rng.normal(size=(count, 2, 3))
        one["inner"]["s"] = rng.choice([b"", b"a", b"xyz"], count)
        one["inner"]["c"] = rng.normal(size=count) + 1j
        values[index] = one
    return values


def add_fields(path, values, prefix, **options):
    def of(get):
        found = np.empty(values.shape, object)
        for index in np.ndindex(values.shape):
            found[index] = np.ascontiguousarray(get(values[index]))
        return found

    add(path, of(lambda one: one["n"]), ">i2", field=f"{prefix}n", **options)
    add(path, of(lambda one: one["v"]), "<f4", (2, 3), field=f"{prefix}v", **options)
    add(path, of(lambda one: one["inner"]["c"]), "<c8", field=f"{prefix}inner.c", **options)
    texts = of(lambda one: np.frombuffer(np.ascontiguousarray(one["inner"]["s"]).tobytes(), "u1"))
    add(path, texts, "u1", (3,), field=f"{prefix}inner.s", **options)


def write_sequences_of_records():
    path = folder / "sequences-of-records.h5"
    with h5py.File(path, "w") as file:
        for i in range(3):
            shape = shape_of(i)
            values = record_sequences(shape)
            dataset = file.create_dataset(f"d{i}", shape, h5py.vlen_dtype(ITEM), **storage_of(i, shape))
            for index in np.ndindex(shape):
                dataset[index] = values[index]
            add_fields(path, values, "", array=f"d{i}")
        stored = np.zeros(5, [("x", "<i4"), ("p", [("list", h5py.vlen_dtype(ITEM))])])
        values = record_sequences((5,))
        stored["p"]["list"] = values
        file.create_dataset("records", data=stored)
        add_fields(path, values, "p.list.", array="records")
        texts = np.array([np.array([b"ab", b"c"], "S2"), np.array([], "S2")], object)
        dataset = file.create_dataset("texts", (2,), h5py.vlen_dtype(np.dtype("S2")))
        dataset[0], dataset[1] = texts
        codes = np.empty(2, object)
        codes[0], codes[1] = np.frombuffer(b"abc\0", "u1"), np.zeros(0, "u1")
        add(path, codes, "u1", (2,), array="texts")


def write_netcdf():
    path = folder / "sequences.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("profile", 7)
        kind = file.createVLType(np.dtype("f8"), "profile_values")
        values = sequences((7,), "f8")
        variable = file.createVariable("depth", kind, ("profile",))
        for i in range(7):
            variable[i] = values[i]
    add(path, values, "f8", array="depth")


write_datasets()
write_records()
write_sequences_of_records()
write_netcdf()
print(json.dumps(cases))
