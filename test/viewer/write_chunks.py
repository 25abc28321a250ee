"""Writes arrays with chunks that are absent, tiny, or shorter than the distance between the elements of a picture.

Usage: write_chunks.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import zarr

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
gaps = zarr.create_array(folder / "gaps.zarr", shape=(60, 80), chunks=(20, 20), dtype="f4", fill_value=0)
gaps[:20] = 1 + np.arange(20 * 80).reshape(20, 80)
gaps[40:, 20:60] = 5
zarr.create_array(folder / "fine.zarr", shape=(600, 600), chunks=(2, 2), dtype="u1")[:2, :2] = 1
zarr.create_array(folder / "strip.zarr", shape=(200, 200_000), chunks=(1, 100_000), dtype="u1")
