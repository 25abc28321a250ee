"""Answers the runner for a contender written in Python: `serve(open_contender)`. See runner/cell.mjs for the protocol.

`open_contender(config)` returns `read(index, target)`, which reads a NumPy index into `target`, or into new memory
if `target` is None. `read` may have an attribute `cool`, a function that unmaps files.
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


def to_index(selection):
    return tuple(slice(*s) if isinstance(s, list) else slice(None) if s is None else s for s in selection)


def extent(selection, shape):
    return [n if s is None else s[1] - s[0] for s, n in zip(selection, shape) if s is None or isinstance(s, list)]


def serve(open_contender):
    config = json.loads(sys.argv[1])
    read = open_contender(config)
    selections = config["selections"]
    indexes = [to_index(s) for s in selections]
    targets = [None] * len(indexes)
    if config["into"] == "reused":
        targets = [np.full(extent(s, config["shape"]), 1, np.float32) for s in selections]

    def read_all(each=None):
        for index, target in zip(indexes, targets):
            data = read(index, target)
            if each is not None:
                each(data)

    def verify():
        sums = Checksum()
        read_all(sums.add)
        return {"checksum": sums.text()}

    def settle():
        gc.collect()
        return {}

    def cool():
        getattr(read, "cool", lambda: None)()
        return {}

    def run_round(repeats):
        times = []
        cpu = cpu_ms()
        for _ in range(repeats):
            start = time.perf_counter()
            read_all()
            times.append(1e3 * (time.perf_counter() - start))
        return {"ms": times, "cpuMs": (cpu_ms() - cpu) / repeats}

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
