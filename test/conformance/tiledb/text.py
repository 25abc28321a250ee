"""Writes TileDB arrays of texts of variable length with tiledb-py, and the texts.

Usage: text.py FOLDER SEED. Prints a JSON list of cases. The script also compares the texts with the result of
tiledb-py.
"""

import json
import sys
from pathlib import Path

import numpy as np
import tiledb

folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
cases = []
tiledb.default_ctx(tiledb.Config({"sm.compute_concurrency_level": "1", "sm.io_concurrency_level": "1"}))
KINDS = {"ascii": "abc xyz0123456789", "U0": "aäß€𝄞日本 ", "S0": "abcä€"}
FILTERS = {
    "none": [],
    "zstd": [tiledb.ZstdFilter(level=3)],
    "gzip": [tiledb.GzipFilter()],
    "lz4": [tiledb.LZ4Filter()],
    "bzip2": [tiledb.Bzip2Filter()],
    "byteshuffle": [tiledb.ByteShuffleFilter(), tiledb.ZstdFilter()],
    "checksums": [tiledb.ZstdFilter(), tiledb.ChecksumSHA256Filter(), tiledb.ChecksumMD5Filter()],
}
STARTS = {
    "default": None,
    "none": [],
    "zstd": [tiledb.ZstdFilter()],
    "double-delta": [tiledb.DoubleDeltaFilter(), tiledb.BitShuffleFilter(), tiledb.LZ4Filter()],
    "positive-delta": [tiledb.PositiveDeltaFilter(), tiledb.BitWidthReductionFilter(), tiledb.GzipFilter()],
}


def words(shape, kind, most=12):
    values = np.empty(shape, object)
    for index in np.ndindex(shape):
        values[index] = "".join(rng.choice(list(KINDS[kind]), rng.integers(most)))
    return values


def create(path, bounds, extents, kind, filters="zstd", starts="default", orders=("row-major", "row-major"), **more):
    dims = [
        tiledb.Dim(name=f"d{i}", domain=bound, tile=extent, dtype="int32")
        for i, (bound, extent) in enumerate(zip(bounds, extents))
    ]
    attributes = [tiledb.Attr(name="text", dtype=kind, var=True, filters=tiledb.FilterList(FILTERS[filters]), **more)]
    if len(bounds) == 1:  # tiledb-py refuses some shapes of several attributes.
        attributes.append(tiledb.Attr(name="number", dtype="float32"))
    offsets = {} if STARTS[starts] is None else {"offsets_filters": tiledb.FilterList(STARTS[starts])}
    schema = tiledb.ArraySchema(
        domain=tiledb.Domain(*dims), attrs=attributes, tile_order=orders[0], cell_order=orders[1], **offsets
    )
    tiledb.Array.create(str(path), schema)
    return np.full(tuple(hi - lo + 1 for lo, hi in bounds), "", object)


def write(path, values, bounds, box, kind):
    """Writes random texts into `box`, a list of (start, stop) in positions."""
    part = words(tuple(stop - start for start, stop in box), kind)
    values[tuple(slice(*one) for one in box)] = part
    stored = np.vectorize(lambda text: text.encode(), otypes=[object])(part) if kind == "S0" else part
    with tiledb.open(str(path), "w") as array:
        place = tuple(slice(lo + start, lo + stop) for (lo, _), (start, stop) in zip(bounds, box))
        numbers = {"number": np.zeros(part.shape, "float32")} if len(bounds) == 1 else {}
        array[place] = {"text": stored, **numbers}


def random_box(shape):
    bounds = [sorted(rng.choice(size + 1, 2, replace=False)) for size in shape]
    return [(int(start), int(stop)) for start, stop in bounds]


def add(path, values, **options):
    with tiledb.open(str(path)) as array:
        found = array[:]["text"]
    for index in np.ndindex(values.shape):
        one = found[index] or ""
        text = one.decode(errors="replace") if isinstance(one, bytes) else one
        assert text == values[index], (path, index, text, values[index])
    cases.append(
        {"path": str(path), "options": options, "shape": list(values.shape), "texts": [str(t) for t in values.ravel()]}
    )


