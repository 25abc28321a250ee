"""Reads with hidefix: HDF5 builds a chunk index once, then several threads read without the HDF5 library."""

import hidefix
import numpy as np
from cell import serve


def open_contender(config):
    data = hidefix.Index(config["path"]).dataset("data", None)

    def read(index, target):
        found = data[index]
        if target is None:
            return found
        np.copyto(target, found)
        return target

    return read


serve(open_contender)
