"""Writes HDF5 files at the limits of the format, and the results of h5py for them.

usage: limits.py OUT

Prints JSON: {huge: [{name, boxes: [{start, stop, values}]}], chains: [{name, reads}],
messages: [{file, type, flags, reads}]}.
"""

import json
import os
import sys

import h5py
import numpy as np

os.chdir(sys.argv[1])


def huge():
    """Writes datasets of 2^53 bytes and more."""
    found = []
    last, columns = 2**33, 2**26
    boxes = [((0, 0), (2, 3)), ((last - 2, columns - 3), (last, columns)), ((2**32 + 1023, 5), (2**32 + 1025, 9))]
    kinds = {
        "btree-v1": dict(libver="earliest", maxshape=None),
        "extensible-array": dict(libver="latest", maxshape=(None, 2**26)),
        "btree-v2": dict(libver="latest", maxshape=(None, None)),
        "fill": dict(libver="latest", maxshape=(None, None), fillvalue=-7),
        "compressed": dict(libver="latest", maxshape=(None, None), compression="gzip"),
    }
    for name, options in kinds.items():
        libver = options.pop("libver")
        with h5py.File(f"huge-{name}.h5", "w", libver=libver) as f:
            d = f.create_dataset("d", (last, columns), "i4", chunks=(64, 64), **options)
            # An extensible array is as long as the highest chunk number, so only the first boxes are written.
            written = boxes[:1] if name == "extensible-array" else boxes[:2]
            for i, (start, stop) in enumerate(written):
                size = [b - a for a, b in zip(start, stop)]
                d[start[0] : stop[0], start[1] : stop[1]] = np.arange(np.prod(size)).reshape(size) + 100 * (i + 1)
        with h5py.File(f"huge-{name}.h5") as f:
            found.append(
                {
                    "name": name,
                    "boxes": [
                        {"start": a, "stop": b, "values": f["d"][a[0] : b[0], a[1] : b[1]].reshape(-1).tolist()}
                        for a, b in boxes
                    ],
                }
            )
    with h5py.File("limits.h5", "w", libver="latest") as f:
        f.create_dataset("contiguous", (2**33, 2**26), "i4")
        f.create_dataset("long", (2**54,), "i1", chunks=(1024,))
        f.create_dataset("may-be-long", (10,), "i1", chunks=(5,), maxshape=(2**60,))
        f.create_dataset("empty", (2**52, 2**52, 0), "i4", chunks=(1, 1, 1), maxshape=(None, None, None))
    return found


def reads(path, name):
    try:
        with h5py.File(path) as f:
            f[name][...]
        return True
    except (OSError, KeyError, RuntimeError):
        return False


def chains():
    """Writes chains of soft links, and paths with several soft links."""
    with h5py.File("links.h5", "w") as f:
        f["d0"] = np.arange(3)
        for i in range(1, 20):
            f[f"d{i}"] = h5py.SoftLink(f"/d{i - 1}")
        g = f
        for i in range(20):
            g[f"s{i}"] = h5py.SoftLink(f"g{i}")
            g = g.create_group(f"g{i}")
        g["d"] = np.arange(3)
    names = [f"d{i}" for i in range(20)]
    names += ["/".join([f"s{i}" for i in range(n)] + [f"g{i}" for i in range(n, 20)] + ["d"]) for n in range(14, 20)]
    return [{"name": name, "reads": reads("links.h5", name)} for name in names]


def messages():
    """Writes messages of unknown types with each set of flags, in place of a comment message."""
    with h5py.File("comment.h5", "w", libver="earliest") as f:
        d = f.create_dataset("d", (3,), "i4", data=[1, 2, 3])
        h5py.h5o.set_comment(d.id, b"a comment")
        g = f.create_group("g")
        g["d"] = np.arange(3)
        h5py.h5o.set_comment(g.id, b"a comment")
    with open("comment.h5", "rb") as f:
        original = f.read()
    text = b"a comment\0"
    found = []
    for where, at in (("d", original.index(text)), ("g/d", original.rindex(text))):
        # The fields before the text in a header of version 1 are type (2 bytes), size (2), flags (1), reserved (3).
        assert original[at - 8 : at - 6] == b"\x0d\0", original[at - 8 : at]
        for kind in (0x09, 0x0D, 0x18, 0x19, 0x99):
            for flags in (0x00, 0x08, 0x10, 0x80, 0x88):
                if kind == 0x18:
                    continue
                file = f"message-{where[0]}-{kind}-{flags}.h5"
                with open(file, "wb") as f:
                    f.write(
                        original[: at - 8]
                        + bytes([kind, 0])
                        + original[at - 6 : at - 4]
                        + bytes([flags])
                        + original[at - 3 :]
                    )
                found.append({"file": file, "array": where, "type": kind, "flags": flags, "reads": reads(file, where)})
    return found


json.dump({"huge": huge(), "chains": chains(), "messages": messages()}, sys.stdout)
