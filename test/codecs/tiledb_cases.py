"""Tiles as TileDB stores them. tiledb-py writes arrays of one tile, so that their data file is the tile."""

import glob
import os
import struct
import tempfile

import numpy as np
import tiledb
from ids import ID
from numcodecs_cases import signal

# TileDB's datatype codes.
DATATYPE = {
    'int32': 0, 'int64': 1, 'float32': 2, 'float64': 3, 'int8': 5, 'uint8': 6, 'int16': 7, 'uint16': 8, 'uint32': 9,
    'uint64': 10, 'datetime64[ns]': 26, 'datetime64[D]': 21, 'bool': 41, 'complex64': 2, 'complex128': 3,
}  # fmt: skip
ANY = 17


def compressor(number, level=-1, reinterpret=None):
    options = struct.pack("<Bi", number, level)
    return number, options if reinterpret is None else options + bytes([reinterpret])


# Maps the name of a filter to its constructor in tiledb-py and its record in the array schema.
FILTERS = {
    "gzip": (lambda: tiledb.GzipFilter(5), compressor(1)),
    "zstd": (lambda: tiledb.ZstdFilter(3), compressor(2)),
    "lz4": (lambda: tiledb.LZ4Filter(3), compressor(3)),
    "rle": (lambda: tiledb.RleFilter(), compressor(4)),
    "bzip2": (lambda: tiledb.Bzip2Filter(5), compressor(5)),
    "dd": (lambda: tiledb.DoubleDeltaFilter(), compressor(6, -1, ANY)),
    "delta": (lambda: tiledb.DeltaFilter(), compressor(19, -1, ANY)),
    "dd as i8": (lambda: tiledb.DoubleDeltaFilter(reinterp_dtype=np.int64), compressor(6, -1, 1)),
    "delta as i4": (lambda: tiledb.DeltaFilter(reinterp_dtype=np.int32), compressor(19, -1, 0)),
    "delta as u2": (lambda: tiledb.DeltaFilter(reinterp_dtype=np.uint16), compressor(19, -1, 8)),
    "width": (lambda: tiledb.BitWidthReductionFilter(), (7, struct.pack("<I", 256))),
    "width 30": (lambda: tiledb.BitWidthReductionFilter(30), (7, struct.pack("<I", 30))),
    "bits": (lambda: tiledb.BitShuffleFilter(), (8, b"")),
    "bytes": (lambda: tiledb.ByteShuffleFilter(), (9, b"")),
    "positive": (lambda: tiledb.PositiveDeltaFilter(), (10, struct.pack("<I", 1024))),
    "positive 100": (lambda: tiledb.PositiveDeltaFilter(100), (10, struct.pack("<I", 100))),
    "md5": (lambda: tiledb.ChecksumMD5Filter(), (12, b"")),
    "sha256": (lambda: tiledb.ChecksumSHA256Filter(), (13, b"")),
    "xor": (lambda: tiledb.XORFilter(), (16, b"")),
    **{
        f"scale {w}": (lambda w=w: tiledb.FloatScaleFilter(0.25, 3.0, w), (15, struct.pack("<ddQ", 0.25, 3.0, w)))
        for w in (1, 2, 4, 8)
    },
}


def tile(name, data, filters, chunk=65536):
    """Yields one tile of `data`, or nothing if TileDB refuses the combination."""
    with tempfile.TemporaryDirectory() as folder:
        uri = os.path.join(folder, "a")
        pipeline = tiledb.FilterList([FILTERS[f][0]() for f in filters], chunksize=chunk)
        dim = tiledb.Dim("x", domain=(0, data.size - 1), tile=data.size, dtype="uint64")
        try:
            attr = tiledb.Attr("v", dtype=data.dtype, filters=pipeline)
            schema = tiledb.ArraySchema(tiledb.Domain(dim), [attr])
            tiledb.Array.create(uri, schema)
            with tiledb.open(uri, "w") as a:
                a[:] = data
            with tiledb.open(uri) as a:
                decoded = a[:]["v"] if isinstance(a[:], dict) else a[:]
        except tiledb.TileDBError as error:
            refused.append(f"{name}: {error}")
            return
        (path,) = glob.glob(uri + "/__fragments/*/a0.tdb")
        version = int(path.split("/")[-2].split("_")[-1])
        with open(path, "rb") as f:
            stored = f.read()
        code = DATATYPE[str(data.dtype)]
        params = [version, data.dtype.itemsize, code, len(filters)]
        for f in filters:
            number, options = FILTERS[f][1]
            params += [number, len(options), *options]
        yield f"tiledb {name}", [(ID["tiledbTile"], *params)], 0, stored, np.ascontiguousarray(decoded).tobytes()


