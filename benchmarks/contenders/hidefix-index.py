"""Reads with hidefix. It builds a chunk index with the HDF5 library once; then its threads read without that library."""

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
