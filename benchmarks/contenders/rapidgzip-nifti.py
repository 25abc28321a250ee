"""Decodes a compressed NIfTI file with rapidgzip on several threads.

With `keeps_open`, the file stays open and rapidgzip keeps its index. Otherwise each repetition opens the file again.
"""

import numpy as np
import rapidgzip
from cell import serve

HEADER = 352


def open_contender(config):
    file = None

    def begin():
        nonlocal file
        if file is not None and not config.get("keeps_open", False):
            file.close()
            file = None
        if file is None:
            file = rapidgzip.open(config["path"], parallelization=config["threads"])

    def read(index, target):
        if file is None:
            begin()
        if index != tuple(slice(None) for _ in index):
            raise ValueError("Expected a selection of the whole array")
        count = int(np.prod(config["shape"]))
        file.seek(HEADER)
        values = np.frombuffer(file.read(2 * count), np.int16)
        return values.reshape(config["shape"], order="F")

    read.begin = begin
    return read


serve(open_contender)
