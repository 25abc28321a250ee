"""Writes arrays, and prints what numpy.histogram counts in 64 bins of their finite elements: JSON by the names of files.

Usage: write_histogram.py FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(5)
with_gaps = rng.normal(3, 2, (200, 300))
with_gaps[::7, ::5] = np.nan
with_gaps[3, 4], with_gaps[5, 6] = np.inf, -np.inf
arrays = {
    "normal.npy": with_gaps,
    "small.npy": rng.gamma(2, 5, (120, 90)).astype("f4"),
    "steps.npy": rng.integers(-64, 65, (80, 70)).astype("i2"),
    "line.npy": np.linspace(0, 1, 6401) ** 2,
    "constant.npy": np.full((4, 5), 7, "u1"),
}
expected = {}
for name, array in arrays.items():
    np.save(folder / name, array)
    values = array.astype("f8")
    counts, edges = np.histogram(values[np.isfinite(values)], bins=64)
    expected[name] = {"counts": counts.tolist(), "edges": edges.tolist()}
print(json.dumps(expected))
