"""Writes Zarr arrays of texts and byte sequences of variable length with zarr-python, and the texts.

Usage: variable-text.py FOLDER SEED. Prints a JSON list of cases: path, array, shape and either texts or, in
hexadecimal, bytes.
"""

import json
import sys
import warnings
from pathlib import Path

import numcodecs
import numpy as np
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

warnings.filterwarnings("ignore")
folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
cases = []
ALPHABETS = ["ab", "abc xyz0123456789", "aäß€𝄞 \0", "日本語"]
COMPRESSORS_V2 = [
    None,
    numcodecs.Zstd(level=3),
    numcodecs.Blosc(cname="lz4"),
    numcodecs.Blosc(cname="zstd", shuffle=0),
    numcodecs.GZip(level=5),
    numcodecs.Zlib(level=5),
    numcodecs.BZ2(level=5),
    numcodecs.LZMA(),
    numcodecs.LZ4(),
]
COMPRESSORS_V3 = [
    [],
    [ZstdCodec(level=3)],
    [ZstdCodec(level=3, checksum=True), Crc32cCodec()],
    [BloscCodec(cname="lz4", typesize=1)],
    [GzipCodec(level=5)],
    [GzipCodec(level=5), Crc32cCodec()],
    [GzipCodec(level=5), ZstdCodec(level=1)],
]


def words(shape, most=12):
    alphabet = list(ALPHABETS[rng.integers(len(ALPHABETS))])
    count = int(np.prod(shape, dtype=int))
    values = np.empty(count, object)
    values[:] = ["".join(rng.choice(alphabet, rng.integers(most))) for _ in range(count)]
    return values.reshape(shape)


def shapes(i):
    rank = i % 4
    shape = tuple(int(n) for n in rng.integers(1, 14, rank))
    return shape, tuple(int(rng.integers(1, n + 2)) for n in shape)


def add(path, values, array=None):
    flat = [value if isinstance(value, str) else bytes(value).hex() for value in values.ravel()]
    kind = "bytes" if any(isinstance(value, bytes) for value in values.ravel()) else "text"
    cases.append({"path": str(path), "array": array, "kind": kind, "shape": list(values.shape), "texts": flat})


def fill(array, values, absent):
    """Writes values; leaves some of the chunks absent if `absent`."""
    if not absent or values.ndim == 0:
        array[...] = values
        return values
    half = max(1, values.shape[0] // 2)
    array[:half] = values[:half]
    return array[...]


def write_v2(i):
    shape, chunks = shapes(i)
    values = words(shape, 400 if i % 5 == 4 else 12)
    compressor = COMPRESSORS_V2[i % len(COMPRESSORS_V2)]
    path = folder / f"v2-{i}.zarr"
    array = zarr.create(
        shape=shape, chunks=chunks, dtype=str, zarr_format=2, store=str(path), order="FC"[i % 2],
        filters=[numcodecs.VLenUTF8()], compressor=compressor, fill_value=["", "none", None][i % 3],
        dimension_separator="./"[i % 2],
    )
    add(path, fill(array, values, i % 3 == 1))


def write_v3(i):
    shape, chunks = shapes(i)
    values = words(shape, 400 if i % 5 == 4 else 12)
    path = folder / f"v3-{i}.zarr"
    # Other orders are refused: numcodecs flattens transposed chunks by their layout in memory.
    order = tuple(range(len(shape)))
    array = zarr.create_array(
        str(path), shape=shape, chunks=chunks, dtype=str, fill_value=["", "leer ü"][i % 2],
        filters=[TransposeCodec(order=order)] if i % 4 == 2 else None,
        compressors=COMPRESSORS_V3[i % len(COMPRESSORS_V3)],
    )
    add(path, fill(array, values, i % 3 == 1))


def write_sharded(i):
    chunks = tuple(int(n) for n in rng.integers(1, 4, 2))
    shards = tuple(int(c * n) for c, n in zip(chunks, rng.integers(1, 4, 2)))
    shape = tuple(int(n) for n in rng.integers(1, 20, 2))
    values = words(shape)
    path = folder / f"shards-{i}.zarr"
    array = zarr.create_array(
        str(path), shape=shape, chunks=chunks, shards=shards, dtype=str, fill_value="-",
        compressors=COMPRESSORS_V3[i % len(COMPRESSORS_V3)],
    )
    add(path, fill(array, values, i % 2 == 1))


def write_bytes(i, version):
    shape, chunks = shapes(i)
    values = np.empty(shape, object)
    for index in np.ndindex(*shape):
        values[index] = rng.integers(0, 256, rng.integers(20)).astype("u1").tobytes()
    path = folder / f"bytes-{version}-{i}.zarr"
    array = zarr.create_array(
        str(path), shape=shape, chunks=chunks, dtype=zarr.dtype.VariableLengthBytes(), zarr_format=version, fill_value=b"\x00\xff",
    )
    array[...] = values
    add(path, values)


def write_zipped():
    for name, method in (("stored", 0), ("deflated", 8)):
        path = folder / f"{name}.zarr.zip"
        with zarr.storage.ZipStore(path, mode="w", compression=method) as store:
            values = words((9, 7))
            group = zarr.create_group(store)
            array = group.create_array("inner", shape=values.shape, chunks=(4, 3), dtype=str)
            array[...] = values
        add(path, values, "inner")


for i in range(27):
    write_v2(i)
for i in range(28):
    write_v3(i)
for i in range(8):
    write_sharded(i)
for i in range(4):
    write_bytes(i, 2)
    write_bytes(i, 3)
write_zipped()
# Ratios above the first guess of the decoded size, for compressors that do not store it.
for i, compressor in enumerate([numcodecs.Zlib(level=9), numcodecs.BZ2(level=9), numcodecs.LZMA()]):
    values = np.empty(3, object)
    values[:] = ["x" * 3_000_000, "", "y" * (5_000_000 + i)]
    path = folder / f"repeated-{i}.zarr"
    array = zarr.create(
        shape=(3,), chunks=(2,), dtype=str, zarr_format=2, store=str(path), filters=[numcodecs.VLenUTF8()],
        compressor=compressor, fill_value="",
    )
    array[...] = values
    add(path, values)
print(json.dumps(cases))
