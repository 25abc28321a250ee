"""Writes small files whose elements are long texts and sequences, many times the same.

Usage: write_long_values.py FOLDER COUNT TEXT_BYTES
"""
import os
import shutil
import sys

import h5py
import numpy as np
import zarr

folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
text = "ab\u00e9\u20ac\n\"" * (size // 9)
numbers = np.arange(size // 8, dtype="<f8")

with h5py.File(os.path.join(folder, "long.h5"), "w") as file:
    texts = file.create_dataset("texts", (count,), h5py.string_dtype())
    texts[0] = text
    sequences = file.create_dataset("sequences", (count,), h5py.vlen_dtype("<f8"))
    sequences[0] = numbers
    record = np.dtype([("id", "<i4"), ("name", h5py.string_dtype()), ("hits", h5py.vlen_dtype("<f8"))])
    records = file.create_dataset("records", (count,), record)
    records[0] = (7, text, numbers)
    file.flush()
    # Sizes of elements in the file: a reference has 16 bytes.
    places = [(texts.id.get_offset(), 16), (sequences.id.get_offset(), 16), (records.id.get_offset(), 36)]
with open(os.path.join(folder, "long.h5"), "r+b") as file:
    for offset, length in places:
        file.seek(offset)
        element = file.read(length)
        file.seek(offset)
        file.write(element * count)

store = os.path.join(folder, "long.zarr")
array = zarr.create_array(store, shape=(count,), chunks=(1,), dtype=str, compressors=zarr.codecs.ZstdCodec())
array[0] = text
for index in range(1, count):
    shutil.copyfile(os.path.join(store, "c", "0"), os.path.join(store, "c", str(index)))
