"""Answers the runner for a contender written in Python: `serve(open_contender)`. See runner/cell.mjs for the protocol.

`open_contender(config)` returns `read(index, target)`, which reads a NumPy index into `target`, or into new memory
if `target` is None. `read` may have these attributes:
- `cool`: a function that unmaps files;
- `begin`: a function that empties the caches of the contender before each repetition; not timed;
- `many`: a function that reads a list of indexes at once and returns the arrays. It is called instead of `read`;
- `to_words`: a function that converts what was read to an array whose checksum is compared; not timed.
"""

import gc
import json
import os
import resource
import sys
import time

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data"))
from checksum import Checksum  # noqa: E402


def cpu_ms():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return 1e3 * (usage.ru_utime + usage.ru_stime)


def to_entry(entry):
    if isinstance(entry, dict):
        return entry["list"]
    return slice(*entry) if isinstance(entry, list) else slice(None) if entry is None else entry


def to_index(selection):
    return tuple(to_entry(s) for s in selection)


def extent(selection, shape):
    def count(entry, n):
        if isinstance(entry, dict):
            return len(entry["list"])
        return n if entry is None else entry[1] - entry[0]

    return [count(s, n) for s, n in zip(selection, shape) if not isinstance(s, int)]


def serve(open_contender):
    config = json.loads(sys.argv[1])
    read = open_contender(config)
    selections = config["selections"]
    indexes = [to_index(s) for s in selections]
    targets = [None] * len(indexes)
    if config["into"] == "reused":
        targets = [np.full(extent(s, config["shape"]), 1, np.float32) for s in selections]

    def read_all(each=None):
        if hasattr(read, "many"):
            for data in read.many(indexes):
                if each is not None:
                    each(data)
            return
        for index, target in zip(indexes, targets):
            data = read(index, target)
            if each is not None:
                each(data)

    def verify():
        sums = Checksum()
        to_words = getattr(read, "to_words", lambda data: data)
        read_all(lambda data: sums.add(to_words(data)))
        return {"checksum": sums.text()}

    def settle():
        gc.collect()
        return {}

    def cool():
        getattr(read, "cool", lambda: None)()
        return {}

    def run_round(repeats):
        times = []
        cpu = 0
        for _ in range(repeats):
            getattr(read, "begin", lambda: None)()
            cpu -= cpu_ms()
            start = time.perf_counter()
            read_all()
            times.append(1e3 * (time.perf_counter() - start))
            cpu += cpu_ms()
        return {"ms": times, "cpuMs": cpu / repeats}

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "quit":
            break
        try:
            commands = {"verify": verify, "settle": settle, "cool": cool}
            result = run_round(int(words[1])) if words[0] == "round" else commands[words[0]]()
        except Exception as error:  # noqa: BLE001 -- the runner reports any error
            result = {"error": repr(error)}
        print(json.dumps(result), flush=True)
    os._exit(0)
