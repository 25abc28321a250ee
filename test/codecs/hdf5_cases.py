"""Chunks as HDF5 stores them, from files that h5py wrote with its own filters and those of hdf5plugin."""

import io

import h5py
import hdf5plugin
import numpy as np
from ids import ID
from numcodecs_cases import signal


def specs(dataset):
    """Returns the codec chain of a dataset's filter pipeline."""
    plist = dataset.id.get_create_plist()
    chain = []
    for i in range(plist.get_nfilters()):
        number, _, cd, _ = plist.get_filter(i)
        if number == 1:
            chain.append((ID["zlib"],))
        elif number == 2:
            chain.append((ID["shuffle"], cd[0]))
        elif number == 3:
            chain.append((ID["fletcher32"],))
        elif number == 4:
            chain.append((ID["szip"], *cd[:4]))
        elif number == 5:
            chain.append((ID["nbit"], *cd))
        elif number == 6:
            chain.append((ID["scaleOffset"], *cd))
        elif number == 32000:
            chain.append((ID["lzf"],))
        elif number == 32001:
            chain.append((ID["blosc"],))
        elif number == 32004:
            chain.append((ID["lz4Hdf5"],))
        elif number == 32008:
            chain.append((ID["bitshuffleHdf5"], cd[2], cd[3], cd[4]))
        elif number == 32015:
            chain.append((ID["zstd"],))
        elif number == 32026:
            chain.append((ID["blosc2"],))
        elif number == 32013:
            chain.append((ID["zfp"], 0, *cd[1:]))
        elif number == 307:
            chain.append((ID["bzip2"],))
        else:
            raise ValueError(f"filter {number}")
    return chain


def chunks(name, data, chunk, dtype=None, **options):
    """Writes `data` with `options`. Yields each stored chunk with the bytes that h5py decodes from it."""
    with h5py.File("memory", "w", driver="core", backing_store=False) as f:
        if "plist" in options:
            space = h5py.h5s.create_simple(data.shape)
            options["plist"].set_chunk(chunk)
            d = h5py.Dataset(h5py.h5d.create(f.id, b"d", dtype, space, options["plist"]))
            d[...] = data
        else:
            d = f.create_dataset("d", data=data, chunks=chunk, dtype=dtype, **options)
        f.flush()
        image = f.id.get_file_image()
    # Opens the file again, because the chunk cache would return the original data even if a filter is lossy.
    with h5py.File(io.BytesIO(image)) as f:
        d = f["d"]
        chain = specs(d)
        decoded = d[...]
        for i in range(d.id.get_num_chunks()):
            info = d.id.get_chunk_info(i)
            mask, stored = d.id.read_direct_chunk(info.chunk_offset)
            box = tuple(slice(o, o + c) for o, c in zip(info.chunk_offset, chunk))
            part = decoded[box]
            if part.shape == tuple(chunk):  # elements beyond the edge of the array are undefined
                yield (
                    f"hdf5 {name} {info.chunk_offset}",
                    chain,
                    mask,
                    bytes(stored),
                    np.ascontiguousarray(part).tobytes(),
                )


def builtin(rng):
    for dtype in ("<f4", ">f8", "<i2", ">u4", "i1", "<u8"):
        data = (signal(rng, 4096, "i8") % 100).astype(dtype).reshape(64, 64)
        for name, options in (
            ("gzip", {"compression": "gzip"}),
            ("shuffle gzip", {"compression": "gzip", "shuffle": True}),
            ("shuffle gzip fletcher32", {"compression": "gzip", "shuffle": True, "fletcher32": True}),
            ("fletcher32", {"fletcher32": True}),
            ("lzf", {"compression": "lzf"}),
            ("shuffle lzf fletcher32", {"compression": "lzf", "shuffle": True, "fletcher32": True}),
        ):
            yield from chunks(f"{name} {dtype}", data, (32, 33), **options)
    yield from chunks("lzf of noise", np.frombuffer(rng.bytes(8192), "u1"), (4096,), compression="lzf")
    yield from chunks("lzf of zeros", np.zeros(100_000, "f4"), (50_000,), compression="lzf")


