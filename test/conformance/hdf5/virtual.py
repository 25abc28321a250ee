"""Writes HDF5 virtual datasets with h5py, and their elements as h5py reads them.

usage: virtual.py OUT SEED RANDOM

Writes OUT/cases.json, a list of {name, path, array, dtype, shape, expected, group}. `expected` is {offset, length}: the
place of the array's bytes in OUT/expected.bin, in C order and in the byte order of this machine.
"""

import itertools
import json
import os
import random
import sys

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

OUT, SEED, RANDOM = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
os.chdir(OUT)
UNLIMITED = h5s.UNLIMITED
DTYPES = ["<u2", ">f4", "<i8", "u1"]
LIBVERS = {"earliest": ("earliest", "v110"), "v110": ("v110", "v110"), "latest": "latest"}
STORAGES = {
    "contiguous": {},
    "gzip": {"chunks": True, "compression": "gzip", "shuffle": True},
    "lzf": {"chunks": True, "compression": "lzf"},
    "sparse": {"chunks": True, "fillvalue": 5},
}
cases = []
blob = open("expected.bin", "wb")
count = 0


def unique(prefix):
    global count
    count += 1
    return f"{prefix}-{count}"


def values(shape, dtype):
    return nprng.integers(0, 120, size=shape).astype(dtype)


