"""Writes arrays of the small formats with NumPy and nibabel, and the content of each array as raw bytes in C order.

Usage: generate.py FOLDER SEED
Prints JSON: a list of {path, options, shape, dtype, expected, scaled}.
"""

import json
import math
import sys
import zipfile
from pathlib import Path

import ml_dtypes
import nibabel
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
cases = []

NAMES = {
    "?": "bool", "b": "int8", "B": "uint8", "h": "int16", "H": "uint16", "i": "int32", "I": "uint32", "l": "int64",
    "q": "int64", "L": "uint64", "Q": "uint64", "e": "float16", "f": "float32", "d": "float64", "F": "complex64",
    "D": "complex128",
}  # fmt: skip


def content(shape, dtype):
    """Returns random elements. Always returns an array, because a NumPy scalar has no byte order."""
    return np.asarray(values(shape, np.dtype(dtype)), dtype=dtype)


def values(shape, dtype):
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype=dtype.newbyteorder("="), endpoint=True).astype(dtype)
    if dtype.kind == "f":
        return (rng.standard_normal(shape) * 100).astype(dtype)
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(dtype)


def case(path, array, options=None, scaled=None):
    native = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="))
    expected = folder / f"expected-{len(cases)}.bin"
    expected.write_bytes(native.tobytes())
    entry = {
        "path": str(path),
        "options": options or {},
        "shape": list(array.shape),
        "dtype": NAMES[native.dtype.char],
        "expected": str(expected),
        "scaled": None,
    }
    if scaled is not None:
        entry["scaled"] = str(folder / f"scaled-{len(cases)}.bin")
        Path(entry["scaled"]).write_bytes(np.ascontiguousarray(scaled, dtype="f8").tobytes())
    cases.append(entry)


SHAPES = [
    (),
    (1,),
    (17,),
    (5, 7),
    (3, 1, 9),
    (4, 5, 6),
    (2, 3, 4, 5),
    (2, 1, 3, 2, 4),
    (0, 3),
    (2,) * 9,
    (1,) * 15 + (3,),
]

# npy: each numeric type in both orders and endiannesses, with a random version from 1 to 3.
for char in "?bBhHiIqQefdFD":
    for order in "CF":
        for endian in "<>":
            shape = SHAPES[int(rng.integers(len(SHAPES)))]
            array = np.array(content(shape, endian + char if char not in "?bB" else char), order=order)
            path = folder / f"a{len(cases)}.npy"
            with open(path, "wb") as f:
                np.lib.format.write_array(f, array, version=[(1, 0), (2, 0), (3, 0)][int(rng.integers(3))])
            case(path, array)
for unit in ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "25ps", "fs", "as"]:
    for char in "Mm":
        for endian in "<>":
            array = content((3, 4), "i8").astype(f"{char}8[{unit}]").astype(f"{endian}{char}8[{unit}]")
            array[0, 0] = "NaT"
            path = folder / f"a{len(cases)}.npy"
            np.save(path, array)
            case(path, array.view(f"{endian}i8"))
            cases[-1]["unit"] = str(array.dtype.newbyteorder("="))
for shape in SHAPES:
    array = content(shape, "<f4")
    path = folder / f"a{len(cases)}.npy"
    np.save(path, array)
    case(path, array)

# npz: stored members.
members = {
    "first": content((4, 5), "<i4"),
    "second": np.asfortranarray(content((3, 4, 5), ">f8")),
    "scalar": content((), "<f8"),
}
path = folder / "stored.npz"
np.savez(path, **members)
for name, array in members.items():
    case(path, array, {"array": name})

# safetensors: all types of NumPy that it stores, and shapes with and without elements.
for metadata in (None, {"format": "np", "note": "größer"}):
    tensors = {f"t.{char}{i}": content(shape, char) for i, shape in enumerate(SHAPES) for char in "?bBhHiIqQefdF"}
    path = folder / f"s{len(cases)}.safetensors"
    save_file(tensors, path, metadata)
    for name, array in tensors.items():
        if rng.integers(4) == 0:
            case(path, array, {"array": name})

# Types that are converted. The last tensor is converted in several parts.
CONVERTED = {"BF16": ml_dtypes.bfloat16, "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2}
bits = {}
for name, dtype in CONVERTED.items():
    for shape in [(), (0, 3), (7,), (5, 4, 3), (300, 4099)]:
        size = np.dtype(dtype).itemsize
        stored = np.frombuffer(rng.bytes(size * math.prod(shape)), f"u{size}").reshape(shape)
        # Without NaN, because ml_dtypes keeps the payload bits of NaN in bfloat16.
        bits[f"{name} {shape}"] = (name, stored & np.uint16(0xBFFF) if name == "BF16" else stored)
path = folder / "converted.safetensors"
header, offset = {}, 0
for key, (name, stored) in bits.items():
    header[key] = {"dtype": name, "shape": list(stored.shape), "data_offsets": [offset, offset + stored.nbytes]}
    offset += stored.nbytes
text = json.dumps(header).encode()
path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(stored.tobytes() for _, stored in bits.values()))
safe_open(path, "np")  # Checks the header.
for key, (name, stored) in bits.items():
    with np.errstate(invalid="ignore"):
        case(path, stored.view(CONVERTED[name]).astype("f4"), {"array": key})
    case(path, stored, {"array": key, "numbers": "bits"})

