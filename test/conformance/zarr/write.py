"""Writes Zarr arrays with zarr-python, TensorStore and zarrs, and their expected values.

usage: write.py OUT SEED RANDOM

Writes OUT/cases.json, a list of {name, group, path, array, dtype, reads}. Each of `reads` is {selection, shape,
expected}; the selection null is the whole array, and `expected` is a file with the bytes of the result in C order and
in the byte order of this machine. The values are computed with NumPy, or read by zarr-python if a codec loses
precision. SEED chooses all selections and the RANDOM arrays.
"""

import json
import os
import random
import sys
import warnings

import numcodecs
import numpy as np
import tensorstore
import zarr
import zarr.codecs.numcodecs as nc3
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

warnings.filterwarnings("ignore")
OUT, SEED, RANDOM = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(SEED)
nprng = np.random.default_rng(SEED)
cases = []
PIPELINES = {"zarr": zarr.config.get("codec_pipeline.path"), "zarrs": "zarrs.ZarrsCodecPipeline"}
TS = tensorstore.Context({"data_copy_concurrency": {"limit": 1}, "file_io_concurrency": {"limit": 1}})


def some_data(shape, dtype):
    """Returns values that are slightly compressible, including the extremes of the type."""
    dtype = np.dtype(dtype)
    n = int(np.prod(shape, dtype=np.int64))
    if dtype.kind == "b":
        flat = nprng.integers(0, 2, n).astype("?")
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        flat = nprng.integers(0, 100, n).astype(dtype)
        flat[nprng.random(n) < 0.05] = info.max
        flat[nprng.random(n) < 0.05] = info.min
    elif dtype.kind in "mM":
        flat = nprng.integers(-(2**62), 2**62, n).astype(dtype)
    elif dtype.kind == "f":
        flat = nprng.standard_normal(n).astype(dtype)
        flat[nprng.random(n) < 0.05] = np.nan
        flat[nprng.random(n) < 0.05] = np.inf
    elif dtype.kind == "c":
        flat = (nprng.standard_normal(n) + 1j * nprng.standard_normal(n)).astype(dtype)
    elif dtype.kind == "S":
        flat = np.array([b"x" * int(k) for k in nprng.integers(0, dtype.itemsize + 1, n)], dtype)
    elif dtype.kind == "U":
        flat = np.array(["\u00fc" * int(k) for k in nprng.integers(0, dtype.itemsize // 4 + 1, n)], dtype)
    elif dtype.kind == "V":
        flat = nprng.integers(0, 256, (n, dtype.itemsize)).astype("u1").view(dtype).reshape(n)
    else:
        raise ValueError(dtype)
    return flat.reshape(shape)


def plain(a):
    """Returns the array as this library reads it: native byte order, dates as int64, strings with another dimension."""
    a = np.asarray(a)
    shape = a.shape
    a = np.ascontiguousarray(a).reshape(shape)
    if a.dtype.kind in "SVU":
        width, unit = (a.dtype.itemsize // 4, "u4") if a.dtype.kind == "U" else (a.dtype.itemsize, "u1")
        unit = np.dtype(unit).newbyteorder(a.dtype.byteorder if a.dtype.kind == "U" else "=")
        a = np.frombuffer(a.tobytes(), unit).reshape(*shape, width)
    elif a.dtype.kind in "mM":
        a = np.frombuffer(a.tobytes(), np.dtype("i8").newbyteorder(a.dtype.byteorder)).reshape(shape)
    return a.astype(a.dtype.newbyteorder("="))


def random_axis(n):
    """Returns a random entry of a selection, and the equivalent NumPy index."""
    kind = rng.random()
    if n == 0 or kind < 0.2:
        return None, slice(None)
    if kind < 0.35:
        i = rng.randrange(-n, n)
        return i, i
    if kind < 0.55:
        indices = [rng.randrange(-n, n) for _ in range(rng.randint(1, min(n, 6) + 2))]
        return indices, indices
    bounds = [rng.choice([None, rng.randrange(-n - 1, n + 2)]) for _ in range(2)]
    step = rng.choice([None, 1, 1, 2, 3, -1, -2, n])
    return dict(start=bounds[0], stop=bounds[1], step=step), slice(*bounds, step)


def select(a, axes):
    """Applies an orthogonal selection. Starts with the last dimension, because an integer drops its dimension."""
    for d in reversed(range(len(axes))):
        a = a[(slice(None),) * d + (axes[d],)]
    return a


def add(group, name, a, path=None, array=None):
    a = plain(a)
    name = f"{group}-{name}"
    reads = []
    for k in range(4):
        entries = [random_axis(n) for n in a.shape] if k > 0 else None
        part = a if entries is None else np.asarray(select(a, [axis for _, axis in entries]))
        expected = f"{name}.{k}.bin"
        with open(os.path.join(OUT, expected), "wb") as f:
            f.write(part.tobytes())
        selection = None if entries is None else [entry for entry, _ in entries]
        reads.append(dict(selection=selection, shape=list(part.shape), expected=expected))
    path = name if path is None else path
    cases.append(dict(name=name, group=group, path=path, array=array, dtype=a.dtype.name, reads=reads))


def fill_for(dtype):
    dtype = np.dtype(dtype)
    if dtype.kind in "SUV":
        return dtype.type(b"\0" * dtype.itemsize) if dtype.kind == "V" else dtype.type()
    if dtype.kind == "b":
        return True
    if dtype.kind in "iu":
        return dtype.type(np.iinfo(dtype).max)
    if dtype.kind == "f":
        return dtype.type(rng.choice([np.nan, 1.5, -np.inf]))
    if dtype.kind == "c":
        return dtype.type(complex(np.nan, -2))
    return np.array(["NaT"], dtype)[0]


def box_of(shape):
    """Returns a random box, which is usually smaller than the array in every long dimension."""
    bounds = [(rng.randrange(0, max(1, n // 3 + 1)), n - rng.randrange(0, max(1, n // 3))) for n in shape]
    return tuple(slice(lo, max(lo + 1, hi)) for lo, hi in bounds)


def is_same(a, b):
    return plain(a).tobytes() == plain(b).tobytes()


def zarr_python(group, name, shape, dtype, chunks, lossy=False, partial=True, **options):
    """Writes one box of an array with zarr-python (its own codec pipeline or zarrs). The rest has the fill value."""
    dtype = np.dtype(dtype)
    fill = fill_for(dtype)
    kept = np.full(shape, fill, dtype)
    z = zarr.create_array(
        os.path.join(OUT, f"{group}-{name}"), shape=shape, dtype=dtype, chunks=chunks, fill_value=fill, **options
    )
    box = box_of(shape) if partial else tuple(slice(0, n) for n in shape)
    data = some_data(kept[box].shape, dtype)
    if lossy:
        data = np.nan_to_num(data, nan=1, posinf=2, neginf=3)
    kept[box] = data
    z[box] = data
    # Reads with zarr-python, even what zarrs wrote, because zarrs 0.2.3 reads big-endian complex numbers wrong.
    with zarr.config.set({"codec_pipeline.path": PIPELINES["zarr"]}):
        got = zarr.open_array(os.path.join(OUT, f"{group}-{name}"), mode="r")[...]
    if not lossy and not is_same(got, kept):
        raise AssertionError(f"{group}-{name}: zarr-python reads its own array differently")
    add(group, name, got if lossy else kept)


def all_dtypes():
    for text in ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]:
        for order in "<>":
            if np.dtype(text).itemsize > 1 or order == "<":
                yield np.dtype(order + text) if text != "?" else np.dtype("?")
    yield from (np.dtype(t) for t in ["<M8[ns]", ">M8[10us]", "<m8[s]", "|S5", "<U3", ">U3", "|V4"])


SHAPES = [
    ((11,), (4,)),
    ((7, 10), (3, 4)),
    ((5, 6, 7), (2, 3, 7)),
    ((3, 4, 5, 6), (2, 3, 2, 4)),
    ((3, 2, 4, 3, 5), (2, 2, 3, 2, 9)),
]
COMPRESSORS_V2 = [
    None,
    numcodecs.Zstd(level=3),
    numcodecs.Zstd(level=1, checksum=True),
    numcodecs.Zlib(level=6),
    numcodecs.GZip(level=1),
    numcodecs.BZ2(level=2),
    numcodecs.LZ4(),
    numcodecs.LZMA(preset=1),
    numcodecs.LZMA(format=2, preset=1),
] + [
    numcodecs.Blosc(cname, 5, shuffle)
    for cname in ["lz4", "lz4hc", "blosclz", "zlib", "zstd"]
    for shuffle in [0, 1, 2, -1]
]


def v2_products():
    n = 0
    for dtype in all_dtypes():
        for order in "CF":
            shape, chunks = SHAPES[n % len(SHAPES)]
            zarr_python(
                "v2",
                f"{n}-{dtype.str[1:].translate(str.maketrans('[]', '__'))}-{order}",
                shape,
                dtype,
                chunks,
                zarr_format=2,
                order=order,
                filters=None,
                compressors=COMPRESSORS_V2[n % len(COMPRESSORS_V2)],
                chunk_key_encoding={"name": "v2", "separator": "./"[n // 2 % 2]},
            )
            n += 1
    for i, compressor in enumerate(COMPRESSORS_V2):
        shape, chunks = SHAPES[i % len(SHAPES)]
        zarr_python("v2", f"c{i}", shape, "<f4", chunks, zarr_format=2, filters=None, compressors=compressor)
        shape, chunks = ((300, 500), (170, 300))
        zarr_python("v2", f"C{i}", shape, "<i4", chunks, zarr_format=2, filters=None, compressors=compressor)


def v2_filters():
    numbers = ["<i2", "<f4", ">i4", "|u1"]
    n = 0
    for dtype in numbers:
        size = np.dtype(dtype).itemsize
        sums = [
            numcodecs.CRC32(),
            numcodecs.CRC32(location="end"),
            numcodecs.Adler32(),
            numcodecs.CRC32C(),
            numcodecs.Fletcher32(),
        ]
        for filters in [[numcodecs.Shuffle(size)], *[[s] for s in sums], [numcodecs.Shuffle(size), numcodecs.CRC32C()]]:
            shape, chunks = SHAPES[n % len(SHAPES)]
            compressor = [None, numcodecs.Zlib(1)][n % 2]
            zarr_python(
                "v2f",
                f"{n}",
                shape,
                dtype,
                chunks,
                zarr_format=2,
                filters=filters,
                compressors=compressor,
                order="CF"[n % 2],
            )
            n += 1
    for dtype in ["<i2", "<i4", ">i4", "<i8", "<u2", "|i1", "<f8"]:
        for astype in [dtype, {"<i2": "<i4", ">i4": ">i8"}.get(dtype, dtype)]:
            shape, chunks = SHAPES[n % len(SHAPES)]
            zarr_python(
                "v2f",
                f"delta{n}",
                shape,
                dtype,
                chunks,
                lossy=np.dtype(dtype).kind == "f",
                zarr_format=2,
                order="CF"[n % 2],
                filters=[numcodecs.Delta(dtype, astype)],
                compressors=numcodecs.Zstd(1),
            )
            n += 1
    for filters in [
        [numcodecs.FixedScaleOffset(offset=-100, scale=10, dtype="<f8", astype="<i2")],
        [numcodecs.FixedScaleOffset(offset=1.5, scale=2, dtype="<f8", astype="|u1")],
        [numcodecs.FixedScaleOffset(offset=0, scale=100, dtype="<f8", astype="<i4"), numcodecs.Delta("<i4")],
        [numcodecs.Quantize(2, "<f8")],
        [numcodecs.Quantize(2, "<f8", "<f4")],
        [numcodecs.BitRound(10)],
        [numcodecs.AsType("<f4", "<f8")],
        [numcodecs.AsType(">i4", "<f8")],
    ]:
        shape, chunks = SHAPES[n % len(SHAPES)]
        zarr_python(
            "v2f",
            f"round{n}",
            shape,
            "<f8",
            chunks,
            lossy=True,
            zarr_format=2,
            filters=filters,
            compressors=numcodecs.Zlib(1),
        )
        n += 1
    for order in "CF":
        zarr_python(
            "v2f",
            f"bits{order}",
            (5, 7),
            "?",
            (3, 5),
            zarr_format=2,
            filters=[numcodecs.PackBits()],
            compressors=None,
            order=order,
        )


def v3_products():
    n = 0
    endians = ["little", "big"]
    bytes_codecs = [
        None,
        ZstdCodec(level=1),
        ZstdCodec(level=1, checksum=True),
        GzipCodec(level=1),
        Crc32cCodec(),
        BloscCodec(cname="lz4", shuffle="shuffle"),
        BloscCodec(cname="zstd", shuffle="bitshuffle"),
        BloscCodec(cname="blosclz", shuffle="noshuffle"),
        nc3.LZ4(),
        nc3.Zlib(),
        nc3.BZ2(),
        nc3.LZMA(),
        nc3.CRC32(),
        nc3.CRC32C(location="start"),
        nc3.Adler32(),
        nc3.Fletcher32(),
        nc3.Zstd(),
        nc3.Blosc(cname="lz4"),
    ]
    for dtype in all_dtypes():
        if dtype.byteorder == ">":
            continue
        for endian in endians:
            shape, chunks = SHAPES[n % len(SHAPES)]
            order = list(range(len(shape)))
            rng.shuffle(order)
            serializer = (
                BytesCodec(endian=endian) if dtype.kind not in "SV" and dtype.itemsize > 1 else BytesCodec(endian=None)
            )
            codec = bytes_codecs[n % len(bytes_codecs)]
            zarr_python(
                "v3",
                f"{n}",
                shape,
                dtype,
                chunks,
                zarr_format=3,
                serializer=serializer,
                filters=[TransposeCodec(order=order)] if n % 3 else None,
                compressors=None if codec is None else [codec],
                chunk_key_encoding={"name": ["default", "v2"][n // 2 % 2], "separator": "./"[n // 4 % 2]},
            )
            n += 1
    for i, codec in enumerate(bytes_codecs):
        shape, chunks = SHAPES[i % len(SHAPES)]
        zarr_python("v3", f"c{i}", shape, "f4", chunks, zarr_format=3, compressors=None if codec is None else [codec])
    for i, codecs in enumerate(
        [[nc3.Shuffle(elementsize=4), ZstdCodec()], [nc3.Shuffle(elementsize=4), nc3.Zlib(), Crc32cCodec()]]
    ):
        zarr_python("v3", f"s{i}", (20, 9), "f4", (8, 4), zarr_format=3, compressors=codecs)
    for i, filters in enumerate([[nc3.Delta(dtype="<i4", astype="<i4")], [nc3.Delta(dtype="<i4", astype="<i8")]]):
        zarr_python("v3", f"d{i}", (20, 9), "i4", (8, 4), zarr_format=3, filters=filters, compressors=[GzipCodec()])
    zarr_python("v3", "bits", (20, 9), "?", (8, 4), zarr_format=3, filters=[nc3.PackBits()], compressors=None)
    for i, filters in enumerate(
        [
            [nc3.FixedScaleOffset(offset=1, scale=10, dtype="<f8", astype="<i4")],
            [nc3.AsType(encode_dtype="<f4", decode_dtype="<f8")],
            [nc3.BitRound(keepbits=8)],
        ]
    ):
        zarr_python(
            "v3", f"r{i}", (20, 9), "f8", (8, 4), lossy=True, zarr_format=3, filters=filters, compressors=[GzipCodec()]
        )
    # Tests codecs that do not change the shape of a chunk, before and after a transpose.
    for i, codec in enumerate(
        [
            nc3.AsType(encode_dtype="<f4", decode_dtype="<f8"),
            nc3.Quantize(digits=3, dtype="<f8"),
            nc3.BitRound(keepbits=8),
        ]
    ):
        for k, (shape, chunks, order) in enumerate([((20, 9), (8, 4), (1, 0)), ((7, 6, 5), (3, 4, 5), (2, 0, 1))]):
            for where, filters in (
                ("after", [TransposeCodec(order=order), codec]),
                ("before", [codec, TransposeCodec(order=order)]),
            ):
                zarr_python(
                    "v3",
                    f"t{i}{k}{where}",
                    shape,
                    "f8",
                    chunks,
                    lossy=True,
                    zarr_format=3,
                    filters=filters,
                    compressors=[GzipCodec()],
                )


def shards_by_zarr_python(group):
    n = 0
    for shape, inner, counts in [
        ((11,), (2,), (3,)),
        ((13, 10), (2, 3), (3, 1)),
        ((9, 8, 7), (2, 4, 2), (3, 1, 2)),
        ((4, 5, 3, 6), (1, 2, 3, 2), (2, 1, 2, 3)),
        ((20, 20), (5, 7), (1, 1)),
        ((6, 5), (4, 8), (2, 2)),
    ]:
        shard = tuple(c * k for c, k in zip(inner, counts))
        for location in ["start", "end"]:
            for index_codecs in [
                [BytesCodec(), Crc32cCodec()],
                [BytesCodec()],
                [BytesCodec(endian="big"), Crc32cCodec()],
            ]:
                order = list(range(len(shape)))
                rng.shuffle(order)
                codecs = [
                    [BytesCodec()],
                    [BytesCodec(endian="big"), ZstdCodec()],
                    [TransposeCodec(order=order), BytesCodec(), GzipCodec()],
                ][n % 3]
                serializer = ShardingCodec(
                    chunk_shape=inner, codecs=codecs, index_codecs=index_codecs, index_location=location
                )
                zarr_python(
                    group,
                    f"{n}",
                    shape,
                    ["i4", "f8", "u2"][n % 3],
                    shard,
                    zarr_format=3,
                    serializer=serializer,
                    compressors=None,
                )
                n += 1


def ts_array(group, name, shape, data_type, dtype, chunks, codecs, keys=None, fill=None):
    """Writes a v3 array with TensorStore."""
    path = os.path.join(OUT, f"{group}-{name}")
    metadata = {
        "shape": list(shape),
        "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunks)}},
        "codecs": codecs,
    }
    if keys is not None:
        metadata["chunk_key_encoding"] = keys
    kept = np.zeros(shape, dtype)
    if fill is not None:
        metadata["fill_value"], value = fill
        kept[...] = value
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": path}, "metadata": metadata}
    t = tensorstore.open(spec, create=True, context=TS).result()
    box = box_of(shape)
    kept[box] = some_data(kept[box].shape, dtype)
    t[box].write(kept[box]).result()
    if not is_same(t.read().result(), kept):
        raise AssertionError(f"{group}-{name}: TensorStore reads its own array differently")
    add(group, name, kept)


def named(name, **configuration):
    return {"name": name, "configuration": configuration}


LITTLE, BIG, CRC = named("bytes", endian="little"), named("bytes", endian="big"), {"name": "crc32c"}


def sharding(chunk_shape, codecs=(LITTLE,), index_codecs=(LITTLE, CRC), location="end"):
    return named(
        "sharding_indexed",
        chunk_shape=list(chunk_shape),
        codecs=list(codecs),
        index_codecs=list(index_codecs),
        index_location=location,
    )


def tensorstore_cases():
    n = 0
    for location in ["start", "end"]:
        for index_codecs in [
            (LITTLE, CRC),
            (BIG,),
            (BIG, CRC),
            (named("transpose", order=[3, 1, 0, 2]), LITTLE, CRC),
            (named("transpose", order=[2, 0, 3, 1]), BIG),
        ]:
            for outer in [None, [2, 0, 1], [1, 2, 0]]:
                shape, inner, counts = (9, 8, 7), (2, 4, 2), (3, 1, 2)
                shard = [c * k for c, k in zip(inner, counts)]
                # The inner chunk shape is given in the order of the transposed dimensions.
                chunk_shape = inner if outer is None else [inner[d] for d in outer]
                codecs = [
                    [LITTLE],
                    [BIG, named("zstd", level=1)],
                    [named("transpose", order=[1, 2, 0]), LITTLE, named("gzip", level=1)],
                ][n % 3]
                codecs = [sharding(chunk_shape, codecs, index_codecs, location)]
                if outer is not None:
                    codecs.insert(0, named("transpose", order=outer))
                ts_array("ts", f"{n}", shape, "int32", "i4", shard, codecs, fill=(-7, -7))
                n += 1
    for location in ["start", "end"]:
        for deep in ["start", "end"]:
            for outer in [None, [1, 0]]:
                inner = [sharding([2, 3], [LITTLE, named("zstd", level=1)], [BIG], deep)]
                shapes = ([4, 6], [12, 24]) if outer is None else ([4, 6], [24, 12])
                codecs = [sharding(shapes[0], inner, [LITTLE, CRC], location)]
                if outer is not None:
                    codecs.insert(0, named("transpose", order=outer))
                ts_array("ts", f"nested{n}", (30, 50), "uint16", "u2", shapes[1], codecs, fill=(65535, 65535))
                n += 1
    three = [sharding([4, 4], [sharding([2, 4], [named("transpose", order=[1, 0]), sharding([2, 1], [BIG])])])]
    ts_array("ts", "nested-three", (10, 11), "float32", "f4", [8, 8], three, fill=("0xff800000", -np.inf))
    for data_type, dtype, fill in [
        ("bool", "?", (True, True)),
        ("int8", "i1", (-5, -5)),
        ("float16", "f2", ("0x3e00", 1.5)),
        ("float64", "f8", ("0x3ff8000000000000", 1.5)),
        ("complex64", "c8", ([1, "-Infinity"], complex(1, -np.inf))),
        ("complex128", "c16", (["NaN", 2], complex(np.nan, 2))),
        ("int64", "i8", (-(2**63), -(2**63))),
        ("uint64", "u8", (2**64 - 1, 2**64 - 1)),
    ]:
        for bytes_codec in [LITTLE, BIG]:
            codecs = [bytes_codec, named("blosc", cname="lz4", clevel=5, shuffle="shuffle")]
            ts_array(
                "ts",
                f"{data_type}-{bytes_codec['configuration']['endian']}",
                (7, 9),
                data_type,
                dtype,
                [3, 4],
                codecs,
                fill=fill,
            )
    ts_array("ts", "zero-rank", (), "float64", "f8", [], [LITTLE])
    ts_array("ts", "zero-rank-shard", (), "float64", "f8", [], [sharding([])])
    ts_array("ts", "keys-v2", (7, 9), "int16", "i2", [3, 4], [LITTLE], keys={"name": "v2"})
    ts_array("ts", "keys-dot", (7, 9), "int16", "i2", [3, 4], [LITTLE], keys=named("default", separator="."))
    for i, compressor in enumerate(
        [
            None,
            {"id": "zlib", "level": 1},
            {"id": "blosc", "cname": "lz4", "shuffle": -1},
            {"id": "zstd", "level": 1},
            {"id": "bz2", "level": 1},
        ]
    ):
        for order in "CF":
            path = os.path.join(OUT, f"ts2-{i}{order}")
            metadata = {
                "shape": [9, 8, 7],
                "chunks": [4, 3, 8],
                "dtype": [">i4", "<f8"][i % 2],
                "order": order,
                "compressor": compressor,
                "fill_value": 3,
            }
            metadata["dimension_separator"] = "./"[i % 2]
            spec = {"driver": "zarr", "kvstore": {"driver": "file", "path": path}, "metadata": metadata}
            t = tensorstore.open(spec, create=True, context=TS).result()
            kept = np.full((9, 8, 7), 3, metadata["dtype"])
            box = box_of(kept.shape)
            kept[box] = nprng.integers(-1000, 1000, kept[box].shape)
            t[box].write(kept[box].astype(kept.dtype.newbyteorder("="))).result()
            add("ts2", f"{i}{order}", kept)


def groups_and_odds():
    for version in [2, 3]:
        root = zarr.create_group(os.path.join(OUT, f"group-{version}"), zarr_format=version)
        data = some_data((5, 6), "i4")
        root.create_group("g").create_group("h").create_array("x y", data=data, chunks=(2, 3))
        root.create_array("top", data=data * 2, chunks=(5, 6))
        zarr.consolidate_metadata(os.path.join(OUT, f"group-{version}"))
        # The next array makes the consolidated metadata outdated.
        root["g/h"].create_array("late", data=data * 3, chunks=(5, 6))
        for name, a in [("g/h/x y", data), ("top", data * 2), ("g/h/late", data * 3)]:
            add("group", f"{version}-{name.replace('/', '_')}", a, path=f"group-{version}", array=name)
    for version in [2, 3]:
        for dtype in ["f4", "?", "c16", "<M8[ns]"]:
            zarr_python(
                f"odd{version}", f"scalar-{np.dtype(dtype).kind}", (), dtype, (), zarr_format=version, partial=False
            )
        zarr_python(f"odd{version}", "empty", (0, 3), "f4", (1, 3), zarr_format=version, partial=False)
        zarr_python(f"odd{version}", "large-chunk", (3, 2), "i4", (7, 50), zarr_format=version)
        zarr_python(f"odd{version}", "ones", (1, 1, 1, 1, 1), "i4", (1, 1, 1, 1, 1), zarr_format=version, partial=False)
        path = os.path.join(OUT, f"odd{version}-nothing")
        zarr.create_array(path, shape=(6, 7), chunks=(2, 3), dtype="f8", fill_value=np.nan, zarr_format=version)
        add(f"odd{version}", "nothing", np.full((6, 7), np.nan))
    zarr.create_array(
        os.path.join(OUT, "odd3-nothing-sharded"),
        shape=(6, 7),
        chunks=(2, 3),
        shards=(4, 6),
        dtype="i8",
        fill_value=-(2**63),
    )
    add("odd3", "nothing-sharded", np.full((6, 7), -(2**63), "i8"))


def random_case(i):
    rank = rng.randint(1, 5)
    longest = [60, 20, 9, 6, 5][rank - 1]
    shape = tuple(rng.randint(1, longest) for _ in range(rank))
    writer = rng.choice(["v2", "v3", "shard", "ts", "zarrs"])
    inner = tuple(
        rng.randint(1, max(1, n + 2)) if rng.random() < 0.3 else rng.randint(1, max(1, n // 2)) for n in shape
    )
    counts = tuple(rng.randint(1, 3) for _ in shape)
    shard = tuple(c * k for c, k in zip(inner, counts))
    order = list(range(rank))
    rng.shuffle(order)
    text = rng.choice(["?", "i1", "u2", "i4", "u8", "f2", "f4", "f8", "c8", "c16"])
    endian = rng.choice(["little", "big"])
    name = f"{SEED}-{i}"
    if writer == "v2":
        dtype = np.dtype(text).newbyteorder("<>"[endian == "big"])
        zarr_python(
            "random-v2",
            name,
            shape,
            dtype,
            inner,
            zarr_format=2,
            order=rng.choice("CF"),
            filters=None,
            compressors=rng.choice(COMPRESSORS_V2),
            chunk_key_encoding={"name": "v2", "separator": rng.choice("./")},
        )
    elif writer == "v3":
        zarr_python(
            "random-v3",
            name,
            shape,
            text,
            inner,
            zarr_format=3,
            serializer=BytesCodec(endian=endian),
            filters=[TransposeCodec(order=order)],
            compressors=[rng.choice([ZstdCodec(), GzipCodec(), BloscCodec(), Crc32cCodec()])],
        )
    elif writer == "ts":
        data_type = np.dtype(text).name
        codecs = [named("bytes", endian=endian)] + rng.choice(
            [[], [named("zstd", level=1)], [CRC], [named("gzip", level=1), CRC]]
        )
        chunk_shape = inner
        if rng.random() < 0.5:
            codecs.insert(0, named("transpose", order=order))
        codecs = [
            sharding(chunk_shape, codecs, rng.choice([(LITTLE, CRC), (BIG,), (BIG, CRC)]), rng.choice(["start", "end"]))
        ]
        if rng.random() < 0.5:
            outer = list(range(rank))
            rng.shuffle(outer)
            codecs[0]["configuration"]["chunk_shape"] = [inner[d] for d in outer]
            codecs.insert(0, named("transpose", order=outer))
        ts_array("random-ts", name, shape, data_type, text, shard, codecs)
    else:
        serializer = ShardingCodec(
            chunk_shape=inner,
            codecs=[
                TransposeCodec(order=order),
                BytesCodec(endian=endian),
                rng.choice([ZstdCodec(), GzipCodec(), BloscCodec()]),
            ],
            index_codecs=rng.choice([[BytesCodec(), Crc32cCodec()], [BytesCodec(endian="big")]]),
            index_location=rng.choice(["start", "end"]),
        )
        pipeline = "zarrs" if writer == "zarrs" else "zarr"
        with zarr.config.set({"codec_pipeline.path": PIPELINES[pipeline]}):
            zarr_python(
                f"random-{writer}", name, shape, text, shard, zarr_format=3, serializer=serializer, compressors=None
            )


v2_products()
v2_filters()
v3_products()
shards_by_zarr_python("shard")
with zarr.config.set({"codec_pipeline.path": PIPELINES["zarrs"]}):
    shards_by_zarr_python("zarrs")
tensorstore_cases()
groups_and_odds()
for i in range(RANDOM):
    random_case(i)
with open(os.path.join(OUT, "cases.json"), "w") as f:
    json.dump(cases, f)
