"""Writes compressed arrays with NumPy, nibabel and zlib, and the content of each array as raw bytes in C order.

Usage: generate.py FOLDER SEED
Prints JSON: a list of {path, options, shape, dtype, expected}.
"""

import gzip
import json
import sys
import zipfile
import zlib
from pathlib import Path

import nibabel
import numpy as np

folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
cases = []


def content(shape, dtype):
    """Returns smooth values with noise, so that blocks have Huffman codes of many kinds."""
    smooth = np.cumsum(rng.integers(-3, 4, shape), axis=-1) if shape else rng.integers(0, 9, shape)
    return np.asarray(smooth * rng.choice([0, 1, 300])).astype(dtype)


def case(path, array, options=None):
    native = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="))
    expected = folder / f"expected-{len(cases)}.bin"
    expected.write_bytes(native.tobytes())
    cases.append({"path": str(path), "options": options or {}, "shape": list(array.shape), "dtype": native.dtype.name,
                  "expected": str(expected)})  # fmt: skip


STRATEGIES = [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]


def gzip_members(data):
    """Compresses `data` as one or more gzip members with random strategies, flushes and names."""
    out = b""
    cuts = sorted({0, len(data), *(int(n) for n in rng.integers(0, len(data) + 1, int(rng.integers(0, 4))))})
    for begin, end in zip(cuts, cuts[1:]):
        part = data[begin:end]
        window = 16 + int(rng.integers(9, 16))  # 16 selects gzip; the number added is the logarithm of the window size.
        level, memory, strategy = int(rng.integers(0, 10)), int(rng.integers(1, 10)), int(rng.choice(STRATEGIES))
        engine = zlib.compressobj(level, zlib.DEFLATED, window, memory, strategy)
        step = int(rng.integers(1, len(part) + 1))
        member = b""
        for at in range(0, len(part), step):
            member += engine.compress(part[at : at + step])
            member += engine.flush([zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH][int(rng.integers(3))]) if step > 64 else b""
        member += engine.flush()
        if rng.integers(2):  # A name and a comment in the header.
            member = member[:3] + bytes([member[3] | 24]) + member[4:10] + b"name\0comment\0" + member[10:]
        out += member
    return out + bytes(int(rng.choice([0, 0, 512])))


# The library splits a deflate stream into pieces, which it can decode independently. The arrays of these shapes have
# one piece, pieces along the slowest dimension, or pieces inside one index of the slowest dimension.
TYPES = [("c", "<i4", "C"), ("bigf", ">f8", "F"), ("f", "<f4", "F"), ("big", ">i2", "C"), ("u1", "u1", "C")]
SHAPES = [(), (1,), (17,), (0, 3), (5, 7, 3), (1200, 900), (3, 400_001), (40, 50, 300), (2, 3, 40, 50, 30)]

for shape in SHAPES:
    members = {}
    for name, dtype, order in TYPES if np.prod(shape) < 1000 else TYPES[:2]:
        members[name] = np.array(content(shape, dtype), order=order)
    path = folder / f"a{len(cases)}.npz"
    np.savez_compressed(path, **members)
    for name in members:
        case(path, members[name], {"array": name})

# Archives of all compression levels, with stored and deflated members side by side.
for level in range(10):
    path = folder / f"level{level}.npz"
    array = content((700, 600), "<i4")
    with zipfile.ZipFile(path, "w", compresslevel=level) as archive:
        for name, method in [("stored.npy", zipfile.ZIP_STORED), ("deflated.npy", zipfile.ZIP_DEFLATED)]:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info._compresslevel = level
            with archive.open(info, "w", force_zip64=bool(level % 2)) as f:
                np.save(f, array)
    case(path, array, {"array": "deflated"})

# NIfTI as nibabel writes it, and compressed again as random gzip members.
for index, (shape, char) in enumerate([((4, 5, 6), "h"), ((120, 110, 60), "h"), ((90, 80, 40, 3), "f"), ((30_000, 20), "i"), ((300, 3000), "d")]):
    for kind, suffix in [(nibabel.Nifti1Image, ".nii"), (nibabel.Nifti2Image, ".nii"), (nibabel.Nifti1Pair, ".img")]:
        endian = "<>"[int(rng.integers(2))]
        array = content(shape, endian + char)
        header = kind.header_class(endianness=endian)
        header.set_data_dtype(array.dtype)
        header.set_data_shape(shape)
        image = kind(array, np.eye(4), header)
        image.header.set_slope_inter(1, 0)
        path = folder / f"n{len(cases)}{suffix}.gz"
        nibabel.save(image, path)
        case(path, np.asarray(nibabel.load(path).dataobj.get_unscaled()))
        if suffix == ".nii":
            again = folder / f"m{len(cases)}.nii.gz"
            again.write_bytes(gzip_members(gzip.decompress(path.read_bytes())))
            case(again, array)

print(json.dumps(cases))
