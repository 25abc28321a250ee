"""Copies the selection from a mapping that stays open: numpy.load(mmap_mode='r')."""

import numpy as np
from cell import serve


def open_contender(config):
    data = None

    def cool():
        nonlocal data
        data = None  # Dropping the last reference unmaps the file.
        data = np.load(config["path"], mmap_mode="r")

    def read(index, target):
        if target is None:
            return np.array(data[index])
        np.copyto(target, data[index])
        return target

    cool()
    read.cool = cool
    return read


serve(open_contender)
