"""Writes arrays of text with NumPy, h5py, netCDF4 and zarr-python, and the texts.

Usage: text.py FOLDER SEED. Prints a JSON list of cases.
"""

import json
import sys
import warnings
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import zarr

folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
cases = []
ALPHABETS = ["ab", "abc xyz0123456789", "aäß€𝄞 ", "日本語"]


def words(shape, most=12):
    """Returns random texts, some of them empty. They do not end in spaces or NULs, which paddings remove."""
    alphabet = ALPHABETS[rng.integers(len(ALPHABETS))]
    count = int(np.prod(shape, dtype=int))
    texts = ["".join(rng.choice(list(alphabet), rng.integers(most))).rstrip() for _ in range(count)]
    values = np.empty(count, object)
    values[:] = texts
    return values.reshape(shape)


def add(path, values, **options):
    flat = [str(text) for text in values.ravel()]
    cases.append({"path": str(path), "options": options, "shape": list(values.shape), "texts": flat})


def shape_of(i):
    return tuple(int(n) for n in rng.integers(1, 30, i % 3 + (i > 2)))


def encoded(values):
    return np.char.encode(values.astype(str), "utf-8")


def write_numpy():
    for i in range(8):
        values = words(shape_of(i))
        stored = encoded(values) if i % 2 else values.astype(">U20" if i % 4 else "U20")
        path = folder / f"text-{i}.npy"
        np.save(path, np.asfortranarray(stored) if i == 5 else stored)
        add(path, values)
    record = np.dtype([("x", "<f4"), ("name", "U9", (2,)), ("code", "S30")])
    values = np.zeros((4, 3), record)
    names, codes = words((4, 3, 2), 9), words((4, 3), 7)
    values["name"], values["code"] = names, encoded(codes)
    np.save(folder / "records.npy", values)
    add(folder / "records.npy", names, field="name")
    add(folder / "records.npy", codes, field="code")


def fixed_type(size, padding, cset=h5py.h5t.CSET_UTF8):
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(size)
    kind.set_strpad(padding)
    kind.set_cset(cset)
    return kind


def write_hdf5():
    path = folder / "text.h5"
    with h5py.File(path, "w") as file:
        for i in range(9):
            shape = shape_of(i)
            values = words(shape)
            name = f"variable-{i}"
            kwargs = {}
            if i > 3:
                kwargs = {"chunks": tuple(int(rng.integers(1, n + 1)) for n in shape)}
            if i > 5:
                kwargs["compression"] = "gzip"
            dataset = file.create_dataset(name, shape, h5py.string_dtype(), **kwargs)
            stop = (shape[0] + 1) // 2 if shape and i % 2 else None
            if stop is None:
                dataset[...] = values
            else:
                dataset[:stop] = values[:stop]
                values[stop:] = ""
            add(path, values, array=name)
        long = words((3,), 10)
        long[1] = "x" * 100_000
        file.create_dataset("long", data=long, dtype=h5py.string_dtype())
        add(path, long, array="long")
        pads = {"null": h5py.h5t.STR_NULLPAD, "space": h5py.h5t.STR_SPACEPAD, "terminated": h5py.h5t.STR_NULLTERM}
        for name, padding in pads.items():
            for size in (1, 48):
                values = words((5, 7)) if size > 1 else words((5, 7), 2)
                values[:] = np.vectorize(lambda text, n=size: text if len(text.encode()) <= n else "")(values)
                pad = b" " if name == "space" else b"\0"
                data = np.frombuffer(b"".join(text.encode().ljust(size, pad) for text in values.ravel()), f"S{size}")
                space = h5py.h5s.create_simple(values.shape)
                kind = fixed_type(size, padding)
                dataset = h5py.h5d.create(file.id, f"{name}-{size}".encode(), kind, space)
                dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data.reshape(values.shape), mtype=kind)
                add(path, values, array=f"{name}-{size}")


