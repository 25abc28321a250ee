"""Writes codec cases: chunks that were encoded by the reference libraries, and the bytes that decoding must return.

Usage: python test/codecs/generate.py FOLDER [SEED]

FOLDER/seeds/CODEC gets small cases of one codec as inputs of test/fuzz/native/codec_fuzzer.cc.

A case consists of a header of text lines, an empty line, the stored bytes and the expected bytes. A file contains many.
    case NAME / codec ID PARAMETERS... (in writing order) / mask FILTER_MASK / stored N / decoded N
Needs numpy, numcodecs, zfpy, pcodec, h5py, hdf5plugin and tiledb.
"""

import collections
import pathlib
import re
import struct
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import hdf5_cases
import ids
import numcodecs_cases
import pcodec_cases
import tiledb_cases


def snake(name):
    return re.sub("([A-Z])", r"_\1", name).lower()


NAMES = {number: snake(name) for name, number in ids.ID.items()}
MOST_SEEDS = 60
seeds = collections.Counter()


def write_seed(folder, codecs, stored, decoded):
    """Also writes the case as an input of the fuzzer if it is small and has a single codec."""
    (number, *params) = codecs[0]
    name = NAMES[number]
    if len(codecs) != 1 or len(stored) > 6000 or len(params) > 255 or seeds[name] == MOST_SEEDS:
        return
    (folder / name).mkdir(parents=True, exist_ok=True)
    head = struct.pack(f"<B{len(params)}dIHH", len(params), *params, len(decoded), 0, 65535)
    (folder / name / str(seeds[name])).write_bytes(head + stored)
    seeds[name] += 1


def write(path, cases):
    with open(path, "wb") as f:
        for name, codecs, mask, stored, decoded in cases:
            if mask == 0:
                write_seed(path.parent / "seeds", codecs, stored, decoded)
            lines = [f"case {name}"]
            lines += [
                "codec " + " ".join(repr(float(v)) if isinstance(v, float) else str(int(v)) for v in c) for c in codecs
            ]
            lines += [f"mask {mask}", f"stored {len(stored)}", f"decoded {len(decoded)}", "", ""]
            f.write("\n".join(lines).encode())
            f.write(stored)
            f.write(decoded)


def main():
    folder = pathlib.Path(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder.mkdir(parents=True, exist_ok=True)
    for family in (numcodecs_cases, pcodec_cases, hdf5_cases, tiledb_cases):
        rng = np.random.default_rng(seed)
        write(folder / f"{family.__name__}.bin", family.cases(rng))


if __name__ == "__main__":
    main()
