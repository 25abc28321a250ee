"""Writes the files that the code blocks of the documentation read, into a folder."""

import os
import sys

import h5py
import netCDF4
import nibabel
import numpy as np
import safetensors.numpy
import tensorstore
import zarr

os.chdir(sys.argv[1])
volume = np.arange(32 * 48 * 64, dtype="<f4").reshape(32, 48, 64)
np.save("volume.npy", volume)
np.savez_compressed("results.npz", temperature=volume)
safetensors.numpy.save_file({"encoder.layers.0.weight": volume[0]}, "model.safetensors")

temperature = np.arange(24 * 40 * 50, dtype="<f4").reshape(24, 40, 50)


def dataset(f, name):
    d = f.create_dataset(name, data=temperature, chunks=(4, 20, 25), compression="gzip", shuffle=True)
    d.attrs["units"] = "K"


with h5py.File("run.h5", "w") as f:
    dataset(f, "ocean/temperature")
    f.create_dataset("ocean/depth", data=np.arange(10.0))
with h5py.File("single.h5", "w") as f:
    f.create_dataset("only", data=temperature)
layout = h5py.VirtualLayout((2 * 24, 40, 50), "<f4")
for i in range(2):
    layout[24 * i : 24 * (i + 1)] = h5py.VirtualSource("single.h5", "only", (24, 40, 50))
with h5py.File("master.h5", "w") as f:
    f.create_virtual_dataset("entry/data/data", layout)

with netCDF4.Dataset("ocean.nc", "w", format="NETCDF3_64BIT_OFFSET") as f:
    for name, size in (("time", 24), ("lat", 40), ("lon", 50)):
        f.createDimension(name, size)
    time = f.createVariable("time", "f8", ("time",))
    time.units = "days since 2000-01-01"
    time[:] = np.arange(24.0) * 10
    f.createVariable("lat", "f8", ("lat",))[:] = np.arange(-40.0, 40.0, 2.0)
    f.createVariable("temperature", "f4", ("time", "lat", "lon"))[:] = temperature

with netCDF4.Dataset("t2m.nc", "w") as f:
    for name, size in (("time", 2), ("lat", 90), ("lon", 180)):
        f.createDimension(name, size)
    packed = f.createVariable("t2m", "i2", ("time", "lat", "lon"), fill_value=-32768)
    packed.scale_factor, packed.add_offset, packed.units = 0.01, 270.0, "K"
    latitudes = 300 - 65 * np.abs(np.linspace(-1, 1, 90))[None, :, None]
    kelvin = np.ma.array(np.broadcast_to(latitudes, (2, 90, 180)), mask=False)
    kelvin[:, 40:50, 30:90] = np.ma.masked
    packed[:] = kelvin

nibabel.save(nibabel.Nifti1Image(np.zeros((24, 20, 10, 3), "<i2"), np.eye(4)), "brain.nii")
nibabel.save(nibabel.Nifti1Image(np.zeros((64, 64, 100), "<i2"), np.eye(4)), "brain.nii.gz")
nibabel.save(nibabel.Nifti1Pair(np.zeros((24, 20, 10), "<i2"), np.eye(4)), "brain.img")

record = np.dtype([("x", "<f4"), ("id", "<i8"), ("p", [("w", "<f8"), ("v", "<f4", (3,))])])
particles = np.zeros((100, 4), record)
particles["x"] = np.arange(400).reshape(100, 4)
np.save("particles.npy", particles)

with h5py.File("stations.h5", "w") as f:
    f.create_dataset("name", data=["Zürich", "Bern", "Genève"], dtype=h5py.string_dtype())

with h5py.File("events.h5", "w") as f:
    hits = f.create_dataset("hits", (3,), h5py.vlen_dtype(np.dtype("<i4")))
    hits[0], hits[1] = np.array([7, 8], "<i4"), np.array([1, 2, 3], "<i4")

with h5py.File("model.h5", "w") as f:
    bfloat16 = h5py.h5t.IEEE_F32LE.copy()
    bfloat16.set_fields(15, 7, 8, 0, 7)
    bfloat16.set_precision(16)
    bfloat16.set_size(2)
    f.create_dataset("weights", data=np.ones((100, 8), "<f4"), dtype=h5py.Datatype(bfloat16))

