"""Writes HDF5 files with external links, as detectors and beamlines write them.

usage: external-links.py OUT
"""

import os
import sys

import h5py
import numpy as np

os.chdir(sys.argv[1])
os.makedirs("data/deep")
os.makedirs("outside")


def write(path, libver="latest"):
    with h5py.File(path, "w", libver=libver) as f:
        f["entry/data"] = np.arange(12, dtype="<i4").reshape(3, 4)
        f["entry/data"].attrs["units"] = "counts"
        f["entry"].attrs["title"] = os.path.basename(path)
        f["entry/soft"] = h5py.SoftLink("/entry/data")


for i in range(1, 4):
    write(f"data/run_data_{i:06}.h5", "earliest" if i == 1 else "latest")
write("outside/secret.h5")
write("data/moved.h5")
with h5py.File("data/deep/next.h5", "w") as f:
    f["up"] = h5py.ExternalLink("../run_data_000002.h5", "entry")
with h5py.File("data/run_master.h5", "w") as f:
    group = f.create_group("entry/data")
    for i in range(1, 4):
        group[f"data_{i:06}"] = h5py.ExternalLink(f"run_data_{i:06}.h5", "/entry/data")
    f["group"] = h5py.ExternalLink("run_data_000003.h5", "/entry")
    f["through"] = h5py.ExternalLink("deep/next.h5", "/up")
    f["absolute"] = h5py.ExternalLink(os.path.abspath("data/run_data_000001.h5"), "/entry/data")
    f["was moved"] = h5py.ExternalLink("/no/such/folder/moved.h5", "/entry/data")
    f["no file"] = h5py.ExternalLink("gone.h5", "/entry/data")
    f["no object"] = h5py.ExternalLink("run_data_000001.h5", "/entry/nothing")
    f["outside"] = h5py.ExternalLink("../outside/secret.h5", "/entry/data")
    f["cycle"] = h5py.ExternalLink("run_master.h5", "/cycle")
    f["back"] = h5py.ExternalLink("run_master.h5", "/")
    f["not hdf5"] = h5py.ExternalLink("text.h5", "/")
with open("data/text.h5", "w") as f:
    f.write("text")
with h5py.File("data/several.nc", "w") as f:
    f["link"] = h5py.ExternalLink("run_data_000001.h5", "/entry/data")
