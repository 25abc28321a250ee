"""Chunks encoded by numcodecs and the standard library, as Zarr stores them."""

import bz2
import gzip
import lzma
import zlib

import numcodecs
import numpy as np
import zfpy
from ids import ID, dtype_code


def signal(rng, n, dtype):
    """Returns a random walk, which is as compressible as measured data."""
    dtype = np.dtype(dtype)
    walk = np.cumsum(rng.integers(-2, 3, n))
    return walk.astype(dtype) if dtype.kind != "f" else (walk * 0.25 + rng.random(n).round(2)).astype(dtype)


def raw(encoded):
    return bytes(memoryview(encoded).cast("B")) if not isinstance(encoded, bytes) else encoded


def plain_compressors(rng):
    for n in (0, 1, 7, 1000, 70_000):
        data = signal(rng, n, "f4").tobytes()
        for level in (1, 9):
            yield f"zlib level {level} {n}", [(ID["zlib"],)], 0, zlib.compress(data, level), data
            yield f"gzip level {level} {n}", [(ID["gzip"],)], 0, gzip.compress(data, level), data
            yield f"bz2 level {level} {n}", [(ID["bzip2"],)], 0, bz2.compress(data, level), data
        for level in (-5, 1, 3, 19):
            yield f"zstd level {level} {n}", [(ID["zstd"],)], 0, raw(numcodecs.Zstd(level).encode(data)), data
        if n:
            yield f"lz4 {n}", [(ID["lz4Numcodecs"],)], 0, raw(numcodecs.LZ4(1).encode(data)), data
            yield f"lz4 block {n}", [(ID["lz4Block"],)], 0, raw(numcodecs.LZ4(1).encode(data))[4:], data
        for kind, options in (("xz", {}), ("alone", {"format": lzma.FORMAT_ALONE})):
            yield f"lzma {kind} {n}", [(ID["lzma"],)], 0, lzma.compress(data, **options), data
    noise = rng.bytes(300_000)
    smooth = np.repeat(rng.integers(0, 5, 4000), 100).astype("u2").tobytes()
    for name, data in (("noise", noise), ("smooth", smooth)):
        yield f"zlib stored {name}", [(ID["zlib"],)], 0, zlib.compress(data, 0), data
        yield f"zlib {name}", [(ID["zlib"],)], 0, zlib.compress(data, 6), data
        yield f"zstd {name}", [(ID["zstd"],)], 0, raw(numcodecs.Zstd(3).encode(data)), data
        yield f"bz2 {name}", [(ID["bzip2"],)], 0, bz2.compress(data, 1), data
        yield (
            f"gzip members {name}",
            [(ID["gzip"],)],
            0,
            gzip.compress(data[:1000]) + gzip.compress(b"") + gzip.compress(data[1000:]) + bytes(20),
            data,
        )
        yield f"bz2 streams {name}", [(ID["bzip2"],)], 0, bz2.compress(data[:1000]) + bz2.compress(data[1000:]), data
        yield (
            f"zstd then zlib {name}",
            [(ID["zstd"],), (ID["zlib"],)],
            0,
            zlib.compress(raw(numcodecs.Zstd(3).encode(data))),
            data,
        )


def blosc(rng):
    for cname in ("blosclz", "lz4", "lz4hc", "zlib", "zstd"):
        for shuffle in (0, 1, 2):
            for dtype in ("i1", "i2", "f4", "f8", "c16"):
                for n, level in ((0, 5), (1, 5), (7, 9), (100, 0), (1001, 5), (9000, 1), (9003, 9)):
                    data = signal(rng, n, dtype)
                    encoded = raw(numcodecs.Blosc(cname, level, shuffle).encode(data))
                    yield f"blosc {cname} {shuffle} {dtype} {n} {level}", [(ID["blosc"],)], 0, encoded, data.tobytes()
        data = signal(rng, 100_000, "f4")
        for blocksize in (0, 4096, 40_000):
            for shuffle in (0, 1, 2):
                encoded = raw(numcodecs.Blosc(cname, 5, shuffle, blocksize).encode(data))
                yield f"blosc {cname} {shuffle} blocks of {blocksize}", [(ID["blosc"],)], 0, encoded, data.tobytes()


def checksums(rng):
    for n in (1, 2, 3, 31, 32, 33, 1000, 8191, 8192, 100_001):
        data = rng.bytes(n)
        yield f"fletcher32 {n}", [(ID["fletcher32"],)], 0, raw(numcodecs.Fletcher32().encode(data)), data
        ones = b"\xff" * n
        yield f"fletcher32 ones {n}", [(ID["fletcher32"],)], 0, raw(numcodecs.Fletcher32().encode(ones)), ones
        zeros = bytes(n)
        yield f"fletcher32 zeros {n}", [(ID["fletcher32"],)], 0, raw(numcodecs.Fletcher32().encode(zeros)), zeros
        for place, last in (("start", 0), ("end", 1)):
            for name, codec, params in (
                ("crc32", numcodecs.CRC32, (ID["checksum32"], 0, last)),
                ("adler32", numcodecs.Adler32, (ID["checksum32"], 1, last)),
                ("crc32c", numcodecs.CRC32C, (ID["crc32c"], 1 - last)),
            ):
                yield f"{name} {place} {n}", [params], 0, raw(codec(location=place).encode(data)), data