refused = []

INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
PIPELINES = (
    ('gzip',), ('zstd',), ('lz4',), ('rle',), ('bzip2',), ('bits',), ('bytes',), ('md5',), ('sha256',), ('xor',),
    ('bits', 'lz4'), ('bytes', 'zstd'), ('bytes', 'bits', 'gzip'), ('md5', 'zstd', 'sha256'), ('bytes', 'gzip', 'md5'),
    ('xor', 'zstd'), ('xor', 'bytes', 'lz4'), ('xor', 'width', 'rle', 'zstd'), ('rle', 'lz4'), ('gzip', 'zstd', 'lz4'),
    ('bits', 'md5', 'lz4', 'sha256', 'zstd'),
)  # fmt: skip
INTEGER_PIPELINES = (
    ('delta',), ('dd',), ('width',), ('width 30',), ('positive',), ('positive 100',), ('delta', 'zstd'), ('dd', 'zstd'),
    ('width', 'zstd'), ('positive', 'width', 'zstd'), ('positive', 'bits', 'lz4'), ('width', 'bytes', 'gzip'),
    ('positive', 'md5', 'zstd'), ('dd', 'bits', 'zstd'), ('positive 100', 'width', 'zstd', 'lz4'), ('delta', 'bytes', 'zstd'),
)  # fmt: skip
REAL_PIPELINES = (
    *((f'scale {w}',) for w in (1, 2, 4, 8)), ('scale 4', 'zstd'), ('scale 2', 'bytes', 'zstd'), ('scale 4', 'width', 'gzip'),
    ('scale 8', 'delta', 'zstd'), ('scale 2', 'bits', 'lz4'), ('xor', 'positive', 'zstd'),
    ('delta as i4', 'zstd'), ('dd as i8', 'zstd'), ('delta as u2', 'zstd'), ('width', 'positive', 'zstd'),
)  # fmt: skip


def cases(rng):
    for n in (1, 2999, 33_000):
        ramp = np.sort(rng.integers(0, 120, n))
        for dtype in INTEGERS:
            values = (signal(rng, n, "i8") % 100).astype(dtype)
            for filters in ((), *PIPELINES):
                if n != 33_000 or dtype in ("int8", "uint16", "int32"):
                    yield from tile(f"{dtype} {n} {filters}", values, filters)
            for filters in INTEGER_PIPELINES:
                data = ramp.astype(dtype) if any("positive" in f for f in filters) else values
                yield from tile(f"{dtype} {n} {filters}", data, filters)
        for dtype in ("float32", "float64"):
            values = (signal(rng, n, "i8") % 100).astype(dtype) / 4 + 3
            for filters in ((), *PIPELINES, *REAL_PIPELINES):
                yield from tile(f"{dtype} {n} {filters}", values, filters)
        for dtype in ("datetime64[ns]", "datetime64[D]"):
            values = np.sort(signal(rng, n, "i8")).view(dtype)
            for filters in (
                ("dd", "zstd"),
                ("delta",),
                ("width", "zstd"),
                ("positive", "gzip"),
                ("bytes", "lz4"),
                ("bits",),
            ):
                yield from tile(f"{dtype} {n} {filters}", values, filters)
        yield from tile(f"bool {n}", rng.random(n) < 0.5, ("rle", "zstd"))
        for filters in (("bytes", "zstd"), ("bits", "lz4"), ("rle",), ("gzip",)):
            yield from tile(f"complex {n} {filters}", (rng.random(n).round(1) + 1j).astype("complex64"), filters)
            yield from tile(f"complex {n} {filters}", (rng.random(n).round(1) + 1j).astype("complex128"), filters)
    wide = rng.integers(-(2**63), 2**63, 4000)
    noise = rng.bytes(4000)
    for chunk in (1000, 20_002):
        for filters in ((), ("bits",), ("bytes", "zstd"), ("width", "zstd"), ("delta", "md5"), ("rle",), ("xor",)):
            yield from tile(f"wide in chunks of {chunk} {filters}", wide, filters, chunk)
            yield from tile(f"noise in chunks of {chunk} {filters}", np.frombuffer(noise, "uint8"), filters, chunk)
    steps = np.cumsum(rng.integers(0, 2**40, 4000))
    yield from tile("steep", steps, ("dd",))
    yield from tile("steep", steps, ("positive", "width"))
    for number, reason in enumerate(refused):
        print(f"not written ({number + 1} of {len(refused)}): {reason}")
