"""Writes arrays in several formats, and random reductions of them with exact results.

Usage: write.py DIRECTORY SEED CASES. Prints JSON: a list of arrays, each with its files and its cases. Sums and means
are computed with fractions and rounded once, standard deviations with 80 decimal digits.
"""

import decimal
import json
import math
import os
import sys
from fractions import Fraction

import h5py
import numpy as np
import tiledb
import zarr

decimal.getcontext().prec = 80

TYPES = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64 complex64 complex128".split()
OPERATIONS = ["count", "min", "max", "sum", "mean", "std"]


def random_values(rng, dtype, size):
    """Returns values of all magnitudes, and at times NaN and infinities."""
    kind = dtype.kind
    if kind == "b":
        return rng.integers(0, 2, size).astype(dtype)
    if kind in "iu":
        info = np.iinfo(dtype)
        low, high = (info.min, info.max) if rng.random() < 0.3 else (max(info.min, -100), min(info.max, 100))
        return rng.integers(low, high, size, dtype=dtype, endpoint=True)
    if kind == "c":
        part = np.dtype("f4" if dtype.itemsize == 8 else "f8")
        return (random_values(rng, part, size) + 1j * random_values(rng, part, size).astype(dtype)).astype(dtype)
    style = rng.integers(4)
    if style == 0:
        values = rng.normal(1e3, 1, size)
    elif style == 1:
        info = np.finfo(dtype)
        exponents = rng.uniform(math.log2(float(info.tiny)) - info.nmant, math.log2(float(info.max)) - 1, size)
        values = np.exp2(exponents) * rng.choice([-1, 1], size)
    else:
        values = rng.normal(size=size)
    if style == 2:
        values.flat[rng.integers(0, values.size, 3)] = rng.choice([np.nan, np.inf, -np.inf, -0.0], 3)
    with np.errstate(over="ignore"):
        return values.astype(dtype)


def random_entry(rng, extent):
    """Returns the text and the indices of a selection along one dimension; the indices are an int if it is dropped."""
    kind = rng.integers(8)
    a, b = sorted(int(x) for x in rng.integers(0, extent, 2))
    if kind == 0:
        return str(a - extent), a
    if kind == 1:
        indices = [int(x) for x in rng.integers(0, extent, 1 + int(rng.integers(5)))]
        return str(indices), indices
    if kind < 4:
        step = int(rng.choice([1, 2, 3, -1, -2]))
        text = f"{a}:{b + 1}:{step}" if step > 0 else f"{b}:{a - 1 if a > 0 else ''}:{step}"
        return text, list(range(a, b + 1, step)) if step > 0 else list(range(b, a - 1, step))
    return ":", list(range(extent))


def select(array, indices):
    """Selects orthogonally."""
    for axis in reversed(range(len(indices))):
        array = np.take(array, indices[axis], axis=axis)
    return array


def to_float(value):
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def special_sum(values):
    """Returns the sum if a value is not finite, else None."""
    odd = [v for v in values if not math.isfinite(v)]
    return sum(odd) if odd else None


def reduce_list(values, operation, ddof, is_float):
    """Reduces a list of Python numbers exactly."""
    count = len(values)
    if operation == "count":
        return float(count)
    if operation in ("min", "max"):
        if any(v != v for v in values):
            return math.nan
        return min(values) if operation == "min" else max(values)
    special = special_sum(values) if is_float else None
    if special is not None:
        return math.nan if operation == "std" else special
    total = sum(Fraction(v) for v in values)
    if operation == "sum":
        return to_float(total) if is_float else int(total)
    if operation == "mean":
        return to_float(total / count) if count else math.nan
    if count <= ddof:
        return math.nan
    squares = sum(Fraction(v) ** 2 for v in values)
    variance = (count * squares - total**2) / (count * (count - ddof))
    return float((decimal.Decimal(variance.numerator) / decimal.Decimal(variance.denominator)).sqrt())


def encode(value):
    return str(value) if isinstance(value, int) else float(value).hex()


