"""Writes the same volume with several codecs and formats below FOLDER.

Usage: write_neuroglancer.py FOLDER
"""

import sys
from pathlib import Path

import h5py
import numpy as np
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, ZstdCodec

folder = Path(sys.argv[1])
folder.mkdir(parents=True)
shape = (21, 30, 40)
volume = np.arange(np.prod(shape)).reshape(shape)
np.save(folder / "plain.npy", volume.astype("i4"))
with h5py.File(folder / "deflate.h5", "w") as f:
    f.create_dataset("v", data=volume.astype("u2"), chunks=(8, 10, 16), compression="gzip", shuffle=True)


def write(name, dtype, **options):
    array = zarr.create_array(folder / name, shape=shape, dtype=dtype, **options)
    array[:] = volume.astype(dtype)


chunks = (8, 10, 16)
# Larger than 64 KiB, so that the server sends the chunks as they are stored.
write("raw.zarr", "f4", chunks=(21, 30, 30), compressors=None)
write("zstd.zarr", "f4", chunks=chunks, compressors=ZstdCodec())
write("gzip.zarr", "u4", chunks=chunks, compressors=GzipCodec())
write("blosc.zarr", "i4", chunks=chunks, compressors=BloscCodec(cname="lz4", shuffle="shuffle"))
write("crc32c.zarr", "u2", chunks=chunks, compressors=[ZstdCodec(), Crc32cCodec()])
write("shards.zarr", "f4", chunks=(4, 5, 8), shards=(8, 10, 16), compressors=ZstdCodec())
