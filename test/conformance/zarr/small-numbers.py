"""Writes Zarr v3 arrays of numbers with few bits with TensorStore, and their values according to ml_dtypes.

usage: small-numbers.py OUT SEED

Writes OUT/cases.json, a list of {name, path, array, options, dtype, shape, expected}. `expected` is {offset, length}: the
place of the elements in OUT/expected.bin, in C order. With the options {"numbers": "bits"}, the elements are the stored
bits, otherwise the converted values. Arrays called fill-* have no chunks.
"""

import itertools
import json
import os
import sys

import ml_dtypes
import numpy as np
import tensorstore as ts

OUT, SEED = sys.argv[1], int(sys.argv[2])
nprng = np.random.default_rng(SEED)
os.chdir(OUT)
blob = open("expected.bin", "wb")
cases = []

# Types by name: type of the values, converted type, number of bits.
TYPES = {
    "bfloat16": (ml_dtypes.bfloat16, "float32", 16),
    "float8_e3m4": (ml_dtypes.float8_e3m4, "float32", 8),
    "float8_e4m3": (ml_dtypes.float8_e4m3, "float32", 8),
    "float8_e4m3fn": (ml_dtypes.float8_e4m3fn, "float32", 8),
    "float8_e4m3fnuz": (ml_dtypes.float8_e4m3fnuz, "float32", 8),
    "float8_e4m3b11fnuz": (ml_dtypes.float8_e4m3b11fnuz, "float32", 8),
    "float8_e5m2": (ml_dtypes.float8_e5m2, "float32", 8),
    "float8_e5m2fnuz": (ml_dtypes.float8_e5m2fnuz, "float32", 8),
    "float4_e2m1fn": (ml_dtypes.float4_e2m1fn, "float32", 4),
    "float6_e2m3fn": (ml_dtypes.float6_e2m3fn, "float32", 6),
    "float6_e3m2fn": (ml_dtypes.float6_e3m2fn, "float32", 6),
    "int2": (ml_dtypes.int2, "int8", 2),
    "uint2": (ml_dtypes.uint2, "uint8", 2),
    "int4": (ml_dtypes.int4, "int8", 4),
    "uint4": (ml_dtypes.uint4, "uint8", 4),
}
CODECS = {
    "little": [{"name": "bytes", "configuration": {"endian": "little"}}],
    "big zstd": [
        {"name": "bytes", "configuration": {"endian": "big"}},
        {"name": "zstd", "configuration": {"level": 1, "checksum": False}},
    ],
    "transposed gzip": [
        {"name": "transpose", "configuration": {"order": [1, 0]}},
        {"name": "bytes", "configuration": {"endian": "little"}},
        {"name": "gzip", "configuration": {"level": 1}},
    ],
    "sharded": [
        {
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": [4, 8],
                "codecs": [
                    {"name": "bytes", "configuration": {"endian": "little"}},
                    {"name": "crc32c"},
                ],
                "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
            },
        }
    ],
}


def all_bits(dtype, bits, shape):
    """Returns random elements of the type, with all bit patterns if there is room for them."""
    count = int(np.prod(shape))
    patterns = nprng.integers(0, 2**bits, count)
    patterns[: min(count, 2**bits)] = np.arange(min(count, 2**bits)) * (2**bits // min(count, 2**bits))
    return patterns.astype("u2" if bits > 8 else "u1").view(dtype).reshape(shape)


def write(path, name, metadata, values):
    """Writes with TensorStore if it knows the type. Other types have one byte per element, and are written as uint8."""
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": path}, "metadata": metadata}
    written = values
    if not hasattr(ts, name):
        metadata["data_type"] = "uint8"
        metadata["fill_value"] = 0
        written = values.view("u1")
    array = ts.open(spec, create=True, dtype=None).result()
    array.write(written).result()
    if not hasattr(ts, name):
        with open(f"{path}/zarr.json") as f:
            document = json.load(f)
        document["data_type"] = name
        with open(f"{path}/zarr.json", "w") as f:
            json.dump(document, f)


def add_case(name, path, options, data):
    offset = blob.tell()
    blob.write(data.tobytes())
    cases.append(
        {
            "name": name,
            "path": path,
            "array": None,
            "options": options,
            "dtype": data.dtype.name,
            "shape": list(data.shape),
            "expected": {"offset": offset, "length": data.nbytes},
        }
    )


shape = (24, 17)
for (name, (dtype, converted, bits)), (codec, codecs) in itertools.product(TYPES.items(), CODECS.items()):
    path = f"{name} {codec}".replace(" ", "-")
    values = all_bits(dtype, bits, shape)
    metadata = {
        "data_type": name,
        "shape": list(shape),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [8, 16] if codec == "sharded" else [5, 6]}},
        "codecs": json.loads(json.dumps(codecs)),
        "fill_value": 1,
    }
    write(path, name, metadata, values)
    add_case(path, path, {}, values.astype(converted))
    add_case(f"bits of {path}", path, {"numbers": "bits"}, values.view("u2" if bits > 8 else "u1"))

# Fill values as JSON, and as ml_dtypes converts them.
for name, (dtype, converted, bits) in TYPES.items():
    is_float = converted == "float32"
    for number, fill in enumerate([1, 0, -1.3, 1e9, "NaN", "Infinity", "-Infinity"] if is_float else [1, 0]):
        special = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
        value = np.full(shape, special.get(fill, fill), "f4" if is_float else converted).astype(dtype)
        # ml_dtypes turns numbers that the type does not represent into NaN, or into the nearest value.
        if is_float and not (np.isnan(value[0, 0]) == (fill == "NaN") and np.isinf(value[0, 0]) == (fill in special and fill != "NaN")):
            continue
        path = f"fill-{name}-{number}"
        os.makedirs(path)
        metadata = {
            "zarr_format": 3,
            "node_type": "array",
            "data_type": name,
            "shape": list(shape),
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [5, 6]}},
            "chunk_key_encoding": {"name": "default"},
            "codecs": CODECS["little"],
            "fill_value": fill,
        }
        with open(f"{path}/zarr.json", "w") as f:
            json.dump(metadata, f)
        add_case(f"bits of {path}", path, {"numbers": "bits"}, value.view("u2" if bits > 8 else "u1"))
blob.close()
with open("cases.json", "w") as out:
    json.dump(cases, out)