def plugins(rng):
    small = signal(rng, 5000, "i4")
    big = signal(rng, 60_000, "f8")
    for data, chunk in (
        (small, (1667,)),
        (big, (30_000,)),
        (small.astype("i1"), (2500,)),
        (big.astype("f4"), (29_999,)),
    ):
        for options in (
            hdf5plugin.LZ4(), hdf5plugin.LZ4(nbytes=1000), hdf5plugin.Zstd(), hdf5plugin.BZip2(),
            hdf5plugin.Bitshuffle(cname='none'), hdf5plugin.Bitshuffle(cname='lz4'), hdf5plugin.Bitshuffle(cname='zstd'),
            hdf5plugin.Bitshuffle(nelems=64, cname='lz4'), hdf5plugin.Bitshuffle(nelems=64, cname='none'),
        ):  # fmt: skip
            yield from chunks(
                f"{type(options).__name__} {options['compression_opts']} {data.dtype}", data, chunk, **options
            )
        for cname in ("blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"):
            for shuffle in (0, 1, 2):
                options = hdf5plugin.Blosc(cname=cname, clevel=5, shuffle=shuffle)
                yield from chunks(f"blosc {cname} {shuffle} {data.dtype}", data, chunk, **options)


def blosc2(rng):
    small = signal(rng, 6000, "i4")
    big = signal(rng, 60_000, "f8")
    arrays = (
        (small, (1999,)),
        (small.reshape(60, 100), (33, 40)),
        (small.astype("i1").reshape(10, 20, 30), (7, 9, 30)),
        (big.reshape(20, 30, 10, 10), (11, 30, 3, 10)),
        (big.astype("f4"), (29_999,)),
        (np.zeros((50, 60), "f4"), (20, 30)),
        (np.full((50, 60), np.nan, "f8"), (20, 30)),
        (np.full((50, 60), 7, "i2"), (20, 30)),
    )
    kinds = hdf5plugin.Blosc2
    for data, chunk in arrays:
        for cname in ("blosclz", "lz4", "lz4hc", "zlib", "zstd"):
            for filters in (kinds.NOFILTER, kinds.SHUFFLE, kinds.BITSHUFFLE, kinds.DELTA):
                options = hdf5plugin.Blosc2(cname=cname, clevel=5, filters=filters)
                yield from chunks(f"blosc2 {cname} {filters} {data.dtype} {chunk}", data, chunk, **options)
    options = hdf5plugin.Blosc2(cname="zstd", clevel=5, filters=kinds.TRUNC_PREC)
    yield from chunks("blosc2 trunc_prec", big.astype("f4"), (30_000,), **options)
    for level in (0, 9):
        options = hdf5plugin.Blosc2(cname="lz4", clevel=level, filters=kinds.SHUFFLE)
        yield from chunks(f"blosc2 level {level}", small.reshape(60, 100), (60, 100), **options)


def zfp(rng):
    walk = signal(rng, 30_000, "f8") * 1e-3
    shapes = (((3001,), (999,)), ((60, 70), (33, 41)), ((17, 20, 30), (9, 20, 11)), ((6, 7, 8, 9), (5, 7, 8, 6)))
    modes = ({"rate": 7}, {"precision": 20}, {"accuracy": 0.05}, {"reversible": True})
    for dtype in ("i4", "i8", "f4", "f8"):
        for shape, chunk in shapes:
            data = (walk[: int(np.prod(shape))] * (1000 if dtype[0] == "i" else 1)).astype(dtype).reshape(shape)
            for options in modes:
                yield from chunks(f"zfp {options} {dtype} {chunk}", data, chunk, **hdf5plugin.Zfp(**options))


def szip(rng):
    for dtype in ("i1", "<i2", ">i2", "<i4", "<f4", ">f8"):
        data = (signal(rng, 8192, "i8") % 100).astype(dtype)
        for coding in ("nn", "ec"):
            for pixels in (4, 16, 32):
                for chunk in (1024, 1000, 4001):
                    yield from chunks(
                        f"szip {coding} {pixels} {chunk} {dtype}",
                        data,
                        (chunk,),
                        compression="szip",
                        compression_opts=(coding, pixels),
                    )
    yield from chunks(
        "szip of noise", np.frombuffer(rng.bytes(8192), "<i4"), (1024,), compression="szip", compression_opts=("nn", 16)
    )


