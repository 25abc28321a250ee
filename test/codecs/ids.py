"""The codec ids of lib/core/generated/codecs.ts. They are read from that file, so they cannot differ."""

import pathlib
import re

_text = (pathlib.Path(__file__).parents[2] / "lib" / "core" / "generated" / "codecs.ts").read_text()
ID = {name: int(value) for name, value in re.findall(r"^  (\w+): (\d+),$", _text, re.M)}

# The element types of lib/core/dtype.ts, by kind and size in NumPy.
DTYPE = {
    'b1': 0, 'i1': 1, 'u1': 2, 'i2': 3, 'u2': 4, 'i4': 5, 'u4': 6, 'i8': 7, 'u8': 8,
    'f2': 9, 'f4': 10, 'f8': 11, 'c8': 12, 'c16': 13,
}  # fmt: skip


def dtype_code(dtype):
    """Returns the code of a NumPy dtype, and 1 if it is big-endian."""
    return DTYPE[dtype.kind + str(dtype.itemsize)], int(dtype.byteorder == ">")
