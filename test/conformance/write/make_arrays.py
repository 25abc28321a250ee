"""Creates arrays of random elements with zarr-python and NumPy, into which the test then writes.

The arguments are a directory and a seed. Prints a JSON list of {path, array, dtype, shape, chunks, shards, expected,
attributes, names, format, tensorstore}, where `expected` is a file with the elements in C order and little-endian.
"""

import json
import os
import sys

import numpy as np
import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

DTYPES = ["int8", "uint16", "uint64", "float32", "bool"]


class Maker:
    def __init__(self, directory, seed):
        self.directory = directory
        self.random = np.random.default_rng(seed)
        self.cases = []

    def elements(self, shape, dtype):
        return self.random.integers(0, 2 if dtype == "bool" else 100, shape).astype(dtype)

    def path(self, suffix):
        return os.path.join(self.directory, f"{len(self.cases)}{suffix}")

    def add(self, path, array, data, chunks, shards, version):
        expected = path + ".expected"
        data.astype(data.dtype.newbyteorder("<")).tofile(expected)
        self.cases.append(
            {
                "path": path,
                "array": array,
                "dtype": data.dtype.name,
                "shape": list(data.shape),
                "chunks": chunks,
                "shards": shards,
                "expected": expected,
                "attributes": {},
                "names": None,
                "format": version,
                "tensorstore": False,
            }
        )

    def numpy(self, dtype, order, byte_order):
        data = self.elements((5, 6, 3), dtype)
        path = self.path(".npy")
        np.save(path, np.asarray(data.astype(np.dtype(dtype).newbyteorder(byte_order)), order=order))
        self.add(path, "", data, None, None, 0)

    def version2(self, dtype, order, separator, compressor):
        data = self.elements((9, 10), dtype)
        path = self.path(".zarr")
        group = zarr.open_group(path, mode="w", zarr_format=2)
        keys = {"name": "v2", "separator": separator}
        array = group.create_array(
            "a",
            shape=data.shape,
            dtype=dtype,
            chunks=(4, 3),
            compressors=compressor,
            order=order,
            fill_value=1,
            chunk_key_encoding=keys,
        )
        array[...] = data
        zarr.consolidate_metadata(path)
        self.add(path, "a", data, [4, 3], None, 2)

    def version3(self, dtype, codecs, chunks, shards, fill):
        data = self.elements((9, 10), dtype)
        path = self.path(".zarr")
        array = zarr.create(
            store=path,
            shape=data.shape,
            dtype=dtype,
            chunks=shards or chunks,
            codecs=codecs,
            fill_value=fill,
            zarr_format=3,
        )
        array[...] = data
        self.add(path, "", data, list(chunks), shards and list(shards), 3)

    def shards(self, dtype, location, endian, checksum, transposed):
        index = [BytesCodec(endian=endian)] + ([Crc32cCodec()] if checksum else [])
        inner = [TransposeCodec(order=(1, 0))] if transposed else []
        codec = ShardingCodec(
            chunk_shape=(2, 3), codecs=[*inner, BytesCodec(), ZstdCodec()], index_codecs=index, index_location=location
        )
        self.version3(dtype, [codec], (2, 3), (4, 6), 0)


def main():
    maker = Maker(sys.argv[1], int(sys.argv[2]))
    for dtype in DTYPES:
        for order in "CF":
            for byte_order in "<>":
                maker.numpy(dtype, order, byte_order)
        for order in "CF":
            for separator in "./":
                maker.version2(dtype, order, separator, None)
        maker.version2(dtype, "C", ".", {"id": "zlib", "level": 1})
        maker.version3(dtype, [BytesCodec(endian="big"), GzipCodec()], (4, 3), None, 1)
        maker.version3(dtype, [TransposeCodec(order=(1, 0)), BytesCodec()], (4, 3), None, 0)
        for location in ("start", "end"):
            for endian in ("little", "big"):
                for checksum in (False, True):
                    maker.shards(dtype, location, endian, checksum, endian == "big")
    print(json.dumps(maker.cases))


if __name__ == "__main__":
    main()
