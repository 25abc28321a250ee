"""Prints hashes of the data that NumPy reads from real arrays, and writes one grid in formats with many files.

usage: describe.py PVLIB PYFIVE FERRET NILEARN OUT

The arguments are folders; a folder whose name starts with SKIP is skipped. Prints JSON: {name, path, options, shape,
dtype, sha256} for each array. `sha256` is the hash of the elements as stored, in C order and little-endian.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

pvlib, pyfive, ferret, nilearn, out = sys.argv[1:]
found = []


def add(name, path, values, options=None):
    values = np.ascontiguousarray(values)
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    digest = hashlib.sha256(little.tobytes()).hexdigest()
    found.append(
        {
            "name": name,
            "path": str(path),
            "options": options or {},
            "shape": list(values.shape),
            "dtype": values.dtype.newbyteorder("=").name,
            "sha256": digest,
        }
    )


def netcdf(path):
    import netCDF4

    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        for name, variable in file.variables.items():
            if variable.dtype != str and variable.dtype.kind in "iuf" and variable.ndim > 0 and variable.size > 0:
                add(f"{Path(path).name} {name}", path, variable[...], {"array": name})


if not pvlib.startswith("SKIP"):
    import h5py
    import tiledb
    import zarr
    from zarr.codecs import BloscCodec, ZstdCodec

    path = next(Path(pvlib).rglob("LinkeTurbidities.h5"))
    with h5py.File(path) as file:
        grid = file["LinkeTurbidity"][...]
    add("turbidity, HDF5", path, grid, {"array": "LinkeTurbidity"})
    chunks = (270, 540, 12)
    stores = {
        "zarr v3": dict(zarr_format=3, compressors=[ZstdCodec(level=3)]),
        "zarr v3 in shards": dict(zarr_format=3, compressors=[BloscCodec(cname="lz4")], shards=(1080, 1080, 12)),
        "zarr v2": dict(zarr_format=2),
    }
    for name, options in stores.items():
        target = Path(out) / name
        array = zarr.create_array(store=target, shape=grid.shape, dtype=grid.dtype, chunks=chunks, **options)
        array[...] = grid
        add(f"turbidity, {name}", target, grid)
    target = Path(out) / "turbidity.tdb"
    dims = [tiledb.Dim(f"d{d}", (0, n - 1), tile=t, dtype=np.int32) for d, (n, t) in enumerate(zip(grid.shape, chunks))]
    schema = tiledb.ArraySchema(
        domain=tiledb.Domain(*dims), attrs=[tiledb.Attr("v", dtype=grid.dtype, filters=[tiledb.ZstdFilter()])]
    )
    tiledb.Array.create(str(target), schema)
    with tiledb.open(str(target), "w") as array:
        array[:] = grid
    add("turbidity, TileDB", target, grid)

if not pyfive.startswith("SKIP"):
    for name in ("cmip_bad_eg.nc", "fractal_heap_no_mci_rlat.nc"):
        netcdf(next(Path(pyfive).rglob(name)))

if not ferret.startswith("SKIP"):
    for path in sorted(Path(ferret).rglob("*")):
        if path.suffix in (".cdf", ".nc"):
            netcdf(path)

if not nilearn.startswith("SKIP"):
    import nibabel

    for path in sorted(Path(nilearn).rglob("*_converted.nii.gz")):
        add(path.name, path, nibabel.load(path).dataobj.get_unscaled())

json.dump(found, sys.stdout)