def reduce_part(array, axes, operation, ddof, skip):
    """Reduces a real array along `axes` and returns the results in C order, and which have no elements."""
    kept = [d for d in range(array.ndim) if d not in axes]
    rows = array.transpose(kept + list(axes)).reshape([math.prod(array.shape[d] for d in kept), -1])
    is_float = array.dtype.kind == "f"
    results, empty = [], []
    for row in rows:
        # float(v) of float16 and float32 is exact.
        values = [float(v) if is_float else int(v) for v in row]
        if skip and is_float:
            values = [v for v in values if v == v]
        empty.append(int(not values))
        if not values and operation in ("min", "max"):
            results.append(encode(math.nan if is_float else 0))
        else:
            results.append(encode(reduce_list(values, operation, ddof, is_float)))
    return results, empty


def random_case(rng, data):
    entries = [random_entry(rng, extent) for extent in data.shape]
    chosen = select(data, [indices for _, indices in entries])
    rank = chosen.ndim
    axes = None if rng.random() < 0.3 else [int(x) for x in rng.permutation(rank)[: rng.integers(0, rank + 1)]]
    is_complex = data.dtype.kind == "c"
    operation = str(rng.choice(["count", "sum", "mean"] if is_complex else OPERATIONS))
    skip = bool(rng.random() < 0.3) and not is_complex
    ddof = int(rng.integers(0, 3)) if operation == "std" else 0
    reduced = tuple(range(rank)) if axes is None else tuple(axes)
    parts = [chosen.real, chosen.imag] if is_complex and operation != "count" else [chosen.real]
    done = [reduce_part(np.ascontiguousarray(part), reduced, operation, ddof, skip) for part in parts]
    results = [value for values in zip(*(results for results, _ in done)) for value in values]
    keep = bool(rng.random() < 0.3)
    shape = [1 if d in reduced else n for d, n in enumerate(chosen.shape) if keep or d not in reduced]
    case = {"selection": ", ".join(text for text, _ in entries), "operation": operation, "shape": shape,
            "results": results, "empty": done[0][1], "keepDims": keep, "skipMissing": skip}
    if axes is not None:
        # Negative axes count from the end.
        case["axis"] = [d - rank if rng.random() < 0.3 else d for d in axes]
    if operation == "std":
        case["ddof"] = ddof
    return case


def write(directory, name, data, rng):
    """Writes `data` in every format that has its type. Returns the files."""
    at = lambda suffix: os.path.join(directory, name + suffix)
    chunks = tuple(int(rng.integers(1, n + 1)) for n in data.shape)
    np.save(at(".npy"), data)
    np.save(at("-f.npy"), np.asfortranarray(data))
    np.save(at("-big.npy"), data.astype(data.dtype.newbyteorder(">")))
    files = [{"path": name + suffix} for suffix in (".npy", "-f.npy", "-big.npy")]
    with h5py.File(at(".h5"), "w") as file:
        file.create_dataset("a", data=data, chunks=chunks, compression="gzip", shuffle=True)
    files.append({"path": name + ".h5", "array": "/a"})
    group = zarr.create_array(at(".zarr"), shape=data.shape, chunks=chunks, dtype=data.dtype)
    group[...] = data
    files.append({"path": name + ".zarr"})
    if data.dtype.kind in "iuf" and data.dtype != np.float16:
        dims = [tiledb.Dim(f"d{d}", domain=(0, n - 1), tile=c, dtype="i8") for d, (n, c) in enumerate(zip(data.shape, chunks))]
        schema = tiledb.ArraySchema(tiledb.Domain(*dims), attrs=[tiledb.Attr("v", dtype=data.dtype)])
        tiledb.Array.create(at(".tdb"), schema)
        # Two fragments overlap, so some cells are stored twice.
        for part in (np.zeros_like(data), data):
            with tiledb.open(at(".tdb"), "w") as array:
                array[:] = part
        files.append({"path": name + ".tdb"})
    return files


def main():
    directory, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = np.random.default_rng(seed)
    arrays = []
    for number, type_name in enumerate(TYPES * 2):
        shape = [int(rng.integers(1, 9)) for _ in range(1 + number % 4)]
        data = random_values(rng, np.dtype(type_name), shape)
        files = write(directory, f"a{number}", data, rng)
        arrays.append({"dtype": type_name, "files": files, "cases": [random_case(rng, data) for _ in range(count)]})
    print(json.dumps(arrays))


main()
