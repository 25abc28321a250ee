"""Data sets of the group `files`: compressed NIfTI and NumPy files, records, text, virtual datasets, zipped Zarr.

`DATA` has the functions that write them, as in make.py. `SOURCES` names the data sets that they are made of.
"""

import os
import zipfile

import numpy as np

SCAN_SHAPE = (512, 512, 680)
RECORDS = 10_000_000
NAMES = 1_000_000
NAME_BYTES = 20
PARTS = 16
LEVEL = 6

RECORD = np.dtype([("time", "<f8"), ("energy", "<f4"), ("charge", "<i4"), ("id", "<u8")])


def scan_plane(z):
    """Returns a plane of the scan, x fastest: a smooth object in air, with noise, as int16."""
    rng = np.random.default_rng(z)
    x = np.linspace(-1, 1, SCAN_SHAPE[0], dtype=np.float32)[:, None]
    y = np.linspace(-1, 1, SCAN_SHAPE[1], dtype=np.float32)[None, :]
    radius = 1 - (2 * z / SCAN_SHAPE[2] - 1) ** 2 - x * x - y * y
    inside = np.where(radius > 0, 900 + 300 * np.sin(9 * x) * np.cos(7 * y) + 200 * radius, 0)
    noise = rng.standard_normal(inside.shape, dtype=np.float32) * np.where(radius > 0, 40, 6).astype(np.float32)
    return np.asfortranarray(np.round(inside + noise).astype(np.int16))


def write_scan_npy(path, folder):
    out = np.lib.format.open_memmap(path, mode="w+", dtype="<i2", shape=SCAN_SHAPE, fortran_order=True)
    for z in range(SCAN_SHAPE[2]):
        out[:, :, z] = scan_plane(z)
    out.flush()


def write_scan_nifti(path, folder):
    import nibabel

    image = nibabel.Nifti1Image(np.load(os.path.join(folder, "scan.npy"), mmap_mode="r"), np.eye(4))
    image.header.set_data_dtype(np.int16)
    named = path + ".nii.gz"
    nibabel.openers.Opener.default_compresslevel = LEVEL
    image.to_filename(named)
    os.rename(named, path)


def write_npz(path, folder):
    named = path + ".npz"
    np.savez_compressed(named, data=np.load(os.path.join(folder, "w4.npy"), mmap_mode="r"))
    os.rename(named, path)


def records(begin, end):
    rng = np.random.default_rng(begin)
    out = np.empty(end - begin, RECORD)
    out["time"] = np.arange(begin, end) * 1e-3
    out["energy"] = np.round(rng.exponential(50, end - begin), 1)
    out["charge"] = rng.integers(-2, 3, end - begin)
    out["id"] = np.arange(begin, end)
    return out


def blocks(count, step=1_000_000):
    return [(begin, min(begin + step, count)) for begin in range(0, count, step)]


def write_records_hdf5(**options):
    def write(path, folder):
        import h5py

        with h5py.File(path, "w", libver=("earliest", "v110")) as file:
            data = file.create_dataset("data", (RECORDS,), RECORD, **options)
            for begin, end in blocks(RECORDS):
                data[begin:end] = records(begin, end)

    return write


def write_records_raw(path, folder):
    with open(path, "wb") as file:
        for begin, end in blocks(RECORDS):
            records(begin, end).tofile(file)


def write_energy(path, folder):
    out = np.lib.format.open_memmap(path, mode="w+", dtype="<f4", shape=(RECORDS,))
    for begin, end in blocks(RECORDS):
        out[begin:end] = records(begin, end)["energy"]
    out.flush()


def names():
    """Returns different texts of 20 bytes."""
    digits = np.char.zfill(np.random.default_rng(1).permutation(NAMES).astype("S7"), 7)
    return np.char.add(b"station/", np.char.add(digits, b"/data")).astype("S%d" % NAME_BYTES)


def write_names_npy(path, folder):
    with open(path, "wb") as file:
        np.save(file, names())


def write_names_hdf5(path, folder):
    import h5py

    with h5py.File(path, "w") as file:
        data = file.create_dataset("data", (NAMES,), h5py.string_dtype(), chunks=(16384,))
        data[...] = names().astype(object)


def write_virtual(path, folder):
    """Writes 16 files of four planes with gzip chunks, and all.h5, whose virtual dataset joins them."""
    import h5py

    data = np.load(os.path.join(folder, "w4.npy"), mmap_mode="r")
    planes = data.shape[0] // PARTS
    layout = h5py.VirtualLayout(data.shape, "<f4")
    os.mkdir(path)
    for i in range(PARTS):
        name = "part-%02d.h5" % i
        rows = slice(i * planes, (i + 1) * planes)
        part = data[rows]
        with h5py.File(os.path.join(path, name), "w", libver=("earliest", "v110")) as file:
            file.create_dataset("data", data=part, chunks=(planes, 128, 128), compression="gzip", shuffle=True)
        layout[rows] = h5py.VirtualSource(name, "data", part.shape)
    with h5py.File(os.path.join(path, "all.h5"), "w", libver="latest") as file:
        file.create_virtual_dataset("data", layout)


def write_zip(path, folder):
    """Stores the files of a Zarr array in an archive, as zarr-python's ZipStore does."""
    root = os.path.join(folder, "w4-zstd.zarr")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for parent, _, found in sorted(os.walk(root)):
            for name in sorted(found):
                full = os.path.join(parent, name)
                archive.write(full, os.path.relpath(full, root))


DATA = {
    "scan.npy": write_scan_npy,
    "scan.nii.gz": write_scan_nifti,
    "w4.npz": write_npz,
    "energy.npy": write_energy,
    "records.raw": write_records_raw,
    "records-contiguous.h5": write_records_hdf5(),
    "records-gzip.h5": write_records_hdf5(chunks=(65_536,), compression="gzip", compression_opts=4),
    "names.npy": write_names_npy,
    "names.h5": write_names_hdf5,
    "w4-virtual": write_virtual,
    "w4-zstd.zarr.zip": write_zip,
}

SOURCES = {"scan.nii.gz": ["scan.npy"], "w4-zstd.zarr.zip": ["w4-zstd.zarr"]}