def scale_offset(rng):
    for dtype in ("i1", "u1", "<i2", ">u2", "<i4", ">i4", "<u8", ">i8"):
        data = (signal(rng, 3000, "i8") % 97).astype(dtype)
        for bits in (0, 7, 8 * np.dtype(dtype).itemsize):
            yield from chunks(f"scaleoffset {dtype} {bits}", data, (1000,), scaleoffset=bits)
            yield from chunks(f"scaleoffset fill {dtype} {bits}", data, (1000,), scaleoffset=bits, fillvalue=data[1500])
        yield from chunks(f"scaleoffset constant {dtype}", np.full(100, 7, dtype), (50,), scaleoffset=0)
        wide = rng.integers(
            np.iinfo(dtype).min, np.iinfo(dtype).max, 1000, np.dtype(dtype).newbyteorder("=").type, endpoint=True
        )
        yield from chunks(f"scaleoffset wide {dtype}", wide.astype(dtype), (500,), scaleoffset=0)
    for dtype in ("<f4", ">f4", "<f8", ">f8"):
        data = signal(rng, 3000, dtype)
        for digits in (0, 1, 2, 5):
            yield from chunks(f"scaleoffset {dtype} {digits}", data, (1000,), scaleoffset=digits)
            yield from chunks(
                f"scaleoffset fill {dtype} {digits}", data, (1000,), scaleoffset=digits, fillvalue=data[1500]
            )
        yield from chunks(f"scaleoffset gzip {dtype}", data, (1000,), scaleoffset=2, compression="gzip", shuffle=True)
        yield from chunks(f"scaleoffset constant {dtype}", np.full(100, 7.25, dtype), (50,), scaleoffset=2)


def nbit_type(dtype, precision, offset):
    t = h5py.h5t.py_create(np.dtype(dtype), logical=True).copy()
    t.set_precision(precision)
    t.set_offset(offset)
    return t


def nbit(rng):
    def plist():
        p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        p.set_filter(h5py.h5z.FILTER_NBIT, 0, ())
        return p

    for dtype, precision, offset in (
        ('<i2', 9, 0), ('<i2', 9, 3), ('>i2', 9, 3), ('<u4', 17, 5), ('>u4', 17, 5), ('<i4', 32, 0), ('<u8', 40, 11),
        ('>i8', 33, 31), ('u1', 5, 2), ('u1', 5, 3), ('<i4', 24, 8), ('>i4', 24, 8), ('>u8', 41, 3),
    ):  # fmt: skip
        data = (signal(rng, 500, "i8") % (1 << max(1, min(precision, 40) - 1))).astype(dtype)
        yield from nbit_chunks(
            f"nbit {dtype} {precision} {offset}", data, (100,), nbit_type(dtype, precision, offset), plist()
        )
    pair = np.zeros(200, [("r", "<f4"), ("i", "<f4")])
    pair["r"] = rng.random(200)
    pair["i"] = rng.random(200)
    yield from nbit_chunks("nbit compound", pair, (100,), h5py.h5t.py_create(pair.dtype, logical=True), plist())
    cells = (signal(rng, 600, "i4") % 100).astype("<i4").reshape(200, 3)
    inner = nbit_type("<i4", 20, 4)
    yield from nbit_chunks("nbit array", cells, (50,), h5py.h5t.array_create(inner, (3,)), plist(), shape=(200,))


def nbit_chunks(name, data, chunk, file_type, plist, shape=None):
    """Yields chunks like chunks(), but the file type has fewer bits than the memory type. Chunks have the file type."""
    shape = shape or data.shape
    with h5py.File("memory", "w", driver="core", backing_store=False) as f:
        plist.set_chunk(chunk)
        d = h5py.h5d.create(f.id, b"d", file_type, h5py.h5s.create_simple(shape), plist)
        space = h5py.h5s.ALL
        memory = (
            h5py.h5t.py_create(data.dtype)
            if data.ndim == len(shape)
            else h5py.h5t.array_create(h5py.h5t.py_create(data.dtype), data.shape[1:])
        )
        d.write(space, space, np.ascontiguousarray(data), memory)
        # Reads with the file's datatype, so HDF5 does not convert. These are the bytes that the filters return.
        out = np.zeros(shape, f"V{file_type.get_size()}")
        d.read(space, space, out, file_type)
        chain = specs(h5py.Dataset(d))
        for i in range(d.get_num_chunks()):
            info = d.get_chunk_info(i)
            mask, stored = d.read_direct_chunk(info.chunk_offset)
            box = tuple(slice(o, o + c) for o, c in zip(info.chunk_offset, chunk))
            yield (
                f"hdf5 {name} {info.chunk_offset}",
                chain,
                mask,
                bytes(stored),
                np.ascontiguousarray(out[box]).tobytes(),
            )


def cases(rng):
    yield from builtin(rng)
    yield from plugins(rng)
    yield from blosc2(rng)
    yield from zfp(rng)
    yield from szip(rng)
    yield from scale_offset(rng)
    yield from nbit(rng)
