"""Writes arrays of records with NumPy, h5py and zarr-python, and the expected values of each field.

Usage: generate.py FOLDER SEED. Prints a JSON list of cases, one per field.
"""

import json
import sys
import warnings
from pathlib import Path

import h5py
import numpy as np
import zarr

folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
cases = []
NUMBERS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]


def number():
    name = str(rng.choice(NUMBERS))
    return np.dtype(name).newbyteorder(str(rng.choice(["<", ">"])))


def record(depth=0, flat=False, text=True):
    """Returns a random record type. It may be nested, and may have members that are arrays, and unused bytes."""
    count = int(rng.integers(1, 6))
    formats = []
    for _ in range(count):
        kind = rng.integers(6)
        base = record(depth + 1) if kind == 0 and depth < 2 and not flat else number()
        if kind == 1 and text:
            base = np.dtype(f"S{rng.integers(1, 9)}")
        rank = 0 if flat else int(rng.integers(3)) - (depth > 0)
        formats.append((base, tuple(int(n) for n in rng.integers(1, 4, max(0, rank)))) if rank > 0 else base)
    names = [f"f{i}" for i in range(count)]
    packed = np.dtype({"names": names, "formats": formats})
    if flat or rng.integers(2):
        return np.dtype([(name, packed.fields[name][0]) for name in names])
    offsets = [packed.fields[name][1] + 3 * i + 1 for i, name in enumerate(names)]
    size = packed.itemsize + 3 * count + int(rng.integers(5)) + 1
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": size})


def random_records(shape, dtype):
    count = int(np.prod(shape, dtype=int))
    values = np.zeros(count, dtype)
    for name in dtype.names:
        fill_field(values[name])
    return values.reshape(shape)


def fill_field(values):
    if values.dtype.names is not None:
        for name in values.dtype.names:
            fill_field(values[name])
    elif values.dtype.kind == "S":
        values[...] = rng.integers(0, 1000, values.shape).astype("S3")
    elif values.dtype.kind == "b":
        values[...] = rng.integers(0, 2, values.shape)
    elif values.dtype.kind in "mM":
        values[...] = rng.integers(-1000, 1000, values.shape).astype(values.dtype)
    elif values.dtype.kind == "U":
        values[...] = rng.integers(0, 1000, values.shape).astype("U3")
    else:
        values[...] = rng.integers(0, 100, values.shape).astype(values.dtype)


def leaves(values, prefix=""):
    """Yields the path and the values of each field that is not a record."""
    for name in values.dtype.names:
        part = values[name]
        if part.dtype.names is not None:
            yield from leaves(part, f"{prefix}{name}.")
        else:
            yield prefix + name, part


def add(path, values, array=None):
    for name, part in leaves(values):
        part = part.astype(part.dtype.newbyteorder("<"))
        if part.dtype.kind == "S":
            size = part.dtype.itemsize
            inner = [size]
            # posix-par reads byte strings as uint8 with an additional dimension, even if a string has only one byte.
            stored = np.frombuffer(part.tobytes(), np.uint8).reshape(*part.shape, *inner)
        elif part.dtype.kind == "U":
            stored = np.frombuffer(part.tobytes(), "<u4").reshape(*part.shape, part.dtype.itemsize // 4)
        elif part.dtype.kind in "mM":
            stored = part.view("<i8")
        else:
            stored = part
        expected = folder / f"expected-{len(cases)}.bin"
        expected.write_bytes(np.ascontiguousarray(stored).tobytes())
        options = {"field": name} if array is None else {"field": name, "array": array}
        cases.append(
            {
                "path": str(path),
                "options": options,
                "shape": list(stored.shape),
                "dtype": stored.dtype.newbyteorder("=").name,
                "expected": str(expected),
            }
        )


def shape_of(rank):
    return tuple(int(n) for n in rng.integers(1, 9, rank))


def write_numpy():
    for i in range(12):
        dtype = record()
        if i % 3 == 0:
            dtype = np.dtype([("inner", dtype), ("date", "<M8[ms]"), ("text", ">U3")])
        values = random_records(shape_of(i % 4), dtype)
        if i % 2:
            values = np.asfortranarray(values)
        path = folder / f"records-{i}.npy"
        np.save(path, values)
        add(path, np.load(path))
        save = np.savez if i % 2 else np.savez_compressed
        if i < 4:
            path = folder / f"records-{i}.npz"
            save(path, records=values)
            add(path, np.load(path)["records"])


FILTERS = [
    {},
    {"compression": "gzip"},
    {"compression": "gzip", "shuffle": True, "fletcher32": True},
    {"compression": "lzf", "shuffle": True},
]


def write_hdf5():
    path = folder / "records.h5"
    with h5py.File(path, "w") as file:
        for i in range(12):
            shape = shape_of(i % 3 + 1)
            values = random_records(shape, record())
            name = f"d{i}"
            if i % 3 == 0:
                file[name] = values
            else:
                chunks = tuple(int(rng.integers(1, n + 1)) for n in shape)
                dataset = file.create_dataset(name, shape, values.dtype, chunks=chunks, **FILTERS[i % 4])
                stop = shape[0] if i % 2 else (shape[0] + 1) // 2
                dataset[:stop] = values[:stop]
            add(path, file[name][...], name)
        file["scalar"] = random_records((), record())
        add(path, np.asarray(file["scalar"][...]), "scalar")
        # Records (r, i) that h5py does not read as complex numbers: with float16 parts, and with space after the parts.
        for name, part, size in (("half", "<f2", 4), ("padded", "<f8", 24)):
            offsets = [0, np.dtype(part).itemsize]
            dtype = np.dtype({"names": ["r", "i"], "formats": [part, part], "offsets": offsets, "itemsize": size})
            file[name] = random_records((5, 4), dtype)
            add(path, file[name].astype(dtype)[...], name)


def write_zarr():
    warnings.simplefilter("ignore")
    for i in range(10):
        version = 2 + i % 2
        # zarr-python can only write flat records. Every fourth array has random bytes as its fill value. It has no text
        # fields, because our library refuses a text whose bytes have different fill values.
        dtype = record(flat=True, text=i % 4 != 3)
        if version == 3:  # Version 3 does not store the byte order of fields.
            dtype = dtype.newbyteorder("<")
        shape = shape_of(i % 3 + 1)
        chunks = tuple(int(rng.integers(1, n + 1)) for n in shape)
        values = random_records(shape, dtype)
        path = folder / f"records-{i}.zarr"
        fill = random_records((1,), dtype)[0] if i % 4 == 3 else np.zeros(1, dtype)[0]
        kwargs = {"fill_value": fill, **({"compressors": None} if i in (2, 5) else {})}
        if i % 4 == 1:
            kwargs["order"] = "F"
        array = zarr.create_array(path, shape=shape, chunks=chunks, dtype=dtype, zarr_format=version, **kwargs)
        stop = shape[0] if i % 3 else (shape[0] + 1) // 2
        array[:stop] = values[:stop]
        add(path, zarr.open_array(path)[...])


write_numpy()
write_hdf5()
write_zarr()
print(json.dumps(cases))
