"""Prints what nibabel reads from the NIfTI and Analyze images that nibabel and nilearn contain.

usage: describe.py ELEMENTS NILEARN

NILEARN is the folder of nilearn's files, or starts with SKIP. Prints a JSON list. An entry has the path of an image, and
either `error` or `dtype`, `shape` and `offset`: the position of its stored elements in the file ELEMENTS, in C order and
in the byte order of this machine. Colours are an additional last dimension.
"""

import json
import os
import sys

import nibabel
import numpy as np

ELEMENTS = open(sys.argv[1], "wb")
NAMES = {"i": "int", "u": "uint", "f": "float", "c": "complex"}


def describe(path):
    entry = {"path": path, "array": None}
    try:
        image = nibabel.load(path)
        if isinstance(image, nibabel.Cifti2Image):
            # Without CIFTI's interpretation, which removes dimensions.
            image = nibabel.Nifti2Image.from_filename(path)
        values = np.asanyarray(image.dataobj.get_unscaled())
    except (nibabel.filebasedimages.ImageFileError, OSError, ValueError) as error:
        return {**entry, "error": str(error)}
    if values.dtype.names is not None:
        values = np.stack([values[name] for name in values.dtype.names], -1)
    name = f"{NAMES[values.dtype.kind]}{8 * values.dtype.itemsize}"
    found = {**entry, "shape": values.shape, "dtype": name, "offset": ELEMENTS.tell()}
    ELEMENTS.write(values.astype(values.dtype.newbyteorder("=")).tobytes("C"))
    return found


described = []
for root in (os.path.dirname(nibabel.__file__), sys.argv[2]):
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            if name.endswith((".nii", ".nii.gz", ".img")):
                described.append(describe(os.path.join(folder, name)))
ELEMENTS.close()
print(json.dumps(described))
