"""Reads with h5py from one open file with the default chunk cache: elements, or one `field` of records."""

import h5py
import hdf5plugin  # noqa: F401
import numpy as np

from cell import serve


def open_contender(config):
    data = h5py.File(config["path"], "r")["data"]
    if "field" in config:
        fields = data.fields(config["field"])
        return lambda index, target: fields[index]

    def read(index, target):
        if target is None:
            return data[index]
        data.read_direct(target, np.s_[index])
        return target

    return read


serve(open_contender)
