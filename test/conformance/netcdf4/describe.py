"""Writes NetCDF-4 files, or takes those of a folder, and prints how the netCDF4 library reads them.

usage: describe.py write OUT    writes files into OUT and describes them
       describe.py read FOLDER  describes all NetCDF-4 files below FOLDER

Prints a JSON list: {path, name, dimensions, attributes, children} for each group,
{path, array, dtype, shape, dimensions, attributes, hash} for each variable, and {path, array, error} for each variable
whose elements are not numbers. Paths are relative to the folder.
"""

import hashlib
import json
import os
import sys
import warnings

import h5py
import netCDF4
import numpy as np

warnings.simplefilter("ignore")
MODE, FOLDER = sys.argv[1], os.path.abspath(sys.argv[2])
MOST_BYTES = 100 * 2**20


def write():
    with netCDF4.Dataset("grown.nc", "w") as f:
        f.createDimension("time", None)
        f.createDimension("x", 4)
        f.createDimension("alone", 3)
        time = f.createVariable("time", "f8", ("time",))
        time[:] = np.arange(7.0)
        long = f.createVariable("long", "i4", ("time", "x"), zlib=True, chunksizes=(2, 3), fill_value=-5)
        long[0:10] = np.arange(40).reshape(10, 4)
        short = f.createVariable("short", "f4", ("time", "x"))
        short[0:3] = np.arange(12).reshape(3, 4)
        f.createVariable("never", "i2", ("time", "x"))
        scaled = f.createVariable("scaled", "i2", ("x",))
        scaled.scale_factor, scaled.add_offset, scaled.units = 0.5, 10.0, "K"
        scaled.set_auto_maskandscale(False)
        scaled[:] = np.arange(4)
        f.title = "grown"
    with netCDF4.Dataset("groups.nc", "w") as f:
        f.createDimension("lat", 2)
        f.createVariable("lat", "f4", ("lat",))[:] = [1, 2]
        g = f.createGroup("g")
        g.createDimension("lon", 3)
        g.createDimension("lat", 5)
        g.createVariable("own", "i4", ("lat", "lon"))[:] = np.arange(15).reshape(5, 3)
        h = g.createGroup("h")
        h.createVariable("inherited", "u1", ("lon",))[:] = [7, 8, 9]
        h.createDimension("t", None)
        h.createVariable("grows", ">i8", ("t", "lat"))[0:4] = np.arange(20).reshape(4, 5)
        # This variable has the name of a dimension in its group, but is not the coordinate variable of the dimension.
        g.createVariable("lon", "f4", ("lat",))[:] = np.arange(5)
    with netCDF4.Dataset("coordinates.nc", "w") as f:
        f.createDimension("y", 3)
        f.createDimension("n", 6)
        # A coordinate variable with two dimensions, because its values are characters.
        f.createVariable("y", "S1", ("y", "n"))[:] = netCDF4.stringtochar(np.array(["one", "two", "three"], "S6"))
        f.createVariable("data", "f8", ("y",))[:] = [1, 2, 3]
        f.createVariable("scalar", "i4", ())[...] = 5
        clouds = f.createEnumType(np.uint8, "clouds", {"clear": 0, "grey": 9})
        f.createVariable("enum", clouds, ("y",))[:] = [0, 9, 0]
        f.createVariable("text", str, ("y",))[:] = np.array(["a", "b", "c"], object)
    for kind in ("NETCDF4", "NETCDF4_CLASSIC"):
        with netCDF4.Dataset(f"many-{kind}.nc", "w", format=kind) as f:
            for i in range(20):
                f.createDimension(f"d{i}", i + 1)
                v = f.createVariable(f"v{i}", "f4", (f"d{i}",))
                v[:] = np.arange(i + 1)
                for k in range(12):
                    v.setncattr(f"a{k}", np.array([k, i]) if kind == "NETCDF4_CLASSIC" else np.array([k, i], "i8"))
    for name, kind in (("one", "NETCDF4"), ("classic", "NETCDF3_CLASSIC")):
        with netCDF4.Dataset(f"{name}.nc", "w", format=kind) as f:
            v = f.createVariable("v", "i4", ())
            v.number, v.text = 0.5, "a"
            if kind == "NETCDF4":
                f.of = np.int32(7)
                v.big, v.two = np.int64(2**60), [1, 2]
                v.setncattr_string("list", "b")
    write_short()
    # An HDF5 file that has neither _NCProperties nor dimension scales.
    with h5py.File("plain.nc", "w") as f:
        f["a"] = np.arange(6).reshape(2, 3)


