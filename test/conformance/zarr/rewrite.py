"""Keeps replacing the chunk files of Zarr arrays by rename, until its standard input ends.

usage: rewrite.py OUT SEED

Creates the int32 arrays OUT/plain and OUT/sharded of shape [96, 96], and prints a line when they are complete. Each
chunk contains its elements of version OUT/0.bin or OUT/1.bin (in C order). The two versions compress to different
sizes, so the offsets of inner chunks in a shard differ. Sometimes a file is removed for a while, and its chunks read
as 0. At the end, the program prints how many files it replaced.
"""

import os
import random
import shutil
import sys
import threading

import numpy as np
import zarr

OUT, SEED = sys.argv[1], int(sys.argv[2])
rng = random.Random(SEED)
versions = [
    np.random.default_rng(SEED).integers(0, 2**30, (96, 96), "i4"),
    np.arange(-96 * 96, 0, dtype="i4").reshape(96, 96),
]
layouts = {"plain": {"chunks": (24, 32)}, "sharded": {"chunks": (8, 16), "shards": (48, 48)}}
for v, data in enumerate(versions):
    data.tofile(os.path.join(OUT, f"{v}.bin"))
    for name, layout in layouts.items():
        zarr.create_array(os.path.join(OUT, f"{name}-{v}"), data=data, **layout)
chunks = []
for name in layouts:
    target = os.path.join(OUT, name)
    shutil.copytree(os.path.join(OUT, f"{name}-0"), target)
    for folder, _, files in os.walk(os.path.join(target, "c")):
        chunks += [(name, os.path.relpath(os.path.join(folder, f), target)) for f in files]
contents = {
    (name, key, v): open(os.path.join(OUT, f"{name}-{v}", key), "rb").read() for name, key in chunks for v in (0, 1)
}
print("ready", flush=True)

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
count = 0
temporary = os.path.join(OUT, "temporary")
while not ended.is_set():
    name, key = rng.choice(chunks)
    target = os.path.join(OUT, name, key)
    if rng.random() < 0.05 and os.path.exists(target):
        os.unlink(target)
        continue
    with open(temporary, "wb") as f:
        f.write(contents[name, key, rng.randrange(2)])
    os.replace(temporary, target)
    count += 1
    if count % 16 == 0:
        ended.wait(0.001)
print(count, flush=True)
