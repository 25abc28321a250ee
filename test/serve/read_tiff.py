"""Reads TIFF files. Prints JSON: for each, its shape, and its elements in base64.

Usage: read_tiff.py FILE...
"""

import base64
import json
import sys

import tifffile

found = []
for path in sys.argv[1:]:
    array = tifffile.imread(path)
    little = array.astype(array.dtype.newbyteorder("<"))
    found.append({"dtype": array.dtype.name, "shape": array.shape, "data": base64.b64encode(little.tobytes()).decode()})
print(json.dumps(found))