def write_short():
    """Writes variables of every type and fill mode that are shorter than their unlimited dimensions."""
    types = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i2", ">f8", "S1"]
    for mode, fill in (("default", None), ("nofill", False), ("user", 7)):
        with netCDF4.Dataset(f"short-{mode}.nc", "w") as f:
            f.createDimension("t", None)
            f.createDimension("s", None)
            f.createDimension("x", 3)
            f.createVariable("longest", "i1", ("t", "s"), chunksizes=(4, 4))[0:9, 0:5] = 1
            kinds = {name.replace(">", "big_"): np.dtype(name) for name in types}
            kinds["enum"] = f.createEnumType(np.int16, "levels", {"low": 0, "high": 7})
            for name, kind in kinds.items():
                own = b"7" if fill == 7 and name == "S1" else fill
                data = (
                    np.full((4, 3), b"b")
                    if name == "S1"
                    else np.full((4, 3), 7)
                    if name == "enum"
                    else np.arange(12).reshape(4, 3)
                )
                for suffix, options in (
                    ("", {"chunksizes": (2, 3)}),
                    ("_chunks", {"chunksizes": (3, 2), "zlib": True}),
                ):
                    v = f.createVariable(name + suffix, kind, ("t", "x"), fill_value=own, **options)
                    v[0:4] = data.astype(v.dtype)
                    both = f.createVariable(f"{name}{suffix}_both", kind, ("t", "s"), fill_value=own, **options)
                    both[0:4, 0:3] = data.astype(v.dtype)
                f.createVariable(f"{name}_empty", kind, ("t", "x"), fill_value=own, chunksizes=(2, 3))
    with h5py.File("short-mixed.h5", "w") as f:
        t = f.create_dataset("t", (4,), "f8", maxshape=(None,), chunks=(4,))
        t.make_scale("t")
        f.create_dataset("text", (2,), "S3", maxshape=(None,), chunks=(2,), fillvalue=b"abc", data=[b"x", b"y"])
        f.create_dataset("flag", (2,), "?", maxshape=(None,), chunks=(2,), data=[True, False])
        for name in ("text", "flag"):
            f[name].dims[0].attach_scale(t)
    # These files are written with HDF5 only. In a dataset, absent chunks have zeros or the HDF5 fill value; past its
    # end, elements have the fill value of NetCDF.
    with h5py.File("short-hdf5.nc", "w") as f:
        t = f.create_dataset("t", (8,), "f8", maxshape=(None,), chunks=(4,))
        t.make_scale("t")
        t[...] = np.arange(8)
        for fill in (None, -3):
            for time in ("ifset", "alloc", "never"):
                for kind in ("i4", ">f8", "u1"):
                    if fill is not None and kind == "u1":
                        continue
                    d = f.create_dataset(
                        f"{kind[-2:]}_{time}_{fill}",
                        (5,),
                        kind,
                        maxshape=(None,),
                        chunks=(2,),
                        fillvalue=fill,
                        fill_time=time,
                    )
                    d.dims[0].attach_scale(t)
                    # Writes all chunks of datasets with the fill time `never`, because their contents would otherwise
                    # be undefined.
                    d[0:2] = [1, 2]
                    if time == "never":
                        d[2:5] = [3, 4, 5]


def attribute(value):
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode()
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        return None
    return {"numbers": [repr(float(x)) for x in array.reshape(-1)]}


def attributes(item):
    return {name: attribute(item.getncattr(name)) for name in item.ncattrs()}


def variable(v):
    v.set_auto_maskandscale(False)
    v.set_auto_chartostring(False)
    out = {"shape": list(v.shape), "dimensions": list(v.dimensions), "attributes": attributes(v)}
    if v.dtype is str or not isinstance(v.datatype, (np.dtype, netCDF4.EnumType)) or v.dtype.kind not in "iufS":
        return {**out, "error": f"no plain elements: {v.dtype}"}
    if v.size * v.dtype.itemsize > MOST_BYTES:
        return {**out, "error": "too large for this test"}
    if is_garbage(v):
        return {**out, "error": "never written"}
    data = elements(v)
    if data.dtype.kind == "S":
        data = np.frombuffer(np.ascontiguousarray(data).tobytes(), "u1").reshape(data.shape)
    data = data.astype(data.dtype.newbyteorder("="), order="C")
    names = {"f": "float", "i": "int", "u": "uint"}
    return {
        **out,
        "dtype": f"{names[data.dtype.kind]}{8 * data.dtype.itemsize}",
        "hash": hashlib.sha256(data.tobytes()).hexdigest(),
    }


def elements(v):
    # If a box extends beyond the end of a dataset in another dimension than the first, the library returns its elements
    # in a wrong order. Reads of single elements are correct.
    unlimited = sum(v.group().dimensions[name].isunlimited() for name in v.dimensions if name in v.group().dimensions)
    if unlimited < 2 or v.size > 1000:
        return np.asarray(v[...])
    out = np.empty(v.shape, v.dtype)
    for at in np.ndindex(*v.shape):
        out[at] = v[at]
    return out


def is_garbage(v):
    """Returns True if the library returns uninitialized memory: no data was written and there is no fill value."""
    with h5py.File(v.group().filepath(), "r") as f:
        item = f[v.group().path].get(v.name)
        if not isinstance(item, h5py.Dataset) or item.id.get_storage_size() > 0 or item.size == 0:
            return False
        return item.id.get_create_plist().get_fill_time() == h5py.h5d.FILL_TIME_NEVER


def describe(path, group, prefix):
    found.append(
        {
            "path": path,
            "name": prefix.strip("/"),
            "attributes": attributes(group),
            "dimensions": {n: {"size": len(d), "isUnlimited": d.isunlimited()} for n, d in group.dimensions.items()},
            "children": sorted([(n, "array") for n in group.variables] + [(n, "group") for n in group.groups]),
        }
    )
    for name, v in group.variables.items():
        try:
            found.append({"path": path, "array": f"{prefix}/{name}", **variable(v)})
        except Exception as error:
            found.append({"path": path, "array": f"{prefix}/{name}", "error": str(error)[:200]})
    for name, g in group.groups.items():
        describe(path, g, f"{prefix}/{name}")


os.chdir(FOLDER)
if MODE == "write":
    write()
found = []
for folder, folders, files in sorted(os.walk(".")):
    folders.sort()
    for file in sorted(files):
        path = os.path.relpath(os.path.join(folder, file))
        with open(path, "rb") as f:
            if f.read(8) != b"\x89HDF\r\n\x1a\n" or not path.endswith(".nc"):
                continue
        try:
            with netCDF4.Dataset(path) as f:
                describe(path, f, "")
        except Exception as error:
            found.append({"path": path, "error": str(error)[:200]})
json.dump(found, sys.stdout)