# Raw files, whose type and shape are given by the caller or by a sidecar file.
for order in "CF":
    for endian, byte_order in (("<", "little"), (">", "big")):
        for char in "bhifqdF":
            shape = SHAPES[int(rng.integers(len(SHAPES)))]
            array = content(shape, endian + char)
            offset = int(rng.integers(0, 100))
            path = folder / f"r{len(cases)}.bin"
            path.write_bytes(bytes(offset) + array.tobytes(order=order))
            description = {
                "dtype": NAMES[array.dtype.newbyteorder("=").char],
                "shape": list(shape),
                "order": order,
                "byteOrder": byte_order,
                "offset": offset,
            }
            if rng.integers(2):
                case(path, array, {"format": "raw", **description})
            else:
                Path(str(path) + ".json").write_text(json.dumps(description))
                case(path, array)

# NIfTI-1 and -2, single files and pairs, both endiannesses, with and without scaling.
NIFTI = [
    ("nii1", nibabel.Nifti1Image, ".nii"),
    ("nii2", nibabel.Nifti2Image, ".nii"),
    ("pair1", nibabel.Nifti1Pair, ".img"),
    ("pair2", nibabel.Nifti2Pair, ".img"),
]
for name, kind, suffix in NIFTI:
    for endian in "<>":
        for char in "BhifdF":
            for slope in (None, (0.5, -3.0)):
                if slope is not None and char == "F":
                    continue
                shape = [(4, 5, 6), (3, 4, 5, 2), (7, 3), (5,)][int(rng.integers(4))]
                array = content(shape, endian + char if char != "B" else char)
                header_class = kind.header_class
                header = header_class(endianness=endian)
                header.set_data_dtype(array.dtype)
                header.set_data_shape(shape)
                image = kind(array, np.eye(4), header)
                if slope is not None:
                    image.header.set_slope_inter(*slope)
                path = folder / f"n{len(cases)}{suffix}"
                # nibabel would rescale the data for a given slope, so the stored values are written without one.
                image.header.set_data_dtype(array.dtype)
                if slope is None:
                    nibabel.save(image, path)
                else:
                    plain = kind(array, np.eye(4), header)
                    plain.header.set_slope_inter(1, 0)
                    nibabel.save(plain, path)
                    target = path if suffix == ".nii" else path.with_suffix(".hdr")
                    data = bytearray(target.read_bytes())
                    stored = header_class.from_fileobj(open(target, "rb"), check=False)
                    stored["scl_slope"], stored["scl_inter"] = slope
                    binary = stored.binaryblock
                    data[: len(binary)] = binary
                    target.write_bytes(bytes(data))
                loaded = nibabel.load(path)
                unscaled = np.asarray(loaded.dataobj.get_unscaled())
                case(path, unscaled, scaled=None if char == "F" else np.asarray(loaded.dataobj, dtype="f8"))

# Analyze files of SPM99 and SPM2. nibabel's load() treats all Analyze files as SPM2.
SPM = [
    (2.5, 0, {}),
    (0.5, -3, {}),
    (2, np.nan, {}),
    (0, 1, {"glmax": 90, "glmin": 10, "cal_max": 0.8, "cal_min": 0.2}),
    (np.nan, 0, {"glmax": 90, "glmin": 10}),
    (np.inf, 0, {"glmax": 5, "glmin": 5, "cal_max": 1}),
    (0, 0, {}),
]
for endian in "<>":
    for slope, inter, ranges in SPM:
        array = content((4, 3, 2), endian + "h")
        header = nibabel.Spm2AnalyzeHeader(endianness=endian)
        header.set_data_dtype(array.dtype)
        header.set_data_shape(array.shape)
        for field, value in {"scl_slope": slope, "scl_inter": inter, **ranges}.items():
            header[field] = value
        path = folder / f"n{len(cases)}.img"
        path.with_suffix(".hdr").write_bytes(header.binaryblock)
        path.write_bytes(array.tobytes(order="F"))
        loaded = nibabel.load(path)
        case(path, np.asarray(loaded.dataobj.get_unscaled()), scaled=np.asarray(loaded.dataobj, dtype="f8"))

# Tile directories: order, endianness, edges, missing tiles.
for index in range(24):
    rank = int(rng.integers(1, 5))
    shape = tuple(int(n) for n in rng.integers(1, 14, rank))
    tile = tuple(int(n) for n in rng.integers(1, 6, rank))
    order = "CF"[int(rng.integers(2))]
    endian, byte_order = [("<", "little"), (">", "big")][int(rng.integers(2))]
    edge = ["full", "clipped"][int(rng.integers(2))]
    dtype = np.dtype(endian + "bhifqd"[int(rng.integers(6))])
    array = content(shape, dtype)
    fill = 7
    root = folder / f"tiles{index}"
    root.mkdir()
    separator = "/" if rng.integers(2) else "_"
    template = separator.join(f"{{{d}:02}}" if rng.integers(2) else f"{{{d}}}" for d in range(rank)) + ".bin"
    expected = np.full(shape, fill, dtype)
    grid = [-(-n // t) for n, t in zip(shape, tile)]
    for at in np.ndindex(*grid):
        if rng.random() < 0.15:
            continue
        box = tuple(slice(i * t, min((i + 1) * t, n)) for i, t, n in zip(at, tile, shape))
        expected[box] = array[box]
        block = array[box]
        if edge == "full":
            block = np.full(tile, 99, dtype)
            block[tuple(slice(0, s.stop - s.start) for s in box)] = array[box]
        path = root / template.format(*at)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(8) + np.asarray(block, dtype).tobytes(order=order))
    (root / "tiles.json").write_text(json.dumps({
        "version": 1, "shape": list(shape), "tileShape": list(tile), "dtype": NAMES[dtype.newbyteorder("=").char], "order": order,
        "byteOrder": byte_order, "fillValue": fill, "path": template, "edgeTiles": edge, "offset": 8,
    }))  # fmt: skip
    case(root, expected)

print(json.dumps(cases))
