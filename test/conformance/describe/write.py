"""Writes one small file per kind of array that `posix-par info` and `describeArray` describe.

usage: write.py OUT
"""

import os
import sys
import warnings

import h5py
import hdf5plugin
import hdf5storage
import ml_dtypes
import nibabel
import numcodecs
import numpy as np
import safetensors.numpy
import tiledb
import zarr
import zarr.codecs.numcodecs as nc3
from h5py import h5d, h5s, h5t

warnings.filterwarnings("ignore")
os.chdir(sys.argv[1])
tiledb.default_ctx(tiledb.Config({"sm.compute_concurrency_level": "1", "sm.io_concurrency_level": "1"}))
rng = np.random.default_rng(1)

# NumPy
PARTICLE = np.dtype([("x", "<f8"), ("name", "S10"), ("id", "<u4"), ("p", [("w", "<i2"), ("v", "<f4", (3,))])])
np.save("records.npy", np.zeros(5, PARTICLE))
np.save("bytes.npy", np.array([b"abc", b"d"]))
np.save("words.npy", np.array([["abcd", "e"], ["f", ""]]))
np.save("dates.npy", np.array(["2020-01-01", "2021-01-01"], "M8[D]"))
noise = rng.integers(0, 255, 3_000_000, np.uint8)
np.savez_compressed("packed.npz", a=noise, b=np.arange(10.0))
np.savez_compressed("damaged.npz", a=noise, b=np.arange(10.0))
nibabel.Nifti1Image(noise.reshape(300, 100, 100).astype("i2"), np.eye(4)).to_filename("brain.nii.gz")
for name in ("damaged.npz", "brain.nii.gz"):
    source = bytearray(open(name, "rb").read())
    source[len(source) // 2 : len(source) // 2 + 100_000] = bytes(100_000)
    open(name.replace("brain", "damaged-brain"), "wb").write(source)
safetensors.numpy.save_file(
    {"weights": np.ones((2, 3), ml_dtypes.bfloat16), "small": np.ones(4, ml_dtypes.float8_e4m3fn)},
    "model.safetensors",
)

# HDF5
with h5py.File("types.h5", "w") as f:
    f["table"] = np.zeros(3, PARTICLE)
    f["code"] = np.array([b"A1", b"B22"], "S4")
    f["names"] = np.array(["alpha", "beta"], h5py.string_dtype())
    f["temperature"] = np.arange(12, dtype="f4").reshape(3, 4)
    f["temperature"].attrs["units"] = "K"
    f["temperature"].dims[0].label = "time"
    f["temperature"].dims[1].label = "x"
    f["group/alias"] = h5py.SoftLink("/temperature")
    f["dead"] = h5py.SoftLink("/none")
    f.create_dataset("hits", (2,), h5py.vlen_dtype(np.dtype("<i4"))).attrs["units"] = "counts"
    f.create_dataset("state", (2,), h5py.enum_dtype({"on": 1, "off": 0}, "i1"))
    f.create_dataset("objects", data=np.array([f["code"].ref], h5py.ref_dtype), dtype=h5py.ref_dtype)
    f.create_dataset("regions", data=[f["temperature"].regionref[0:2, 1]], dtype=h5py.regionref_dtype)
    f.create_dataset("blob", (2,), np.dtype("V5"))
    f.create_dataset("zfp", (40, 40), "f4", data=np.ones((40, 40), "f4"), chunks=(10, 40), **hdf5plugin.Zfp(rate=8))
    f.create_dataset("blosc2", (40,), "f4", data=np.ones(40, "f4"), chunks=(10,), **hdf5plugin.Blosc2())
    f.create_dataset("long", (2,), np.longdouble)
    layout = h5py.VirtualLayout((2, 4), "f4")
    layout[:] = h5py.VirtualSource("types.h5", "temperature", (3, 4))[:2]
    f.create_virtual_dataset("virtual", layout)
    layout = h5py.VirtualLayout((20, 4), "f4")
    for i in range(20):
        layout[i] = h5py.VirtualSource("part%d.h5" % i, "x", (4,))
    f.create_virtual_dataset("parts", layout)
    type_id = h5t.IEEE_F32LE.copy()
    type_id.set_fields(15, 7, 8, 0, 7)
    type_id.set_size(2)
    type_id.set_ebias(127)
    h5d.create(f.id, b"brain", type_id, h5s.create_simple((3,)))

with h5py.File("attributes.h5", "w") as f:
    f["none"] = h5py.Empty("<f4")
    f.create_dataset("typed", (2,), h5py.enum_dtype({"off": 0, "far": -70000}, ">i4"))
    for owner in (f, f["typed"]):
        owner.attrs.create("big", np.array([1, 2, 3], ">i2"))
        owner.attrs["none"] = h5py.Empty("<i8")
        owner.attrs.create("bytes", np.void(b"\x01\x02\x03"))
        owner.attrs.create("fixed", np.bytes_("abc"))
        owner.attrs["text"] = "any length"
        owner.attrs.create("choice", 1, dtype=h5py.enum_dtype({"on": 1, "off": 0}, "u1"))
        owner.attrs.create("pair", np.array((1, 2.5), np.dtype([("a", "<u4"), ("b", "<f8")])))
        owner.attrs.create("target", f["typed"].ref, dtype=h5py.ref_dtype)
        owner.attrs.create("list", np.zeros((3, 2), "<f4"), dtype=np.dtype(("<f4", (2,))), shape=(3, 2))

# Zarr
group = zarr.create_group("types.zarr")
group.create_array("table", shape=(4,), chunks=(2,), dtype=np.dtype([("a", "<i2"), ("b", "<f4")]))
group.create_array("code", shape=(3,), chunks=(3,), dtype="S4")
group.create_array("wide", shape=(3,), chunks=(3,), dtype="<U2")
group.create_array("names", shape=(3,), chunks=(3,), dtype=str)
sub = group.create_group("sub")
t = sub.create_array(
    "t", shape=(6, 4), chunks=(2, 4), dtype="i2", dimension_names=("time", "x"), compressors=zarr.codecs.ZstdCodec()
)
t.attrs["units"] = "degC"
group.create_array("pcodec", shape=(8,), chunks=(8,), dtype="f4", serializer=nc3.PCodec(), compressors=None)
zarr.create_array("old.zarr", shape=(8,), chunks=(4,), dtype="<f4", zarr_format=2, compressors=numcodecs.Zstd())
with zarr.storage.ZipStore("zipped.zip", mode="w") as store:
    zarr.create_array(store, name="a", shape=(4,), chunks=(2,), dtype="i4")[:] = 7

# TileDB
domain = tiledb.Domain(tiledb.Dim("x", (0, 5), 3, dtype=np.int32))
attributes = [
    tiledb.Attr("word", dtype="U0", var=True),
    tiledb.Attr("v", dtype="f4", filters=tiledb.FilterList([tiledb.ZstdFilter()])),
    tiledb.Attr("when", dtype="M8[D]"),
]
tiledb.Array.create("cells.tdb", tiledb.ArraySchema(domain, attributes, sparse=False))

# MATLAB
cells = np.empty((1, 2), object)
cells[:] = [[1.0, "two"]]
values = {"m": np.ones((2, 3)), "text": "hello", "c": cells, "s": {"z": 1.5}}
hdf5storage.savemat("values.mat", values, appendmat=False, format="7.3")

# A group whose list of members is damaged. Its names are in the last heap before the name `inside`.
with h5py.File("damaged-group.h5", "w") as f:
    f["after/x"] = np.zeros(2)
    f["bad/inside"] = np.zeros(2)
    f["fine"] = np.zeros(3)
source = bytearray(open("damaged-group.h5", "rb").read())
name = source.index(b"inside\0")
signature = source.rindex(b"HEAP", 0, name)
source[signature : signature + 4] = b"XXXX"
open("damaged-group.h5", "wb").write(source)
