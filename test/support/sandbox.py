"""Runs a program with a seccomp filter that refuses some system calls.

usage: sandbox.py NAME=ERRNO[,NAME=ERRNO...] PROGRAM [ARGUMENT...]
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# System call numbers on x86-64 and on AArch64.
NUMBERS = {
    "cachestat": (451, 451),
    "fadvise64": (221, 223),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "madvise": (28, 233),
    "mincore": (27, 232),
    "openat2": (437, 437),
    "preadv": (295, 69),
    "preadv2": (327, 286),
    "readahead": (187, 213),
    "sched_getaffinity": (204, 123),
    "sched_setaffinity": (203, 122),
    "statfs": (137, 43),
    "statx": (332, 291),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def refuse(rules):
    """Installs a filter that makes each system call in `rules` fail with its errno."""
    column, architecture = MACHINES[platform.machine()]
    code = [(LOAD, 0, 0, 4), (JUMP_EQUAL, 1, 0, architecture), (RETURN, 0, 0, ALLOW), (LOAD, 0, 0, 0)]
    for name, number in rules:
        code += [(JUMP_EQUAL, 0, 1, NUMBERS[name][column]), (RETURN, 0, 0, ERRNO | number)]
    code.append((RETURN, 0, 0, ALLOW))
    packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
    program = Program(len(code), ctypes.cast(packed, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


refuse([(name, getattr(errno, code)) for name, code in (rule.split("=") for rule in sys.argv[1].split(","))])
os.execvp(sys.argv[2], sys.argv[2:])
