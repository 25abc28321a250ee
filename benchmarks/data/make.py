"""Writes benchmark data.

usage: make.py FOLDER NAME...
       make.py FOLDER --list      lists the names

All data sets contain the same values, a float32 field of 256 x 1024 x 1024 (1 GiB), unless their name begins with
`plan-`, `index-` or `rows`, or is listed in files_data.py. Data sets whose name begins with `w4` contain only the first 64 planes (256 MiB). The
field resembles measurements: a smooth temperature between 250 and 310 K plus noise of 0.02
K, rounded to 1/64 K as in packed archives. So exponents and high mantissa bits compress well, low mantissa bits are
zero, and the bits between them are noise.

Each data set is written under a temporary name and renamed when it is complete. Existing data sets are not changed.
"""

import json
import os
import shutil
import sys

import files_data
import numpy as np

SHAPE = (256, 1024, 1024)
CHUNK = (64, 128, 128)
SHARD = (128, 512, 512)
THREADS = 2


def field_slab(z0, z1, shape=SHAPE):
    """Returns the planes z0 to z1 of the field."""
    rng = np.random.default_rng(z0)
    z = np.linspace(0, 1, shape[0], dtype=np.float32)[z0:z1, None, None]
    y = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :, None]
    x = np.linspace(0, 2 * np.pi, shape[2], dtype=np.float32)[None, None, :]
    waves = 4 * np.sin(3 * x + 5 * y) * np.cos(7 * y - 2 * z)
    smooth = 280 + 25 * (1 - y * y) - 20 * z + waves + 1.5 * np.sin(17 * x * y)
    noise = rng.standard_normal(smooth.shape, dtype=np.float32) * np.float32(0.02)
    return np.round((smooth + noise) * 64).astype(np.float32) / np.float32(64)


def source(folder, name="f4.npy"):
    """Returns the field, or its first planes, mapped into memory."""
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        raise SystemExit("expected %s: make it first" % name)
    return np.load(path, mmap_mode="r")


def write_npy(planes):
    def write(path, folder):
        out = np.lib.format.open_memmap(path, mode="w+", dtype="<f4", shape=(planes, *SHAPE[1:]))
        for z in range(0, planes, 16):
            out[z : z + 16] = field_slab(z, z + 16)
        out.flush()

    return write


def write_raw(path, folder):
    """Writes the elements without a header, so that the data is aligned to pages and blocks."""
    data = source(folder)
    with open(path, "wb") as file:
        for z in range(0, SHAPE[0], 16):
            np.ascontiguousarray(data[z : z + 16]).tofile(file)


