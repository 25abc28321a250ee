"""Prints hashes of the data that h5py reads from all HDF5 files below a folder.

usage: describe.py FOLDER SEED [ELEMENTS]

Prints a JSON list: {path, error} for each file that h5py cannot open, and {path, array, dtype, shape, hash, boxes} or
{path, array, error} for each dataset. A dataset without plain elements has `values` instead: a list of {field, kind,
hash} for its text, its sequences or the fields of its records. `hash` is the SHA-256 of the elements in C order and in the byte order of this
machine. Each of `boxes` is {start, stop, hash}. The elements of datasets of at most 8 MiB are appended to the file
ELEMENTS, at the offset `offset`.
"""

import hashlib
import json
import os
import random
import sys
import warnings

import h5py
import hdf5plugin
import numpy as np
from h5py import h5s

warnings.simplefilter("ignore")
FOLDER, SEED = os.path.abspath(sys.argv[1]), int(sys.argv[2])
ELEMENTS = open(sys.argv[3], "ab") if len(sys.argv) > 3 else None
MOST_WRITTEN = 8 * 2**20
MOST_BYTES = 400 * 2**20
MOST_DATASETS = 500


def plain(array):
    """Converts elements to the form in which posix-par reads them. Returns None if posix-par has no type for them."""
    dtype = array.dtype
    if dtype.kind in "SVMm" and dtype.fields is None:
        size = dtype.itemsize
        raw = np.frombuffer(np.ascontiguousarray(array).tobytes(), "u1")
        return raw.reshape(array.shape if size == 1 and dtype.kind == "S" else (*array.shape, size))
    if dtype.names == ("real", "imag") and dtype[0] == dtype[1] and dtype[0].kind == "f":
        array = np.ascontiguousarray(array).view(f"{dtype[0].byteorder}c{dtype.itemsize}")
        dtype = array.dtype
    if dtype.kind not in "biufc":
        return None
    if dtype.kind in "fc" and dtype.itemsize // (2 if dtype.kind == "c" else 1) not in (2, 4, 8):
        return None
    return array.astype(dtype.newbyteorder("="), order="C")


def name_of(dtype):
    names = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
    return "bool" if dtype.kind == "b" else f"{names[dtype.kind]}{8 * dtype.itemsize}"


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def text_hash(values):
    """Hashes texts: for each of them the number of bytes as uint32, and the bytes."""
    digest = hashlib.sha256()
    for value in values.flat:
        data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
        digest.update(len(data).to_bytes(4, "little") + data)
    return digest.hexdigest()


def sequence_hash(values):
    """Hashes sequences: the number of items of each as uint32, and then all items. None if an item is not plain."""
    # h5py does not swap the bytes of items in another byte order, but says that they have the order of this machine.
    base = h5py.check_vlen_dtype(values.dtype)
    swapped = not base.isnative and base.kind in "iufc"
    items = [plain(np.asarray(value).view(base) if swapped else np.asarray(value)) for value in values.flat]
    if any(item is None for item in items):
        return None
    lengths = b"".join(len(item).to_bytes(4, "little") for item in items)
    return hashlib.sha256(lengths + b"".join(np.ascontiguousarray(item).tobytes() for item in items)).hexdigest()


def fields_of(dtype, path=()):
    """Yields the path of each field that is not a record."""
    for name in dtype.names:
        base = dtype[name].base
        is_complex = base.names == ("real", "imag")
        if base.names and not is_complex:
            yield from fields_of(base, (*path, name))
        else:
            yield (*path, name)


def value_of(field, values, is_stored):
    """Describes a field, or the dataset if `field` is empty. None if posix-par cannot read it, or if it was changed."""
    dtype = values.dtype
    text = h5py.check_string_dtype(dtype)
    if text is not None and text.length is None:
        kind, found = "text", text_hash(values)
    elif h5py.check_vlen_dtype(dtype) is not None:
        kind, found = "sequences", sequence_hash(values)
    else:
        elements = plain(values) if dtype.kind != "O" and (dtype.kind != "S" or is_stored) else None
        kind, found = "numbers", None if elements is None else sha(elements)
    return None if found is None else {"field": ".".join(field), "kind": kind, "hash": found}


