"""Reads arrays of texts of a server with zarr-python.

Usage: read_texts.py BASE TOKEN PATHS_AS_JSON GROUP
Prints JSON: {texts: {path: nested lists}, dtypes: [name...], members: [names in GROUP], grouped: nested lists of the
member `variable` of GROUP}.
"""

import json
import sys
import warnings
from urllib.parse import quote

import numpy as np
import zarr

warnings.simplefilter("ignore")
base, token, paths, group = sys.argv[1:5]
options = {"headers": {"Authorization": f"Bearer {token}"}}


def opened(path):
    return zarr.open(f"{base}/zarr/{quote(path)}", mode="r", storage_options=options, zarr_format=3)


arrays = {path: opened(path) for path in json.loads(paths)}
found = opened(group)
print(json.dumps({
    "texts": {path: np.asarray(array[...]).tolist() for path, array in arrays.items()},
    "dtypes": sorted({array.metadata.to_dict()["data_type"] for array in arrays.values()}),
    "members": sorted(name for name, _ in found.members(max_depth=None)),
    "grouped": found["variable"][1:4, 2:6].tolist(),
}))