def boxes(chunk=CHUNK, shape=SHAPE):
    counts = [n // c for n, c in zip(shape, chunk)]
    for at in np.ndindex(*counts):
        yield at, tuple(slice(a * c, (a + 1) * c) for a, c in zip(at, chunk))


def write_tiles(path, folder):
    data = source(folder)
    os.mkdir(path)
    for at, box in boxes():
        np.ascontiguousarray(data[box]).tofile(os.path.join(path, "%d_%d_%d.bin" % at))
    manifest = {
        "version": 1,
        "shape": SHAPE,
        "tileShape": CHUNK,
        "dtype": "float32",
        "path": "{0}_{1}_{2}.bin",
    }
    with open(os.path.join(path, "tiles.json"), "w") as file:
        json.dump(manifest, file)


def write_hdf5(of="f4.npy", **options):
    def write(path, folder):
        import h5py
        import hdf5plugin

        options_now = {k: v() if callable(v) else v for k, v in options.items()}
        data = source(folder, of)
        # Not "latest": HDF5 2 would write layout messages of version 5, which hidefix (HDF5 1.14) cannot read.
        with h5py.File(path, "w", libver=("earliest", "v110")) as file:
            dataset = file.create_dataset("data", data.shape, "<f4", **options_now)
            for z in range(0, data.shape[0], CHUNK[0]):
                dataset[z : z + CHUNK[0]] = data[z : z + CHUNK[0]]

    return write


def hdf5_zstd():
    import hdf5plugin

    return hdf5plugin.Zstd(clevel=3)


def write_zarr(compressors, shards=None, of="f4.npy"):
    def write(path, folder):
        import zarr

        zarr.config.set({"threading.max_workers": THREADS, "async.concurrency": THREADS})
        data = source(folder, of)
        array = zarr.create_array(
            store=path,
            shape=data.shape,
            dtype="float32",
            chunks=CHUNK,
            shards=shards,
            compressors=compressors(),
        )
        for z in range(0, data.shape[0], (shards or CHUNK)[0]):
            array[z : z + (shards or CHUNK)[0]] = data[z : z + (shards or CHUNK)[0]]

    return write


def zarr_zstd():
    import zarr.codecs

    return [zarr.codecs.ZstdCodec(level=3)]


def zarr_gzip():
    import zarr.codecs

    return [zarr.codecs.GzipCodec(level=5)]


def zarr_blosc():
    import zarr.codecs

    return [zarr.codecs.BloscCodec(cname="lz4", clevel=5, shuffle="shuffle", typesize=4)]


def write_tiledb(filters):
    def write(path, folder):
        import tiledb

        data = source(folder)
        dims = [
            tiledb.Dim(name=name, domain=(0, n - 1), tile=c, dtype=np.int32) for name, n, c in zip("zyx", SHAPE, CHUNK)
        ]
        attribute = tiledb.Attr(name="v", dtype=np.float32, filters=filters(tiledb))
        schema = tiledb.ArraySchema(domain=tiledb.Domain(*dims), attrs=[attribute], sparse=False)
        tiledb.Array.create(path, schema)
        with tiledb.open(path, "w") as array:
            array[:] = data[:]

    return write


PLAN_GRID = (50, 50, 40)


def plan_values(chunk):
    """Returns sixteen chunks of the field. Data sets of 100,000 chunks consist of copies of them."""
    slab = field_slab(0, chunk[0])
    return [np.ascontiguousarray(slab[:, 60 * i : 60 * i + chunk[1], 50 * i : 50 * i + chunk[2]]) for i in range(16)]


def write_plan_gzip(path, folder):
    """Writes 100,000 chunks of 64 KiB with shuffle and deflate to one HDF5 file (index: fixed array)."""
    import zlib

    import h5py

    chunk = (16, 32, 32)
    shape = tuple(g * c for g, c in zip(PLAN_GRID, chunk))
    stored = []
    for values in plan_values(chunk):
        planes = values.reshape(-1).view(np.uint8).reshape(-1, 4).T
        stored.append(zlib.compress(planes.tobytes(), 4))
    with h5py.File(path, "w", libver="latest") as file:
        dataset = file.create_dataset("data", shape, "<f4", chunks=chunk, compression="gzip", shuffle=True)
        for i, at in enumerate(np.ndindex(*PLAN_GRID)):
            dataset.id.write_direct_chunk(tuple(a * c for a, c in zip(at, chunk)), stored[i % 16])


def write_plan_tiles(path, folder):
    """Writes 100,000 raw tiles of 16 KiB."""
    tile = (16, 16, 16)
    shape = tuple(g * c for g, c in zip(PLAN_GRID, tile))
    values = [v.tobytes() for v in plan_values(tile)]
    os.mkdir(path)
    for i, at in enumerate(np.ndindex(*PLAN_GRID)):
        if at[1] == 0 and at[2] == 0:
            os.mkdir(os.path.join(path, "%d" % at[0]))
        with open(os.path.join(path, "%d/%d_%d.bin" % at), "wb") as file:
            file.write(values[i % 16])
    manifest = {"version": 1, "shape": shape, "tileShape": tile, "dtype": "float32", "path": "{0}/{1}_{2}.bin"}
    with open(os.path.join(path, "tiles.json"), "w") as file:
        json.dump(manifest, file)


INDEX_SHAPE = (200, 200, 400)
INDEX_CHUNK = (2, 2, 4)


def write_index(libver, maxshape=None, early=False):
    """Writes 10^6 chunks of 64 bytes to one HDF5 file. The arguments determine the kind of the chunk index."""

    def write(path, folder):
        import h5py

        with h5py.File(path, "w", libver=libver) as file:
            creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            creation.set_chunk(INDEX_CHUNK)
            if early:
                creation.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            space = h5py.h5s.create_simple(INDEX_SHAPE, maxshape or INDEX_SHAPE)
            h5py.h5d.create(file.id, b"data", h5py.h5t.IEEE_F32LE, space, creation)
            data = file["data"]
            for z in range(0, INDEX_SHAPE[0], INDEX_CHUNK[0]):
                slab = np.arange(INDEX_CHUNK[0] * INDEX_SHAPE[1] * INDEX_SHAPE[2], dtype=np.float32) + z
                data[z : z + INDEX_CHUNK[0]] = slab.reshape(INDEX_CHUNK[0], *INDEX_SHAPE[1:])

    return write


UNLIMITED = 2**64 - 1  # H5S_UNLIMITED

ROWS_SHAPE = (10_000_000, 16)


def rows_slab(begin, end):
    return np.arange(begin * ROWS_SHAPE[1], end * ROWS_SHAPE[1], dtype=np.float32).reshape(-1, ROWS_SHAPE[1])


def write_rows_npy(path, folder):
    """Writes 10^7 rows of 64 bytes."""
    out = np.lib.format.open_memmap(path, mode="w+", dtype="<f4", shape=ROWS_SHAPE)
    for row in range(0, ROWS_SHAPE[0], 1_000_000):
        out[row : row + 1_000_000] = rows_slab(row, row + 1_000_000)
    out.flush()


def write_rows_hdf5(**options):
    def write(path, folder):
        import h5py

        with h5py.File(path, "w", libver=("earliest", "v110")) as file:
            data = file.create_dataset("data", ROWS_SHAPE, "<f4", **options)
            for row in range(0, ROWS_SHAPE[0], 1_000_000):
                data[row : row + 1_000_000] = rows_slab(row, row + 1_000_000)

    return write


def none():
    return None


DATA = {
    "f4.npy": write_npy(SHAPE[0]),
    "f4.raw": write_raw,
    "f4-tiles": write_tiles,
    "f4-contiguous.h5": write_hdf5(),
    "f4-chunked.h5": write_hdf5(chunks=CHUNK),
    "f4-gzip.h5": write_hdf5(chunks=CHUNK, compression="gzip", compression_opts=4, shuffle=True),
    "f4-zstd.h5": write_hdf5(chunks=CHUNK, compression=hdf5_zstd, shuffle=True),
    "f4-none.zarr": write_zarr(none),
    "f4-zstd.zarr": write_zarr(zarr_zstd),
    "f4-gzip.zarr": write_zarr(zarr_gzip),
    "f4-blosc.zarr": write_zarr(zarr_blosc),
    "f4-shards.zarr": write_zarr(zarr_zstd, SHARD),
    "f4-none.tdb": write_tiledb(lambda tiledb: tiledb.FilterList([])),
    "f4-zstd.tdb": write_tiledb(lambda tiledb: tiledb.FilterList([tiledb.ZstdFilter(level=3)])),
    "f4-gzip.tdb": write_tiledb(lambda tiledb: tiledb.FilterList([tiledb.GzipFilter(level=5)])),
    "w4.npy": write_npy(64),
    "w4-gzip.h5": write_hdf5("w4.npy", chunks=CHUNK, compression="gzip", compression_opts=4, shuffle=True),
    "w4-zstd.zarr": write_zarr(zarr_zstd, of="w4.npy"),
    "index-btree1.h5": write_index("earliest"),
    "index-implicit.h5": write_index("latest", early=True),
    "index-fixed.h5": write_index("latest"),
    "index-extensible.h5": write_index("latest", (UNLIMITED, *INDEX_SHAPE[1:])),
    "index-btree2.h5": write_index("latest", (UNLIMITED, UNLIMITED, INDEX_SHAPE[2])),
    "rows.npy": write_rows_npy,
    "rows-contiguous.h5": write_rows_hdf5(),
    "rows-chunked.h5": write_rows_hdf5(chunks=(4096, 16)),
    "plan-gzip.h5": write_plan_gzip,
    "plan-tiles": write_plan_tiles,
    **files_data.DATA,
}


def make(folder, name):
    path = os.path.join(folder, name)
    if os.path.exists(path):
        return
    if name.startswith("f4") and name != "f4.npy":
        make(folder, "f4.npy")
    if name.startswith("w4") and name != "w4.npy":
        make(folder, "w4.npy")
    for source_name in files_data.SOURCES.get(name, ()):
        make(folder, source_name)
    print("writing " + name, file=sys.stderr, flush=True)
    partial = os.path.join(folder, "partial-" + name)
    shutil.rmtree(partial, ignore_errors=True)
    if os.path.exists(partial):
        os.remove(partial)
    DATA[name](partial, folder)
    os.rename(partial, path)


if __name__ == "__main__":
    if sys.argv[2:] == ["--list"]:
        print("\n".join(DATA))
    else:
        os.makedirs(sys.argv[1], exist_ok=True)
        for wanted in sys.argv[2:]:
            if wanted not in DATA:
                raise SystemExit("Expected one of %s, received %r" % (", ".join(DATA), wanted))
            make(sys.argv[1], wanted)