def values_of(dataset, read):
    """Describes the text, the sequences or the fields of a dataset."""
    if read.dtype.names is None:
        return [value for value in [value_of((), read, False)] if value is not None]
    is_stored = not read.dtype.hasobject
    if is_stored:
        # Reads the stored bytes, because h5py removes the padding of strings.
        read = np.empty(dataset.shape, dataset.dtype)
        dataset.id.read(h5s.ALL, h5s.ALL, read, mtype=dataset.id.get_type())
    found = []
    for field in fields_of(read.dtype):
        values = read
        for name in field:
            values = values[name]
        value = value_of(field, values, is_stored)
        if value is not None:
            found.append(value)
    return found


def describe(dataset):
    if dataset.shape is None:
        return {"dtype": None, "shape": [0], "hash": sha(np.zeros(0)), "boxes": []}
    if dataset.size * dataset.dtype.itemsize > MOST_BYTES:
        return {"error": "too large for this test"}
    if dataset.dtype.kind == "S":
        # Uses the stored bytes, because h5py removes the padding of strings.
        read = np.empty(dataset.shape, dataset.dtype)
        dataset.id.read(h5s.ALL, h5s.ALL, read, mtype=dataset.id.get_type())
    else:
        read = np.asarray(dataset[()])
    elements = plain(read)
    if elements is None:
        error = f"no plain elements: {dataset.dtype}"
        return {"error": error, "readable": True, "values": values_of(dataset, read)}
    rng = random.Random(SEED)
    boxes = []
    for _ in range(3 if elements.size else 0):
        start = [rng.randrange(n) for n in elements.shape]
        stop = [rng.randint(a + 1, n) for a, n in zip(start, elements.shape)]
        boxes.append({"start": start, "stop": stop, "hash": sha(elements[tuple(map(slice, start, stop))])})
    found = {"dtype": name_of(elements.dtype), "shape": list(elements.shape), "hash": sha(elements), "boxes": boxes}
    if ELEMENTS is not None and 0 < elements.nbytes <= MOST_WRITTEN:
        found["offset"] = ELEMENTS.tell()
        ELEMENTS.write(np.ascontiguousarray(elements).tobytes())
    return found


def datasets(group, prefix, seen):
    """Yields the hard-linked datasets below a group, each object once."""
    for name in group:
        if len(seen) > MOST_DATASETS:
            return
        try:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            item = group[name]
            info = h5py.h5o.get_info(item.id)
        except Exception as error:
            yield f"{prefix}/{name}", error
            continue
        if (info.fileno, info.addr) in seen:
            continue
        seen.add((info.fileno, info.addr))
        if isinstance(item, h5py.Group):
            yield from datasets(item, f"{prefix}/{name}", seen)
        elif isinstance(item, h5py.Dataset):
            yield f"{prefix}/{name}", item


found = []
for folder, folders, files in sorted(os.walk(FOLDER)):
    folders.sort()
    for file in sorted(files):
        full = os.path.join(folder, file)
        path = os.path.relpath(full, FOLDER)
        with open(full, "rb") as f:
            head = f.read(4096)
        if b"\x89HDF\r\n\x1a\n" not in (head[at : at + 8] for at in (0, 512, 1024, 2048)):
            continue
        os.chdir(folder)
        try:
            f = h5py.File(full, "r")
        except Exception as error:
            found.append({"path": path, "error": str(error)[:200]})
            continue
        try:
            for name, item in datasets(f, "", set()):
                try:
                    if isinstance(item, Exception):
                        raise item
                    found.append({"path": path, "array": name, **describe(item)})
                except Exception as error:
                    found.append({"path": path, "array": name, "error": str(error)[:200]})
        except Exception as error:
            found.append({"path": path, "error": str(error)[:200]})
json.dump(found, sys.stdout)
