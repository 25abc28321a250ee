"""Writes packed and masked variables, and the values that xarray and netCDF4 decode from them.

usage: write.py OUT SEED

Writes the files and expected/*.bin into OUT. Prints a JSON list of {path, array, dtype, shape, values, mask}.
`values` and `mask` name the files with the decoded elements (NaN if missing) and the mask; one of them may be null.
The values come from xarray and the masks from netCDF4. xarray ignores valid ranges, so the values outside of them
are replaced by NaN.
"""

import json
import os
import sys
import warnings

import h5py
import netCDF4
import numpy as np
import xarray
import zarr

OUT, SEED = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(SEED)
SHAPE = (5, 6, 7)
os.makedirs(os.path.join(OUT, "expected"))
cases = []
warnings.simplefilter("ignore")


def save(array):
    path = os.path.join("expected", f"{len(os.listdir(os.path.join(OUT, 'expected')))}.bin")
    np.ascontiguousarray(array).tofile(os.path.join(OUT, path))
    return path


def elements(dtype, specials):
    """Returns random elements, some of which are replaced by the special values."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        values = (random.standard_normal(SHAPE) * 100).astype(dtype)
    else:
        info = np.iinfo(dtype)
        values = random.integers(
            max(info.min, -(2**52)), min(info.max, 2**52), SHAPE, dtype=dtype if dtype.itemsize < 8 else np.int64
        ).astype(dtype)
    for special in specials:
        with np.errstate(all="ignore"):
            values[random.random(SHAPE) < 0.15] = np.array(special).astype(dtype)
    return values


F4, F8 = np.float32, np.float64
# Name, dtype, attributes, special values.
CASES = [
    ("packed-f8", "i2", {"scale_factor": F8(0.01), "add_offset": F8(273.15), "_FillValue": np.int16(-32768)}, [-32768]),
    ("packed-f4", "i2", {"scale_factor": F4(0.01), "add_offset": F4(273.15), "_FillValue": np.int16(-999)}, [-999]),
    ("packed-mixed", "i2", {"scale_factor": F4(0.01), "add_offset": F8(273.15)}, []),
    ("scale-f4", "i2", {"scale_factor": F4(0.1), "missing_value": np.int16(7)}, [7]),
    ("scale-f8", "u1", {"scale_factor": F8(0.1), "_FillValue": np.uint8(255)}, [255]),
    ("offset-f4", "i2", {"add_offset": F4(-3.5)}, []),
    ("offset-f4-fill", "i1", {"add_offset": F4(-3.5), "_FillValue": np.int8(-1)}, [-1]),
    (
        "int32-f4",
        "i4",
        {"scale_factor": F4(1e-3), "add_offset": F4(5), "_FillValue": np.int32(-2147483647)},
        [-2147483647],
    ),
    ("int8-fill", "i1", {"_FillValue": np.int8(-128)}, [-128]),
    ("int16-both", "i2", {"_FillValue": np.int16(-1), "missing_value": np.int16(-2)}, [-1, -2]),
    ("uint16-fill", "u2", {"_FillValue": np.uint16(65535)}, [65535]),
    ("int32-fill", "i4", {"_FillValue": np.int32(-9999)}, [-9999]),
    ("uint32-fill", "u4", {"missing_value": np.uint32(4294967295)}, [4294967295]),
    ("int64-fill", "i8", {"_FillValue": np.int64(-9223372036854775806)}, [-9223372036854775806]),
    ("float32-fill", "f4", {"_FillValue": F4(1e20)}, [1e20, np.nan, np.inf, -0.0]),
    ("float32-nan", "f4", {"_FillValue": F4(np.nan)}, [np.nan]),
    ("float32-nan-packed", "f4", {"_FillValue": F4(np.nan), "scale_factor": F8(0.1), "add_offset": F8(2)}, [np.nan]),
    ("float64-fill", "f8", {"_FillValue": F8(-999.9), "missing_value": F8(1e30)}, [-999.9, 1e30]),
    ("float32-packed", "f4", {"_FillValue": F4(-1), "scale_factor": F4(3), "add_offset": F4(0.1)}, [-1, -0.0]),
    ("float32-packed8", "f4", {"scale_factor": F8(3), "add_offset": F8(0.1)}, [-0.0]),
    ("unsigned", "i1", {"_Unsigned": "true", "_FillValue": np.int8(-1)}, [-1]),
    (
        "unsigned-packed",
        "i2",
        {"_Unsigned": "true", "scale_factor": F4(0.5), "add_offset": F4(1), "_FillValue": np.int16(-2)},
        [-2],
    ),
    ("unsigned-only", "i2", {"_Unsigned": "true"}, []),
    ("several-missing", "i2", {"missing_value": np.array([1, 2, 3], "i2")}, [1, 2, 3]),
    ("nothing", "f4", {"units": "K"}, []),
]
VALID = [
    ("range", "i2", {"valid_range": np.array([-20000, 20000], "i2")}, []),
    ("range-fill", "f4", {"valid_range": np.array([-50, 50], "f4"), "_FillValue": F4(7)}, [7]),
    ("min", "f8", {"valid_min": F8(-10)}, []),
    (
        "max-packed",
        "i2",
        {"valid_max": np.int16(100), "scale_factor": F4(0.5), "add_offset": F4(1), "_FillValue": np.int16(-1)},
        [-1],
    ),
    (
        "range-unsigned",
        "i1",
        {"valid_range": np.array([10, -56], "i1"), "_Unsigned": "true", "_FillValue": np.int8(-1)},
        [-1],
    ),
]


def describe(path, array, values, mask):
    cases.append(
        {
            "path": path,
            "array": array,
            "dtype": None if values is None else values.dtype.name,
            "shape": list(SHAPE),
            "values": None if values is None else save(values.astype(values.dtype.newbyteorder("="))),
            "mask": None if mask is None else save(mask.astype("u1")),
        }
    )


def by_xarray(path, **options):
    with xarray.open_dataset(path, decode_times=False, mask_and_scale=True, **options) as ds:
        return {name: ds[name].values for name in ds.variables}


for form, storage, byte_order in (
    ("NETCDF4", "chunked", "little"),
    ("NETCDF4", "contiguous", "big"),
    ("NETCDF3_64BIT_DATA", None, None),
    ("NETCDF3_CLASSIC", "records", None),
):
    path = f"{form.lower()}-{storage}.nc"
    with netCDF4.Dataset(os.path.join(OUT, path), "w", format=form) as f:
        sizes = (None if storage == "records" else SHAPE[0], *SHAPE[1:])
        for name, size in zip("xyz", sizes):
            f.createDimension(name, size)
        written = []
        for name, dtype, attributes, specials in CASES + VALID:
            if form == "NETCDF3_CLASSIC" and (dtype[0] == "u" or dtype == "i8"):
                continue
            if byte_order == "big" and name == "unsigned-packed":
                continue  # xarray takes the bytes of the fill value in the wrong order.
            values = elements(dtype, specials)
            options = {}
            if form == "NETCDF4":
                options = {"endian": byte_order, "contiguous": storage == "contiguous"}
                if storage == "chunked":
                    options.update(zlib=True, chunksizes=(2, 4, 7))
            variable = f.createVariable(
                name, dtype, ("x", "y", "z"), fill_value=attributes.get("_FillValue", False), **options
            )
            variable.set_auto_maskandscale(False)
            for key, value in attributes.items():
                if key != "_FillValue":
                    variable.setncattr(key, value)
            # Does not write the last row of a variable with a fill value, so that some chunks are absent.
            variable[: 4 if form == "NETCDF4" and "_FillValue" in attributes else 5] = values[
                : 4 if form == "NETCDF4" and "_FillValue" in attributes else 5
            ]
            written.append(name)
    decoded = by_xarray(os.path.join(OUT, path), engine="netcdf4")
    with netCDF4.Dataset(os.path.join(OUT, path)) as f:
        for name in written:
            f[name].set_always_mask(True)
            stored = f[name][:]
            f[name].set_auto_scale(False)
            mask = np.ma.getmaskarray(stored)
            ranged = any(key.startswith("valid") for (key,) in zip(f[name].ncattrs()))
            values = decoded[name]
            if ranged:
                values = np.where(
                    mask,
                    np.nan,
                    values if values.dtype.kind == "f" else values.astype("f4" if values.dtype.itemsize <= 2 else "f8"),
                )
            # Without a fill value attribute, netCDF4 masks its default fill value. The conventions do not require that.
            conventional = ranged or any(key in f[name].ncattrs() for key in ("_FillValue", "missing_value"))
            describe(path, name, values, mask if conventional else np.zeros(SHAPE, bool))

with h5py.File(os.path.join(OUT, "plain.h5"), "w") as f:
    for name, dtype, attributes, specials in CASES:
        f.create_dataset(name, data=elements(dtype, specials), chunks=(3, 3, 3), compression="lzf")
        f[name].attrs.update(attributes)
with h5py.File(os.path.join(OUT, "plain.h5")) as f:
    for name, *_ in CASES:
        raw = xarray.Dataset({"v": (("x", "y", "z"), f[name][:], dict(f[name].attrs))})
        if "_FillValue" in raw["v"].attrs:
            raw["v"].attrs["_FillValue"] = (
                np.asarray(raw["v"].attrs["_FillValue"]).item()
                if np.ndim(raw["v"].attrs["_FillValue"])
                else raw["v"].attrs["_FillValue"]
            )
        describe("plain.h5", name, xarray.decode_cf(raw, decode_times=False)["v"].values, None)

for version in (2, 3):
    path = f"v{version}.zarr"
    group = zarr.open_group(os.path.join(OUT, path), mode="w", zarr_format=version)
    for name, dtype, attributes, specials in CASES:
        if name == "several-missing" or (version == 3 and "_FillValue" in attributes and np.dtype(dtype).kind == "f"):
            continue
        attributes = {key: value if isinstance(value, str) else value.item() for key, value in attributes.items()}
        fill = attributes.pop("_FillValue", None) if version == 2 else 0
        more = {"dimension_names": list("xyz")} if version == 3 else {}
        array = group.create_array(name, shape=SHAPE, chunks=(2, 6, 5), dtype=dtype, fill_value=fill, **more)
        array[:] = elements(dtype, specials)
        array.attrs.update(attributes if version == 3 else {**attributes, "_ARRAY_DIMENSIONS": list("xyz")})
    for name, values in by_xarray(os.path.join(OUT, path), engine="zarr", consolidated=False).items():
        describe(path, name, values, None)
    floats = xarray.Dataset({"f": (("x", "y", "z"), elements("f4", [5]), {})})
    floats.to_zarr(
        os.path.join(OUT, f"x{version}.zarr"),
        zarr_format=version,
        consolidated=False,
        encoding={"f": {"_FillValue": 5.0}},
    )
    describe(
        f"x{version}.zarr",
        "f",
        by_xarray(os.path.join(OUT, f"x{version}.zarr"), engine="zarr", consolidated=False)["f"],
        None,
    )

print(json.dumps(cases))