def write_references():
    """Writes references to groups, datasets and committed datatypes, and to regions of datasets."""
    path = folder / "references.h5"
    with h5py.File(path, "w", libver=["earliest", "latest"][int(rng.integers(2))]) as file:
        objects = [file]
        for i in range(40):
            parent = objects[rng.integers(len(objects))]
            if isinstance(parent, h5py.Group):
                name = f"g{i} ä" if i % 3 else f"d{i}"
                data = np.zeros((30, 20, 10)[: 1 + i % 2])
                objects.append(parent.create_group(name) if i % 3 else parent.create_dataset(name, data=data))
        file["committed"] = np.dtype("<i4")
        objects.append(file["committed"])
        for i in range(6):
            shape = shape_of(i)
            kwargs = {"chunks": True, "compression": "gzip"} if shape and i % 2 else {}
            dataset = file.create_dataset(f"objects-{i}", shape, h5py.ref_dtype, **kwargs)
            values = np.full(shape, "", object)
            for index in np.ndindex(shape):
                if rng.integers(4):
                    target = objects[rng.integers(len(objects))]
                    dataset[index] = target.ref
                    values[index] = h5py.h5r.get_name(target.ref, file.id).decode()
            add(path, values, array=f"objects-{i}")
        nearest_first = file.create_dataset("nearest-first", (2,), h5py.ref_dtype)
        deepest = file.create_group("first/second/third")
        for i, target in enumerate([file["first"], deepest]):
            nearest_first[i] = target.ref
        add(path, np.array(["/first", "/first/second/third"], object), array="nearest-first")
        regions = file.create_dataset("regions", (25,), h5py.regionref_dtype)
        values = np.full(25, "", object)
        sources = [found for found in objects if isinstance(found, h5py.Dataset)]
        for i in range(20):
            source = sources[rng.integers(len(sources))]
            slices, entries = [], []
            for size in source.shape:
                start, step = int(rng.integers(size - 1)), int(rng.integers(1, 4))
                stop = int(rng.integers(start + 1, size + 1))
                count = -(-(stop - start) // step)
                slices.append(slice(start, stop, step))
                last = start + (count - 1) * step + 1
                entries.append(f"{start}:{last}" if step == 1 or count == 1 else f"{start}:{last}:{step}")
            regions[i] = source.regionref[tuple(slices)]
            values[i] = f"{source.name}[{', '.join(entries)}]"
        mask = np.zeros(sources[0].shape, bool)
        mask[1:3], mask[7:8] = True, True
        space = h5py.h5s.create_simple(sources[0].shape)
        space.select_hyperslab((1,) + (0,) * (mask.ndim - 1), (2,) + mask.shape[1:])
        space.select_hyperslab((7,) + (0,) * (mask.ndim - 1), (1,) + mask.shape[1:], op=h5py.h5s.SELECT_OR)
        regions[20] = h5py.h5r.create(sources[0].id, b".", h5py.h5r.DATASET_REGION, space)
        rest = [f"0:{size}" for size in mask.shape[1:]]
        values[20] = f"{sources[0].name}[{', '.join(['[1, 2, 7]', *rest])}]"
        add(path, values, array="regions")


def write_compounds():
    """Writes records with texts of fixed and variable length, numbers, and references."""
    path = folder / "compounds.h5"
    word, ref, region = h5py.string_dtype(), h5py.ref_dtype, h5py.regionref_dtype
    inner = np.dtype([("flag", "?"), ("unit", word), ("target", ref)])
    fields = [("x", "<f4"), ("name", word), ("code", "S48"), ("space", "S7"), ("part", inner), ("to", ref)]
    record = np.dtype([*fields, ("pair", word, (2,)), ("where", region), ("y", ">i2")])
    with h5py.File(path, "w", libver=["earliest", "latest"][int(rng.integers(2))]) as file:
        targets = [file, file.create_group("ä/b"), file.create_dataset("data", data=np.zeros((9, 4)))]
        for i in range(8):
            shape = shape_of(i)
            kwargs = {"chunks": tuple(int(rng.integers(1, n + 1)) for n in shape)} if shape and i % 4 else {}
            if i % 4 > 1:
                kwargs |= {"compression": "gzip", "shuffle": i % 4 == 3}
            dataset = file.create_dataset(f"d{i}", shape, record, **kwargs)
            values = np.zeros(shape, record)
            values["x"], values["y"] = rng.integers(0, 100, shape), rng.integers(0, 100, shape)
            texts = {name: words(shape, 7) for name in ("name", "code", "unit")}
            texts["pair"] = words((*shape, 2))
            texts |= {name: np.full(shape, "", object) for name in ("to", "target", "where")}
            values["name"], values["code"] = texts["name"], encoded(texts["code"])
            values["part"]["unit"], values["pair"] = texts["unit"], texts["pair"]
            for index in np.ndindex(shape):
                for name, part in (("to", values), ("target", values["part"])):
                    one = targets[rng.integers(len(targets))]
                    part[name][index] = one.ref
                    texts[name][index] = one.name
                stop = int(rng.integers(1, 10))
                values["where"][index] = targets[2].regionref[:stop, 1:3]
                texts["where"][index] = f"/data[0:{stop}, 1:3]"
            written = (shape[0] + 1) // 2 if shape and i % 2 else None
            if written is None:
                dataset[...] = values
            else:
                dataset[:written] = values[:written]
                for part in texts.values():
                    part[written:] = ""
            for name, part in texts.items():
                field = f"part.{name}" if name in ("unit", "target") else name
                add(path, part, array=f"d{i}", field=field)


def write_virtual():
    record = np.dtype([("x", "<f4"), ("name", h5py.string_dtype()), ("hits", h5py.vlen_dtype(np.dtype("<i4")))])
    values = np.zeros(3, record)
    values["x"], values["name"] = range(3), ["a", "b", "c"]
    for i in range(3):
        values["hits"][i] = np.arange(i, dtype="<i4")
    with h5py.File(folder / "virtual.h5", "w") as file:
        file["source"] = values
        layout = h5py.VirtualLayout((3,), record)
        layout[:] = h5py.VirtualSource(file["source"])
        file.create_virtual_dataset("virtual", layout)


def write_padded_members():
    """Writes records whose texts have each kind of padding."""
    pads = [h5py.h5t.STR_NULLPAD, h5py.h5t.STR_SPACEPAD, h5py.h5t.STR_NULLTERM]
    path = folder / "padded.h5"
    kind = h5py.h5t.create(h5py.h5t.COMPOUND, 3 * 9)
    texts = [words((5,), 3) for _ in pads]
    data = np.zeros(5, np.dtype([("a", "S9"), ("b", "S9"), ("c", "S9")]))
    for i, padding in enumerate(pads):
        kind.insert(b"abc"[i : i + 1], 9 * i, fixed_type(9, padding))
        texts[i][:] = [text if len(text.encode()) < 9 else "" for text in texts[i]]
        pad = b" " if i == 1 else b"\0"
        data["abc"[i]] = [text.encode().ljust(9, pad) for text in texts[i]]
    with h5py.File(path, "w") as file:
        dataset = h5py.h5d.create(file.id, b"d", kind, h5py.h5s.create_simple((5,)))
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, data, mtype=kind)
    for i, values in enumerate(texts):
        add(path, values, array="d", field="abc"[i])


def write_netcdf():
    path = folder / "text.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("station", 6)
        values = words((6,))
        file.createVariable("name", str, ("station",))[:] = values
    add(path, values, array="name")


def write_zarr():
    warnings.simplefilter("ignore")
    for i in range(8):
        shape = tuple(int(n) for n in rng.integers(1, 12, i % 2 + 1))
        values = words(shape)
        stored = encoded(values) if i // 2 % 2 else values.astype("U12")
        path = folder / f"text-{i}.zarr"
        chunks = tuple(int(rng.integers(1, n + 1)) for n in shape)
        array = zarr.create_array(path, shape=shape, chunks=chunks, dtype=stored.dtype, zarr_format=2 + i // 4)
        array[...] = stored
        add(path, values)


write_numpy()
write_hdf5()
write_references()
write_compounds()
write_padded_members()
write_virtual()
write_netcdf()
write_zarr()
print(json.dumps(cases))
