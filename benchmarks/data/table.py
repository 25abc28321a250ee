"""Writes a table of the chunks of a data set: one line "path offset length z y x" per chunk, separated by tabs.

usage: table.py DATA TABLE

Chunks are located with the formats' own libraries or by file name, independently of this project.
"""

import os
import sys


def by_names(folder):
    """Yields the chunks of raw tiles (files z_y_x.bin) and of Zarr v3 arrays (keys c/z/y/x)."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            key = os.path.relpath(path, folder)
            if key.startswith("c/"):
                at = key[2:].split("/")
            elif key.endswith(".bin"):
                at = key[:-4].split("_")
            else:
                continue
            yield path, 0, os.path.getsize(path), at


def by_h5py(path):
    import h5py

    with h5py.File(path) as file:
        data = file["data"]
        found = []
        data.id.get_chunk_info  # noqa: B018 -- says early that this h5py is too old
        data.id.chunk_iter(found.append)
        for chunk in found:
            at = [o // c for o, c in zip(chunk.chunk_offset, data.chunks)]
            yield path, chunk.byte_offset, chunk.size, at


chunks = by_h5py(sys.argv[1]) if sys.argv[1].endswith(".h5") else by_names(sys.argv[1])
rows = sorted(chunks, key=lambda r: [int(a) for a in r[3]])
with open(sys.argv[2], "w") as file:
    for path, offset, length, at in rows:
        print(path, offset, length, *at, sep="\t", file=file)
