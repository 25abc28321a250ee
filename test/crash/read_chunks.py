"""Reads a Zarr array with zarr-python until its standard input ends, while another process replaces its chunks.

usage: read_chunks.py PATH

All elements of a chunk must be equal at any time, and must not become smaller. Prints a line when it has read the array
once, and at the end how often it has read it.
"""

import sys
import threading

import numpy as np
import zarr

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
array = zarr.open_array(sys.argv[1], mode="r")
rows, columns = array.chunks
before = np.zeros([-(-n // c) for n, c in zip(array.shape, array.chunks)], array.dtype)
count = 0
while not ended.is_set() or count == 0:
    data = array[...]
    for i, j in np.ndindex(before.shape):
        chunk = data[i * rows : (i + 1) * rows, j * columns : (j + 1) * columns]
        assert chunk.min() == chunk.max(), f"chunk {i}.{j} has {chunk.min()} and {chunk.max()}"
        assert chunk.min() >= before[i, j], f"chunk {i}.{j} has {chunk.min()} after {before[i, j]}"
        before[i, j] = chunk.min()
    count += 1
    if count == 1:
        print("read", flush=True)
print(count, flush=True)