def filters(rng):
    for n in (1, 2, 5, 1000, 4099):
        for width in (2, 3, 4, 8, 16):
            data = rng.bytes(n * width)
            encoded = raw(numcodecs.Shuffle(width).encode(np.frombuffer(data, f"V{width}")))
            yield f"shuffle {width} {n}", [(ID["shuffle"], width)], 0, encoded, data
        bits = rng.random(n) < 0.5
        yield f"packbits {n}", [(ID["packbits"],)], 0, raw(numcodecs.PackBits().encode(bits)), bits.tobytes()
        for dtype in ("<i2", ">i4", "<i8", "<u1", ">u2", "<f4", ">f8"):
            data = signal(rng, n, dtype) if "u" not in dtype else rng.integers(0, 200, n).astype(dtype)
            for astype in (dtype, "<i4") if "f" not in dtype else (dtype,):
                stored, decoded = dtype_code(np.dtype(astype)), dtype_code(np.dtype(dtype))
                codec = numcodecs.Delta(dtype=dtype, astype=astype)
                encoded = codec.encode(data)
                yield (
                    f"delta {dtype} {astype} {n}",
                    [(ID["delta"], stored[0], decoded[0], stored[1], decoded[1])],
                    0,
                    raw(encoded),
                    codec.decode(encoded).tobytes(),
                )
        for dtype in ("<f4", ">f8", "<f8", "<f2"):
            for astype in ("<i2", ">i4", "|u1", dtype):
                data = (1000 + rng.random(n)).astype(dtype) if dtype != "<f2" else (10 + rng.random(n)).astype(dtype)
                offset = 1000 if dtype != "<f2" else 10
                codec = numcodecs.FixedScaleOffset(offset=offset, scale=100, dtype=dtype, astype=astype)
                encoded = codec.encode(data)
                stored, decoded = dtype_code(np.dtype(astype)), dtype_code(np.dtype(dtype))
                yield (
                    f"fixedscaleoffset {dtype} {astype} {n}",
                    [(ID["fixedScaleOffset"], stored[0], decoded[0], stored[1], decoded[1], 100.0, float(offset))],
                    0,
                    raw(encoded),
                    codec.decode(encoded).tobytes(),
                )
        for stored, decoded in (
            ("<i2", "<f4"),
            (">f4", "<f8"),
            ("<f8", ">f4"),
            ("<i8", "<i2"),
            ("|u1", "<i4"),
            ("<f4", "<f2"),
            ("<f2", "<f8"),
            ("|b1", "<i4"),
            ("<f4", "|b1"),
            ("<c8", "<c16"),
        ):
            codec = numcodecs.AsType(encode_dtype=stored, decode_dtype=decoded)
            encoded = codec.encode((signal(rng, n, "f8") % 100).astype(decoded))
            params = dtype_code(np.dtype(stored)), dtype_code(np.dtype(decoded))
            yield (
                f"astype {stored} {decoded} {n}",
                [(ID["astype"], params[0][0], params[1][0], params[0][1], params[1][1])],
                0,
                raw(encoded),
                codec.decode(encoded).tobytes(),
            )


def chains(rng):
    data = signal(rng, 50_000, "<f4")
    shuffled = raw(numcodecs.Shuffle(4).encode(data))
    delta = numcodecs.Delta("<f4")
    yield "shuffle, zlib", [(ID["shuffle"], 4), (ID["zlib"],)], 0, zlib.compress(shuffled), data.tobytes()
    yield "shuffle, gzip", [(ID["shuffle"], 4), (ID["gzip"],)], 0, gzip.compress(shuffled), data.tobytes()
    yield (
        "shuffle, zstd",
        [(ID["shuffle"], 4), (ID["zstd"],)],
        0,
        raw(numcodecs.Zstd(3).encode(shuffled)),
        data.tobytes(),
    )
    yield (
        "zstd, crc32c",
        [(ID["zstd"],), (ID["crc32c"],)],
        0,
        raw(numcodecs.CRC32C().encode(numcodecs.Zstd(3).encode(data))),
        data.tobytes(),
    )
    yield (
        "crc32c, zstd",
        [(ID["crc32c"],), (ID["zstd"],)],
        0,
        raw(numcodecs.Zstd(3).encode(numcodecs.CRC32C().encode(data))),
        data.tobytes(),
    )
    code = dtype_code(data.dtype)[0]
    yield (
        "delta, zstd",
        [(ID["delta"], code, code, 0, 0), (ID["zstd"],)],
        0,
        raw(numcodecs.Zstd(3).encode(delta.encode(data))),
        delta.decode(delta.encode(data)).tobytes(),
    )
    yield (
        "fletcher32, crc32c, shuffle, zlib",
        [(ID["fletcher32"],), (ID["crc32c"],), (ID["shuffle"], 4), (ID["zlib"],)],
        0,
        zlib.compress(
            raw(
                numcodecs.Shuffle(4).encode(
                    np.frombuffer(raw(numcodecs.CRC32C().encode(numcodecs.Fletcher32().encode(data))), "<u4")
                )
            )
        ),
        data.tobytes(),
    )


def zfp(rng):
    """Streams with a header, as zfpy writes them."""
    modes = ({"rate": 10}, {"precision": 15}, {"tolerance": 0.1}, {})
    for dtype in ("i4", "i8", "f4", "f8"):
        for shape in ((5,), (1001,), (30, 33), (9, 11, 10), (5, 6, 7, 4)):
            data = signal(rng, int(np.prod(shape)), dtype).reshape(shape)
            for options in modes:
                stored = zfpy.compress_numpy(data, write_header=True, **options)
                yield f"zfp {options} {dtype} {shape}", [(ID["zfp"],)], 0, stored, zfpy.decompress_numpy(stored).tobytes()


def cases(rng):
    yield from plain_compressors(rng)
    yield from blosc(rng)
    yield from checksums(rng)
    yield from filters(rng)
    yield from chains(rng)
    yield from zfp(rng)
