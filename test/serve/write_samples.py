"""Writes arrays of all formats below FOLDER/root, and their elements as .npy files below FOLDER/expected.

Usage: write_samples.py FOLDER SEED
Prints JSON: a list of {path, expected, name}. `path` is the path of the array below the root, with `/` between the file
and the array inside it.
"""

import gzip
import json
import sys
import zipfile
import zlib
from pathlib import Path

import h5py
import hdf5plugin
import netCDF4
import nibabel
import numcodecs
import numpy as np
import tiledb
import zarr
from safetensors.numpy import save_file
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

folder = Path(sys.argv[1])
rng = np.random.default_rng(int(sys.argv[2]))
root, expected = folder / "root", folder / "expected"
root.mkdir(parents=True)
expected.mkdir()
cases = []


def content(shape, dtype):
    """Returns random elements with few different values, so that they compress."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind == "c":
        return (rng.integers(-9, 9, shape) + 1j * rng.integers(-9, 9, shape)).astype(dtype)
    if dtype.kind == "f":
        return (rng.integers(-90, 90, shape) / 4).astype(dtype)
    return rng.integers(0, 100, shape).astype(dtype)


def case(path, array):
    """Adds the array at `path`."""
    name = f"{len(cases)}.npy"
    native = array.astype(array.dtype.newbyteorder("="))
    np.save(expected / name, np.ascontiguousarray(native).reshape(array.shape))
    cases.append({"path": path, "expected": str(expected / name)})


# npy, npz, safetensors
for i, (dtype, shape, order) in enumerate(
    [("<f4", (30, 20), "C"), (">i2", (5, 6, 7), "C"), ("<c16", (9, 8), "F"), ("?", (40,), "C"), ("<f2", (3, 4), "C"), ("<u8", (), "C")]
):
    array = np.asarray(content(shape, dtype), order=order)
    np.save(root / f"a{i}.npy", array)
    case(f"a{i}.npy", array)
members = {"first": content((12, 5), "i4"), "second": content((3, 4, 5), "f8")}
np.savez(root / "plain.npz", **members)
np.savez_compressed(root / "packed.npz", **members)
for file in ("plain.npz", "packed.npz"):
    for name, array in members.items():
        case(f"{file}/{name}", array)
save_file(members, root / "t.safetensors")
for name, array in members.items():
    case(f"t.safetensors/{name}", array)

# NIfTI
volume = content((11, 12, 13), "i2")
for file in ("v.nii", "v.nii.gz"):
    nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), root / file)
    case(file, volume)

# Raw data with a sidecar file
array = content((10, 30), "<f4")
(root / "m.raw").write_bytes(array.tobytes())
(root / "m.raw.json").write_text(json.dumps({"dtype": "float32", "shape": [10, 30]}))
case("m.raw", array)

# tiles
tiles = root / "tiles"
tiles.mkdir()
array = content((40, 60), "<f4")
for r in range(2):
    for c in range(3):
        (tiles / f"t-{r}-{c}.bin").write_bytes(np.ascontiguousarray(array[20 * r : 20 * r + 20, 20 * c : 20 * c + 20]).tobytes())
(tiles / "tiles.json").write_text(
    json.dumps({"version": 1, "shape": [40, 60], "tileShape": [20, 20], "dtype": "float32", "fillValue": 0, "path": "t-{0}-{1}.bin"})
)
case("tiles", array)

# HDF5: layouts and filters
with h5py.File(root / "run.h5", "w") as f:
    group = f.create_group("g/inner")
    group.attrs["title"] = "Größe"
    kinds = {
        "contiguous": {},
        "big_endian": {"dtype": ">f8"},
        "chunked": {"chunks": (7, 9)},
        "gzip": {"chunks": (7, 9), "compression": "gzip", "shuffle": True, "fletcher32": True},
        "zstd": {"chunks": (7, 9), **hdf5plugin.Zstd(clevel=3)},
        "blosc": {"chunks": (8, 16), **hdf5plugin.Blosc(cname="lz4", shuffle=hdf5plugin.Blosc.SHUFFLE)},
        "lz4": {"chunks": (8, 16), **hdf5plugin.LZ4()},
        "shuffled": {"chunks": (7, 9), "compression": "gzip", "shuffle": True, "dtype": ">f8"},
        "bzip2": {"chunks": (7, 9), **hdf5plugin.BZip2()},
    }
    for name, options in kinds.items():
        array = content((25, 31), options.pop("dtype", "<f4"))
        data = group.create_dataset(name, data=array, **options)
        data.attrs["units"] = "K"
        case(f"run.h5/g/inner/{name}", array)
    # A dataset with compressed chunks, chunks without any filter, and missing chunks.
    data = f.create_dataset("mixed", (32, 32), "<i4", chunks=(8, 8), fillvalue=-5, **hdf5plugin.Zstd())
    array = np.full((32, 32), -5, "<i4")
    for r in range(0, 32, 8):
        for c in range(0, 24, 8):
            array[r : r + 8, c : c + 8] = content((8, 8), "<i4")
            if (r + c) % 16 == 0:
                data.id.write_direct_chunk((r, c), array[r : r + 8, c : c + 8].tobytes(), filter_mask=1)
            else:
                data[r : r + 8, c : c + 8] = array[r : r + 8, c : c + 8]
    case("run.h5/mixed", array)
    # Datasets whose chunks skip some filters: bit 0 of the mask is shuffle, bit 1 deflate, bit 2 fletcher32.
    for name, dtype in {"skipping": "<i4", "skipping_big": ">u2"}.items():
        array = content((16, 30), dtype)
        data = f.create_dataset(name, array.shape, dtype, chunks=(4, 5), compression="gzip", shuffle=True, fletcher32=True)
        data[:] = array
        for c, mask in enumerate([7, 6, 5, 4]):
            part = np.ascontiguousarray(array[4:8, 5 * c : 5 * c + 5])
            stored = part.tobytes() if mask & 1 else part.view("u1").reshape(-1, part.itemsize).T.tobytes()
            data.id.write_direct_chunk((4, 5 * c), stored if mask & 2 else zlib.compress(stored), filter_mask=mask)
        case(f"run.h5/{name}", array)
    # Deflate does not make random bytes smaller, so HDF5 leaves it out.
    array = rng.integers(0, 2**16, (16, 16)).astype("<u2")
    f.create_dataset("random", data=array, chunks=(5, 6), compression="gzip", shuffle=True)
    case("run.h5/random", array)
    array = content((4, 5), "?")
    f["flags"] = array
    case("run.h5/flags", array)
    f["scalar"] = np.float64(2.5)
    case("run.h5/scalar", np.array(2.5))

# NetCDF
for version in ("NETCDF3_CLASSIC", "NETCDF3_64BIT_DATA", "NETCDF4"):
    file = f"{version.lower()}.nc"
    with netCDF4.Dataset(root / file, "w", format=version) as f:
        f.createDimension("time", None)
        f.createDimension("lat", 6)
        f.createDimension("lon", 8)
        options = {"zlib": True, "chunksizes": (1, 3, 8)} if version == "NETCDF4" else {}
        variable = f.createVariable("t2m", "i2", ("time", "lat", "lon"), **options)
        variable.set_auto_maskandscale(False)
        variable.units = "K"
        array = content((5, 6, 8), "i2")
        variable[:] = array
        lat = f.createVariable("lat", "f8", ("lat",))
        lat[:] = np.arange(6.0)
    case(f"{file}/t2m", array)
    case(f"{file}/lat", np.arange(6.0))

# Zarr v3
for name, options in {
    "plain": {"compressors": None},
    "zstd": {"compressors": ZstdCodec(level=3)},
    "gzip": {"compressors": GzipCodec(level=2)},
    "blosc": {"compressors": BloscCodec(cname="zstd", shuffle="bitshuffle")},
    "crc": {"compressors": [ZstdCodec(level=1), Crc32cCodec()]},
    "big": {"compressors": ZstdCodec(level=1), "serializer": BytesCodec(endian="big")},
    "transposed": {"filters": TransposeCodec(order=(1, 0)), "compressors": ZstdCodec(level=1)},
    "sharded": {"shards": (16, 20), "compressors": ZstdCodec(level=1)},
}.items():
    array = content((33, 27), "i4")
    stored = zarr.create_array(
        root / "v3.zarr", name=name, shape=array.shape, chunks=(8, 10), dtype=array.dtype, fill_value=7, **options
    )
    stored[:] = array
    stored[8:16, :10] = 7
    array[8:16, :10] = 7
    case(f"v3.zarr/{name}", array)

# Zarr v2
for name, compressor in {
    "zlib": numcodecs.Zlib(),
    "blosc": numcodecs.Blosc(cname="lz4"),
    "zstd": numcodecs.Zstd(),
    "bz2": numcodecs.BZ2(),
    "lz4": numcodecs.LZ4(),
    "lzma": numcodecs.LZMA(),
    "fortran": numcodecs.GZip(),
}.items():
    array = content((33, 27), ">f4" if name == "zstd" else "f4")
    stored = zarr.create_array(
        root / f"{name}.zarr",
        shape=array.shape,
        chunks=(10, 9),
        dtype=array.dtype,
        fill_value=0,
        compressors=compressor,
        zarr_format=2,
        order="F" if name == "fortran" else "C",
    )
    stored[:] = array
    case(f"{name}.zarr", array)

# TileDB
for name, filters in {"plain": [], "zstd": [tiledb.ZstdFilter(level=1)]}.items():
    array = content((30, 40), "f8")
    domain = tiledb.Domain(
        tiledb.Dim(name="y", domain=(0, 29), tile=10, dtype=np.int32), tiledb.Dim(name="x", domain=(0, 39), tile=16, dtype=np.int32)
    )
    attribute = tiledb.Attr(name="v", dtype=array.dtype, filters=tiledb.FilterList(filters))
    uri = str(root / f"{name}.tdb")
    tiledb.Array.create(uri, tiledb.ArraySchema(domain=domain, attrs=[attribute]))
    with tiledb.open(uri, "w") as stored:
        stored[:] = array
    case(f"{name}.tdb/v", array)

# kerchunk
plain = root / "refs.bin"
array = content((6, 8), "<f4")
plain.write_bytes(array.tobytes())
refs = {
    ".zgroup": json.dumps({"zarr_format": 2}),
    "a/.zarray": json.dumps(
        {"zarr_format": 2, "shape": [6, 8], "chunks": [3, 8], "dtype": "<f4", "compressor": None, "filters": None, "fill_value": 0, "order": "C"}
    ),
    "a/0.0": ["refs.bin", 0, 96],
    "a/1.0": ["refs.bin", 96, 96],
}
(root / "refs.json").write_text(json.dumps({"version": 1, "refs": refs}))
case("refs.json/a", array)

print(json.dumps(cases))
