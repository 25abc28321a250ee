"""Writes edge-case values of every real type in both byte orders, and NumPy's casts of them to every other type.

Usage: generate.py FOLDER
Prints JSON: a list of {path, from, to, fits, clamp, wrap}; `fits` is a file of 0/1 bytes, `clamp` and `wrap` are files
of elements. If NumPy does not define a cast, this script implements the rule of the library with NumPy.
"""

import json
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
TYPES = [
    "bool",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
]
INTEGERS = TYPES[1:9]
FLOATS = TYPES[9:]


def edges():
    """Returns exact values around all limits."""
    found = set(range(-3, 4)) | {100, 1000, 2**53 - 1, 2**53, 2**53 + 1, 65504, 65519, 65520}
    for bits in (7, 8, 15, 16, 31, 32, 63, 64):
        for near in range(-3, 4):
            found |= {2**bits + near, -(2**bits) + near}
    return sorted(found)


def values(name):
    if name == "bool":
        return np.array([False, True, True, False])
    if name in INTEGERS:
        info = np.iinfo(name)
        return np.array([v for v in edges() if info.min <= v <= info.max], dtype=name)
    numbers = [float(v) for v in edges()]
    numbers += [np.nextafter(v, np.inf) for v in numbers] + [np.nextafter(v, -np.inf) for v in numbers]
    numbers += [0.5, -0.5, 1.5, -1.5, 254.9, 255.5, -0.9, -128.9, -0.0, 1e-8, 6e-8, 5.9e-8, 1e-46,
                1e38, 3.4028235e38, 3.4028236e38, 1e39, 1e300, -1e300, np.nan, np.inf, -np.inf, 5e-324]  # fmt: skip
    with np.errstate(over="ignore"):
        return np.array(numbers, dtype="f8").astype(name)


def as_integer(array, to):
    """Returns (fits, clamped, wrapped) with exact integers. Truncates fractions, as C and NumPy do."""
    info = np.iinfo(to)
    size = 8 * np.dtype(to).itemsize
    fits, clamp, wrap = [], [], []
    for item in array:
        value = item.item()
        if isinstance(value, float) and not np.isfinite(value):
            fits.append(False)
            clamp.append(0 if np.isnan(value) else info.max if value > 0 else info.min)
            wrap.append(0)
            continue
        whole = int(value)
        fits.append(info.min <= whole <= info.max)
        clamp.append(min(max(whole, info.min), info.max))
        modulo = whole % 2**size
        wrap.append(modulo - 2**size if info.min < 0 and modulo > info.max else modulo)
    return np.array(fits), np.array(clamp, dtype=to), np.array(wrap, dtype=to)


def as_float(array, to):
    """Rounds to nearest even with NumPy. A finite value that becomes infinite does not fit."""
    with np.errstate(over="ignore", invalid="ignore"):
        wrapped = array.astype(to)
    fits = ~(np.isinf(wrapped) & np.isfinite(array.astype("f8")))
    clamp = wrapped.copy()
    clamp[~fits] = np.copysign(np.finfo(to).max, wrapped[~fits])
    return fits, clamp, wrapped


def converted(array, to):
    if to == "bool":
        made = array.astype(bool)
        return np.ones(len(made), dtype=bool), made, made
    if to in INTEGERS:
        fits, clamp, wrap = as_integer(array, to)
        # For values that fit, NumPy's cast is defined, and the rules of as_integer() must give the same result.
        with np.errstate(invalid="ignore"):
            assert np.array_equal(array[fits].astype(to), wrap[fits]), (array.dtype, to)
        if array.dtype.kind in "iu":
            assert np.array_equal(array.astype(to), wrap), (array.dtype, to)
        return fits, clamp, wrap
    return as_float(array, to)


cases = []
for source in TYPES:
    array = values(source)
    for order in "<>":
        path = folder / f"{source}-{'little' if order == '<' else 'big'}.npy"
        np.save(path, array.astype(array.dtype.newbyteorder(order)))
        for to in TYPES:
            entry = {"path": str(path), "from": source, "to": to}
            for name, content in zip(("fits", "clamp", "wrap"), converted(array, to)):
                file = folder / f"{source}-{to}-{name}.bin"
                file.write_bytes(np.ascontiguousarray(content).tobytes())
                entry[name] = str(file)
            cases.append(entry)
print(json.dumps(cases))