def write_filters():
    for number, name in enumerate(FILTERS):
        kind = list(KINDS)[number % 3]
        path = folder / f"filter-{name}"
        values = create(path, [(0, 49)], [16], kind, name, fill="" if kind != "S0" else b"")
        write(path, values, [(0, 49)], [(0, 50)], kind)
        add(path, values, array="text")
    for name in STARTS:
        path = folder / f"starts-{name}"
        values = create(path, [(0, 49)], [16], "ascii", starts=name)
        write(path, values, [(0, 49)], [(0, 50)], "ascii")
        add(path, values, array="text")


def write_random():
    for i in range(16):
        rank = i % 3 + 1
        kind = ["ascii", "U0"][i % 2]
        shape = [int(n) for n in rng.integers(2, 12, rank)]
        bounds = [(int(lo), int(lo) + size - 1) for lo, size in zip(rng.integers(0, 9, rank), shape)]
        extents = [int(rng.integers(1, size + 1)) for size in shape]
        orders = [str(rng.choice(["row-major", "col-major"])) for _ in range(2)]
        path = folder / f"random-{i}"
        values = create(path, bounds, extents, kind, orders=orders)
        for _ in range(i % 4 + 1):
            write(path, values, bounds, random_box(shape), kind)
        if i % 5 == 4:
            tiledb.consolidate(str(path))
            if i % 2:
                tiledb.vacuum(str(path))
        add(path, values, array="text")


def write_special():
    bounds = [(0, 9)]
    path = folder / "empty"
    values = create(path, bounds, [4], "ascii")
    add(path, values, array="text")
    write_empty = folder / "empty-texts"
    values = create(write_empty, bounds, [4], "U0")
    with tiledb.open(str(write_empty), "w") as array:
        array[:] = {"text": values, "number": np.zeros(10, "float32")}
    add(write_empty, values, array="text")
    path = folder / "long"
    values = create(path, bounds, [4], "U0")
    values[:] = ["x" * int(n) for n in [0, 70_000, 3, 200_000, 0, 1, 65_536, 0, 0, 5]]
    with tiledb.open(str(path), "w") as array:
        array[:] = {"text": values, "number": np.zeros(10, "float32")}
    add(path, values, array="text")
    path = folder / "nuls"
    values = create(path, bounds, [4], "U0")
    values[:] = ["a\0", "\0", "b\0c", "", "\0\0", "d", "", "", "\0", "e"]
    with tiledb.open(str(path), "w") as array:
        array[:] = {"text": values, "number": np.zeros(10, "float32")}
    values[1] = values[8] = ""  # TileDB-Py reads a single NUL as an empty text.
    add(path, values, array="text")
    path = folder / "fill"
    values = create(path, bounds, [4], "ascii", fill="none")
    values[:] = "none"
    write(path, values, bounds, [(3, 6)], "ascii")
    add(path, values, array="text")
    path = folder / "added"
    values = create(path, bounds, [4], "ascii")
    write(path, values, bounds, [(0, 10)], "ascii")
    evolution = tiledb.ArraySchemaEvolution(tiledb.default_ctx())
    evolution.add_attribute(tiledb.Attr(name="more", dtype="ascii", var=True))
    evolution.array_evolve(str(path))
    add(path, values, array="text")
    more = np.full(10, "", object)
    cases.append({"path": str(path), "options": {"array": "more"}, "shape": [10], "texts": list(more)})


def write_refused():
    path = folder / "refused"
    dom = tiledb.Domain(tiledb.Dim(name="x", domain=(0, 3), tile=4, dtype="int32"))
    attributes = [
        tiledb.Attr(name="numbers", dtype="int64", var=True),
        tiledb.Attr(name="rle", dtype="ascii", var=True, filters=tiledb.FilterList([tiledb.RleFilter()])),
        tiledb.Attr(name="dictionary", dtype="ascii", var=True, filters=tiledb.FilterList([tiledb.DictionaryFilter()])),
    ]
    tiledb.Array.create(str(path), tiledb.ArraySchema(domain=dom, attrs=attributes))
    texts = np.array(["a", "a", "b", ""], object)
    numbers = np.empty(4, object)
    for i in range(4):
        numbers[i] = np.arange(i + 1, dtype="int64")
    with tiledb.open(str(path), "w") as array:
        array[:] = {"numbers": numbers, "rle": texts, "dictionary": texts}


write_filters()
write_random()
write_special()
write_refused()
print(json.dumps(cases))
