"""hidefix: an index of the chunks made once by HDF5's own library, then reads by many threads without it."""

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