def write_source(path, name, data, storage="contiguous", maxshape=None, libver="latest"):
    options = dict(STORAGES[storage])
    if maxshape is not None:
        options.setdefault("chunks", True)
    if options.get("chunks"):
        options["chunks"] = tuple(max(1, min(size, rng.choice([2, 3, 4, 7]))) for size in data.shape)
    with h5py.File(path, "a", libver=LIBVERS[libver]) as file:
        if storage == "sparse":
            dataset = file.create_dataset(name, shape=data.shape, dtype=data.dtype, maxshape=maxshape, **options)
            if all(data.shape):
                part = tuple(slice(0, max(1, size // 2)) for size in data.shape)
                dataset[part] = data[part]
        else:
            file.create_dataset(name, data=data, maxshape=maxshape, **options)


def space(shape, selection=None, maxshape=None):
    """Creates a dataspace. `selection` has (start, count, stride, block) per dimension; None selects all elements."""
    made = h5s.create_simple(tuple(shape), None if maxshape is None else tuple(maxshape))
    if selection is not None:
        start, number, stride, block = (tuple(column) for column in zip(*selection))
        made.select_hyperslab(start, number, stride, block)
    return made


def write_virtual(path, name, shape, dtype, mappings, maxshape=None, fill=None, libver="latest", mode="w"):
    """Writes a virtual dataset with `mappings`, a list of (virtual space, file, dataset, source space)."""
    with h5py.File(path, mode, libver=LIBVERS[libver]) as file:
        plist = h5p.create(h5p.DATASET_CREATE)
        if fill is not None:
            plist.set_fill_value(np.array(fill, dtype=dtype))
        for virtual, source_file, dataset, source in mappings:
            plist.set_virtual(virtual, source_file.encode(), dataset.encode(), source)
        made = h5s.create_simple(tuple(shape), None if maxshape is None else tuple(maxshape))
        h5d.create(file.id, name.encode(), h5t.py_create(np.dtype(dtype)), made, plist)


def add(group, name, path, array="v"):
    with h5py.File(path, "r") as file:
        dataset = file[array]
        assert dataset.is_virtual
        data = dataset[()]
    native = np.ascontiguousarray(data, dtype=data.dtype.newbyteorder("="))
    offset = blob.tell()
    blob.write(native.tobytes())
    cases.append(
        {
            "group": group,
            "name": f"{group} {name}",
            "path": path,
            "array": array,
            "dtype": native.dtype.name,
            "shape": list(native.shape),
            "expected": {"offset": offset, "length": native.nbytes},
        }
    )


def whole(shape):
    return [(0, 1, 1, size) for size in shape]


def stacks():
    """Sources along a new dimension at any position."""
    for storage, dtype, libver, axis in itertools.product(STORAGES, DTYPES, LIBVERS, (0, 1, 2)):
        base = unique("stack")
        shape = (6, 5)
        mappings = []
        full = list(shape)
        full.insert(axis, 4)
        for i in range(4):
            write_source(f"{base}-{i}.h5", "d", values(shape, dtype), storage, libver=libver)
            selection = whole(shape)
            selection.insert(axis, (i, 1, 1, 1))
            mappings.append((space(full, selection), f"{base}-{i}.h5", "d", space(shape)))
        write_virtual(f"{base}.h5", "v", full, dtype, mappings, libver=libver)
        add("stack", f"{storage} {dtype} {libver} along {axis}", f"{base}.h5")


def joins():
    """Sources next to each other, with gaps and with sources that do not exist."""
    for storage, libver, axis, gap in itertools.product(STORAGES, LIBVERS, (0, 1), (0, 2)):
        base = unique("join")
        dtype = rng.choice(DTYPES)
        shape = [7, 6]
        full = list(shape)
        full[axis] = 4 * (shape[axis] + gap)
        mappings = []
        for i in range(4):
            path, dataset = f"{base}-{i}.h5", "group/d"
            if i == 1:
                path = "absent.h5"
            else:
                write_source(path, dataset if i != 2 else "group/other", values(shape, dtype), storage, libver=libver)
            selection = whole(shape)
            selection[axis] = (i * (shape[axis] + gap), 1, 1, shape[axis])
            mappings.append((space(full, selection), path, dataset, space(shape)))
        write_virtual(f"{base}.h5", "v", full, dtype, mappings, fill=rng.choice([None, 7]), libver=libver)
        add("join", f"{storage} {libver} along {axis} gap {gap}", f"{base}.h5")


def interleaves():
    """Every n-th index of the virtual dataset, in blocks, from every m-th index of the source."""
    for storage, libver, step, block, source_step in itertools.product(
        STORAGES, ("earliest", "latest"), (2, 5), (1, 2), (1, 3)
    ):
        base = unique("interleave")
        dtype = rng.choice(DTYPES)
        number = 6
        full = [number * step * block, 5]
        shape = [number * block * source_step + 1, 5]
        mappings = []
        for i in range(step):
            if i == 3:
                continue
            write_source(f"{base}-{i}.h5", "d", values(shape, dtype), storage, libver=libver)
            virtual = space(full, [(i * block, number, step * block, block), (0, 1, 1, 5)])
            source = space(shape, [(1, number * block, source_step, 1), (0, 1, 1, 5)])
            mappings.append((virtual, f"{base}-{i}.h5", "d", source))
        write_virtual(f"{base}.h5", "v", full, dtype, mappings, fill=9, libver=libver)
        add("interleave", f"{storage} {libver} {step} {block} {source_step}", f"{base}.h5")


def dropped():
    """Virtual datasets that lack dimensions of their sources, or have more."""
    for storage, dtype, axis in itertools.product(STORAGES, DTYPES, (0, 1, 2)):
        base = unique("drop")
        shape = [5, 6, 7]
        write_source(f"{base}-s.h5", "d", values(shape, dtype), storage)
        full = [size for d, size in enumerate(shape) if d != axis]
        selection = whole(shape)
        selection[axis] = (3, 1, 1, 1)
        mappings = [(space([2, *full], [(1, 1, 1, 1), *whole(full)]), f"{base}-s.h5", "d", space(shape, selection))]
        write_virtual(f"{base}.h5", "v", [2, *full], dtype, mappings, fill=1)
        add("drop", f"{storage} {dtype} {axis}", f"{base}.h5")


def own_file():
    """Sources in the file of the virtual dataset, and virtual datasets of virtual datasets."""
    for storage, dtype in itertools.product(STORAGES, DTYPES):
        base = unique("own")
        path = f"{base}.h5"
        write_virtual(path, "unused", [1], dtype, [])
        write_source(path, "d", values([8, 6], dtype), storage)
        source = space([8, 6], [(1, 3, 2, 1), (0, 1, 1, 6)])
        write_virtual(path, "v", [3, 6], dtype, [(space([3, 6]), ".", "d", source)], mode="a")
        inner = space([3, 6], [(0, 1, 1, 3), (1, 2, 3, 2)])
        write_virtual(path, "w", [6, 4], dtype, [(space([6, 4], [(0, 3, 2, 1), (0, 1, 1, 4)]), path, "v", inner)], mode="a")
        for array in "vw":
            add("own", f"{storage} {dtype} {array}", path, array)


def overlapping():
    """Mappings that contain the same elements: the last one counts."""
    for storage in STORAGES:
        base = unique("overlap")
        mappings = []
        for i in range(5):
            write_source(f"{base}-{i}.h5", "d", values([5, 5], "<i4"), storage)
            selection = [(rng.randrange(8), 1, 1, 5), (rng.randrange(8), 1, 1, 5)]
            mappings.append((space([12, 12], selection), f"{base}-{i}.h5", "d", space([5, 5])))
        write_virtual(f"{base}.h5", "v", [12, 12], "<i4", mappings, fill=-1)
        add("overlap", storage, f"{base}.h5")


def unlimited():
    """Sources that grow: appended and interleaved frames."""
    for storage, libver, step, length in itertools.product(STORAGES, ("v110", "latest"), (1, 3), (0, 4, 7)):
        base = unique("unlimited")
        dtype = rng.choice(DTYPES)
        full, most = [20, 4], [UNLIMITED, 4]
        mappings = []
        for i in range(step):
            data = values([length + (i == 0), 4], dtype)
            write_source(f"{base}-{i}.h5", "d", data, storage, maxshape=(None, 4), libver=libver)
            if step == 1:
                selection = [(2, 1, 1, UNLIMITED), (0, 1, 1, 4)]
                source = [(1, 1, 1, UNLIMITED), (0, 1, 1, 4)]
            else:
                selection = [(i, UNLIMITED, step, 1), (0, 1, 1, 4)]
                source = [(0, UNLIMITED, 1, 1), (0, 1, 1, 4)]
            mappings.append((space(full, selection, most), f"{base}-{i}.h5", "d", space(data.shape, source, most)))
        write_virtual(f"{base}.h5", "v", full, dtype, mappings, most, fill=3, libver=libver)
        add("unlimited", f"{storage} {libver} {step} {length}", f"{base}.h5")


def numbered():
    """Sources with numbers in the names of files or datasets, as Eiger detectors write them."""
    for storage, libver, exist, named in itertools.product(STORAGES, ("v110", "latest"), (0, 1, 3), ("file", "dataset")):
        base = unique("numbered")
        dtype = rng.choice(DTYPES)
        block = [4, 6, 5]
        for i in range(exist):
            path = f"{base}-data_{i}%.h5" if named == "file" else f"{base}-data.h5"
            dataset = "entry/data" if named == "file" else f"entry/data_{i}"
            write_source(path, dataset, values(block, dtype), storage, libver=libver)
        path = f"{base}-data_%b%%.h5" if named == "file" else f"{base}-data.h5"
        dataset = "entry/data" if named == "file" else "entry/data_%b"
        gap = rng.choice([0, 2])
        virtual = space(block, [(1, UNLIMITED, 4 + gap, 4), (0, 1, 1, 6), (0, 1, 1, 5)], [UNLIMITED, 6, 5])
        write_virtual(
            f"{base}.h5", "v", block, dtype, [(virtual, path, dataset, space(block))], [UNLIMITED, 6, 5], fill=8, libver=libver
        )
        add("numbered", f"{storage} {libver} {exist} by {named}", f"{base}.h5")


def random_axis(size):
    """Returns a selection of a dimension of `size` as (start, count, stride, block)."""
    start = rng.randrange(size)
    block = rng.randint(1, min(4, size - start))
    stride = block + rng.randrange(3)
    number = rng.randint(1, max(1, (size - start - block) // stride + 1))
    return (start, number, stride, block)


def matching_axis(number):
    """Returns a selection of `number` indices, and a size of a dimension that contains them."""
    block = rng.choice([b for b in range(1, number + 1) if number % b == 0])
    stride = block + rng.randrange(3)
    start = rng.randrange(4)
    return (start, number // block, stride, block), start + stride * (number // block) + rng.randrange(3)


def random_case():
    base = unique("random")
    dtype = rng.choice(DTYPES)
    libver = rng.choice(list(LIBVERS))
    full = [rng.randint(1, 24) for _ in range(rng.randint(1, 3))]
    d = rng.randrange(len(full))
    mappings = []
    at = 0
    while at < full[d]:
        # Mappings are apart along dimension d, and anywhere along the others.
        selection = [random_axis(size) for size in full]
        size = rng.randint(1, full[d] - at)
        one = random_axis(size)
        selection[d] = (at + one[0], *one[1:])
        at += size
        source, shape = [], []
        for _, number, _, block in selection:
            axis, extent = matching_axis(number * block)
            source.append(axis)
            shape.append(extent)
        extra = rng.randrange(len(shape) + 1) if rng.random() < 0.3 else None
        if extra is not None:
            shape.insert(extra, rng.randint(1, 4))
            source.insert(extra, (rng.randrange(shape[extra]), 1, 1, 1))
        storage = rng.choice(list(STORAGES))
        path = f"{base}-{at}.h5"
        write_source(path, "d", values(shape, dtype), storage, libver=libver)
        mappings.append((space(full, selection), path, "d", space(shape, source)))
    write_virtual(f"{base}.h5", "v", full, dtype, mappings, fill=rng.choice([None, 11]), libver=libver)
    add("random", f"{libver} {full}", f"{base}.h5")


for group in (stacks, joins, interleaves, dropped, own_file, overlapping, unlimited, numbered):
    group()
for _ in range(RANDOM):
    random_case()
blob.close()
with open("cases.json", "w") as out:
    json.dump(cases, out)
