"""Answers the runner for a contender that writes: `serve_writes(extension, write)`. See runner/cell.mjs for the
protocol.

`write(config, source, boxes)` returns a function that writes a new target: `write_target(path)`. `boxes` are the
indexes to write and their elements. Each round begins without the target, and without dirty pages.
"""

import gc
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np

from cell import cpu_ms, to_index

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.environ.get("POSIX_PAR_BENCH_DATA") or os.path.join(ROOT, ".cache", "bench")
READER = os.path.join(ROOT, "benchmarks", "data", "read_written.py")


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)
    subprocess.run(["sync", "-f", CACHE], check=True)


def serve_writes(extension, open_contender):
    config = json.loads(sys.argv[1])
    os.makedirs(os.path.join(CACHE, "written"), exist_ok=True)
    target = os.path.join(CACHE, "written", "%d%s" % (os.getpid(), extension))
    boxes = []
    if config["path"].endswith(".npy"):
        data = np.load(config["path"])
        boxes = [(i, np.ascontiguousarray(data[i])) for i in map(to_index, config["selections"])]
    write = open_contender(config, boxes)

    def run_round():
        remove(target)
        gc.collect()
        cpu = cpu_ms()
        start = time.perf_counter()
        write(target)
        ms = 1e3 * (time.perf_counter() - start)
        return {"ms": [ms], "cpuMs": cpu_ms() - cpu}

    def verify():
        remove(target)
        write(target)
        shape = [str(n) for n in config["shape"]]
        selections = json.dumps(config["selections"])
        command = [sys.executable, READER, target, *shape]
        return {"checksum": subprocess.run(command, input=selections, capture_output=True, text=True).stdout.strip()}

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        command = line.split()[0]
        if command == "quit":
            break
        try:
            result = {"round": run_round, "verify": verify}.get(command, dict)()
        except Exception as error:  # noqa: BLE001 -- the runner reports any error
            result = {"error": repr(error)}
        print(json.dumps(result), flush=True)
    remove(target)
    os._exit(0)
