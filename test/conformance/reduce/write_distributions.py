"""Writes arrays in several formats, and random histograms and quantiles of them, computed by NumPy.

Usage: write_distributions.py DIRECTORY SEED CASES. Prints JSON: a list of arrays, each with its files and its cases.
Floats are written by `float.hex`.
"""

import json
import os
import sys
import warnings

import h5py
import numpy as np
import zarr

warnings.simplefilter("ignore")

TYPES = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64".split()


def random_values(rng, dtype, size):
    """Returns values of several distributions: many ties, edges of equal bins, all magnitudes, specials, constants."""
    kind = dtype.kind
    style = int(rng.integers(7))
    if kind == "b":
        return rng.integers(0, 2, size).astype(dtype)
    if kind in "iu":
        info = np.iinfo(dtype)
        if style == 0:
            return np.full(size, rng.integers(info.min, info.max, dtype=dtype, endpoint=True))
        if style < 3:
            return rng.integers(info.min, info.max, size, dtype=dtype, endpoint=True)
        low = max(info.min, -50)
        return rng.integers(low, low + 100, size).astype(dtype)
    if style == 0:
        values = np.full(size, rng.choice([0.0, -0.0, 3.5, 1e-7]))
    elif style == 1:
        info = np.finfo(dtype)
        exponents = rng.uniform(np.log2(float(info.tiny)) - info.nmant, np.log2(float(info.max)) - 2, size)
        values = np.exp2(exponents) * rng.choice([-1, 1], size)
    elif style == 2:
        # Multiples of a step that is no power of two are often on edges.
        values = rng.integers(0, 30, size) * 0.1
    elif style == 3:
        values = rng.normal(size=size)
        values.flat[rng.integers(0, values.size, 4)] = rng.choice([np.nan, np.inf, -np.inf, -0.0], 4)
    elif style == 4:
        values = rng.choice([0.0, -0.0, 5e-324, -5e-324, 6e-8, 1e-45, -1.0, 1.0], size)
    else:
        values = rng.normal(100, 3, size)
    with np.errstate(over="ignore"):
        return values.astype(dtype)


def random_entry(rng, extent):
    """Returns the text and the slice of a selection along one dimension."""
    a, b = sorted(int(x) for x in rng.integers(0, extent, 2))
    step = int(rng.choice([1, 1, 2, 3]))
    if rng.random() < 0.5:
        return ":", slice(None)
    return f"{a}:{b + 1}:{step}", slice(a, b + 1, step)


def encode(values):
    return [float(value).hex() for value in values]


def histogram_case(rng, data, chosen):
    case = {}
    style = int(rng.integers(4))
    finite = chosen[np.isfinite(chosen)] if data.dtype.kind == "f" else chosen
    bins = int(rng.choice([1, 2, 3, 7, 10, 30, 100, 1000]))
    has_range = False
    if style == 0 and finite.size > 0:
        # Edges among the elements.
        edges = np.sort(rng.choice(finite.ravel(), int(rng.integers(2, 8)))).astype(np.float64)
        if rng.random() < 0.2:
            edges[0], edges[-1] = -np.inf, np.inf
        case["bins"] = bins = edges
    else:
        case["bins"] = bins
        if style < 3 and finite.size > 0:
            with np.errstate(all="ignore"):
                low, high = sorted(float(x) for x in rng.choice(finite.ravel(), 2))
            if rng.random() < 0.5:
                low, high = low - 0.25, high + 0.1
            has_range = True
            case["range"] = [low, high]
    skip = bool(rng.random() < 0.5)
    case["skipMissing"] = skip
    values = chosen.ravel()
    if values.dtype == bool:
        values = values.astype(np.uint8)
    is_nan = np.isnan(values) if data.dtype.kind == "f" else np.zeros(values.shape, bool)
    kept = values[~is_nan] if skip else values
    try:
        counts, edges = np.histogram(kept, bins=bins, range=tuple(case["range"]) if has_range else None)
    except (ValueError, IndexError) as error:
        case["error"] = str(error)
    else:
        as_float = edges.astype(np.float64)
        wide = values.astype(np.float64)
        case.update(counts=[int(n) for n in counts], edges=encode(as_float), missing=int(is_nan.sum()),
                    below=int((wide < as_float[0]).sum()), above=int((wide > as_float[-1]).sum()))
    if "bins" in case and not isinstance(case["bins"], int):
        case["bins"] = encode(case["bins"])
    if has_range:
        case["range"] = encode(case["range"])
    return case


def quantile_case(rng, data, chosen):
    q = [float(x) for x in rng.choice([0, 1, 0.5, 0.25, 0.05, 0.95, 1 / 3, float(rng.random())], int(rng.integers(1, 5)))]
    skip = bool(rng.random() < 0.5)
    values = chosen.ravel().astype(np.float64)
    kept = values[~np.isnan(values)] if skip else values
    case = {"q": encode(q), "skipMissing": skip}
    if kept.size == 0:
        return {**case, "results": ["nan"] * len(q), "empty": 1}
    # NumPy gives NaN for some quantiles of infinities.
    finite = bool(np.all(np.isfinite(kept) | np.isnan(kept)))
    return {**case, "results": encode(np.quantile(kept, q)) if finite else None, "empty": 0}


def write(directory, name, data, rng):
    at = lambda suffix: os.path.join(directory, name + suffix)
    chunks = tuple(int(rng.integers(1, n + 1)) for n in data.shape)
    np.save(at(".npy"), data)
    np.save(at("-f.npy"), np.asfortranarray(data))
    np.save(at("-big.npy"), data.astype(data.dtype.newbyteorder(">")))
    with h5py.File(at(".h5"), "w") as file:
        file.create_dataset("a", data=data, chunks=chunks, compression="gzip", shuffle=True)
    group = zarr.create_array(at(".zarr"), shape=data.shape, chunks=chunks, dtype=data.dtype)
    group[...] = data
    return [{"path": name + suffix} for suffix in (".npy", "-f.npy", "-big.npy", ".zarr")] + [
        {"path": name + ".h5", "array": "/a"}
    ]


def main():
    directory, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = np.random.default_rng(seed)
    arrays = []
    for number, type_name in enumerate(TYPES * 3):
        shape = [int(rng.integers(2, 12)) for _ in range(1 + number % 3)]
        data = random_values(rng, np.dtype(type_name), shape)
        files = write(directory, f"a{number}", data, rng)
        cases = []
        for _ in range(count):
            entries = [random_entry(rng, extent) for extent in data.shape]
            chosen = data[tuple(index for _, index in entries)]
            cases.append({"selection": ", ".join(text for text, _ in entries),
                          "histogram": histogram_case(rng, data, chosen),
                          "quantile": quantile_case(rng, data, chosen)})
        arrays.append({"dtype": type_name, "files": files, "cases": cases})
    print(json.dumps(arrays))


main()