with h5py.File("grid.h5", "w") as f:
    f["temperature"] = np.zeros((2, 3, 4))
    for d, name in enumerate(("time", "lat", "lon")):
        f[name] = np.arange(f["temperature"].shape[d])
        f[name].make_scale(name)
        f["temperature"].dims[d].attach_scale(f[name])

with h5py.File("catalog.h5", "w") as f:
    a, b = (f.create_dataset(f"measured/{name}", data=np.arange(10.0)) for name in "ab")
    f.create_dataset("runs", (1,), h5py.ref_dtype)[0] = a.ref
    f.create_dataset("parts", (1,), h5py.regionref_dtype)[0] = b.regionref[2:6]
    row = np.dtype([("site", h5py.string_dtype()), ("run", h5py.ref_dtype)])
    f.create_dataset("table", data=np.array([("Zürich", a.ref), ("Bern", b.ref)], row))

with h5py.File("trial.mat", "w", userblock_size=512) as f:
    def variable(name, data, kind, **kwargs):
        stored = f.create_dataset(name, data=data, **kwargs)
        stored.attrs["MATLAB_class"] = np.bytes_(kind)
        return stored

    def text(name, value):
        return variable(name, np.frombuffer(value.encode("utf-16-le"), "<u2")[:, None], "char")

    variable("rate", np.arange(6.0).reshape(2, 3).T, "double")
    f.create_group("subject").attrs["MATLAB_class"] = np.bytes_("struct")
    text("subject/id", "mouse 7")
    cells = [text(f"#refs#/{name}", value).ref for name, value in (("b", "left"), ("c", "right"))]
    variable("names", np.array([cells], h5py.ref_dtype).T, "cell", dtype=h5py.ref_dtype)
with open("trial.mat", "r+b") as f:
    f.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64 HDF5 schema 1.00 .".ljust(116) + bytes(8) + b"\x00\x02IM")

with open("dump.bin", "wb") as f:
    f.write(b"\0" * 40)
    f.write(np.arange(1_000_000, dtype="<f4").tobytes())

store = zarr.open_group("store.zarr", mode="w", zarr_format=3)
store.create_array("group/temperature", data=temperature[:, 0], chunks=(8, 25))
store.create_array("names", shape=(12,), dtype=str)[...] = [f"station {i}" for i in range(12)]
with zarr.storage.ZipStore("image.zarr.zip", mode="w") as opened:
    zarr.create_group(opened).create_array("level/0", data=temperature[:, 0], chunks=(8, 25))
zarr.save_array("array.zarr", volume, zarr_format=3)


def image(path, group, shape):
    """Writes an OME-Zarr image of two levels."""
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "czyx"[-len(shape) :]]
    datasets = [{"path": str(level)} for level in range(2)]
    multiscales = [{"axes": axes, "datasets": datasets}]
    root = zarr.open_group(path, mode="w", zarr_format=3)
    target = root if group == "" else root.create_group(group)
    target.attrs["ome"] = {"version": "0.5", "multiscales": multiscales}
    for level in range(2):
        size = (*shape[:-2], shape[-2] >> level, shape[-1] >> level)
        target.create_array(str(level), data=np.zeros(size, "u2"), chunks=size)


image("image.zarr", "", (2, 3, 32, 32))
image("plate.zarr", "A/1/0", (2, 32, 32))

metadata = {"dimensions": [70, 70, 10], "blockSize": [32, 32, 8], "dataType": "uint16", "compression": {"type": "gzip"}}
kvstore = {"driver": "file", "path": "store.n5/volumes/raw"}
raw = tensorstore.open({"driver": "n5", "kvstore": kvstore, "metadata": metadata}, create=True).result()
raw[...] = np.arange(70 * 70 * 10).reshape(70, 70, 10).astype("u2")
with open("store.n5/attributes.json", "w") as f:
    f.write('{"n5": "2.5.1"}')

os.makedirs("tiles")
with open("tiles/tiles.json", "w") as f:
    f.write('{"version":1,"shape":[32,48,64],"tileShape":[16,48,64],"dtype":"float32","path":"{0}.bin"}')
for i in range(2):
    with open(f"tiles/{i}.bin", "wb") as f:
        f.write(volume[16 * i : 16 * (i + 1)].tobytes())
