"""Writes a file with NumPy and fsync. `write.method`: `tofile` (after the header of a .npy file), or `memmap`, which
assigns the boxes to a mapped file and calls `flush` (msync).
"""

import os

import numpy as np

from write_cell import serve_writes


def open_contender(config, boxes):
    shape = tuple(config["shape"])

    def tofile(path):
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        with open(path, "wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            for _, data in boxes:
                data.tofile(file)
            os.fsync(file.fileno())

    def memmap(path):
        out = np.lib.format.open_memmap(path, mode="w+", dtype="<f4", shape=shape)
        for index, data in boxes:
            out[index] = data
        out.flush()

    return tofile if config["write"]["method"] == "tofile" else memmap


serve_writes(".npy", open_contender)
