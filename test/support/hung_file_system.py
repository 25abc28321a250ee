"""Mounts a file system that never responds (FUSE without a server) at argv[1].

Prints a line once it is mounted, and unmounts it at the end of the input.
"""

import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
point = sys.argv[1].encode()
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
if libc.mount(b"hung", point, b"fuse", 0, options) != 0:
    sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
print("mounted", flush=True)
sys.stdin.read()
# Closing the device makes the waiting calls fail.
os.close(device)
libc.umount2(point, 2)
