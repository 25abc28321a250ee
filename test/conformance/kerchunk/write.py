"""Writes an HDF5 file, and kerchunk references of versions 0 and 1 to its chunks.

usage: write.py OUT

OUT gets data.h5, raw.bin, v0.json, v1.json and expected/NAME.bin.
"""

import base64
import json
import os
import sys

import h5py
import numpy as np

OUT = sys.argv[1]
random = np.random.default_rng(7)
os.makedirs(os.path.join(OUT, "expected"))
refs = {
    ".zgroup": json.dumps({"zarr_format": 2}),
    ".zattrs": json.dumps({"title": "references"}),
    "g/.zgroup": json.dumps({"zarr_format": 2}),
}


def zarray(values, chunks, compressor=None, filters=None, dtype=None, fill=0):
    return json.dumps(
        {
            "zarr_format": 2,
            "shape": values.shape,
            "chunks": chunks,
            "dtype": dtype or values.dtype.str,
            "compressor": compressor,
            "filters": filters,
            "fill_value": fill,
            "order": "C",
        }
    )


def expect(name, values):
    values.astype(values.dtype.newbyteorder("=")).tofile(os.path.join(OUT, "expected", name.replace("/", "-") + ".bin"))


with h5py.File(os.path.join(OUT, "data.h5"), "w") as f:
    packed = random.integers(0, 1000, (20, 30), dtype="i4")
    f.create_dataset("packed", data=packed, chunks=(6, 11), compression="gzip", shuffle=True)
    plain = random.standard_normal((8, 9)).astype(">f8")
    f.create_dataset("plain", data=plain, dtype=">f8")
    f.flush()
    for i in range(f["packed"].id.get_num_chunks()):
        info = f["packed"].id.get_chunk_info(i)
        key = ".".join(str(o // c) for o, c in zip(info.chunk_offset, (6, 11)))
        refs[f"g/packed/{key}"] = ["{{u}}", info.byte_offset, info.size]
    refs["plain/0.0"] = ["file://" + os.path.join(OUT, "data.h5"), f["plain"].id.get_offset(), plain.nbytes]
del refs["g/packed/1.1"]
packed[6:12, 11:22] = -5
refs["g/packed/.zarray"] = zarray(
    packed, [6, 11], {"id": "zlib", "level": 4}, [{"id": "shuffle", "elementsize": 4}], fill=-5
)
refs["g/packed/.zattrs"] = json.dumps({"_ARRAY_DIMENSIONS": ["y", "x"], "units": "K"})
refs["plain/.zarray"] = zarray(plain, [8, 9])
expect("g/packed", packed)
expect("plain", plain)

held = np.arange(10, dtype="<i2") * 7
refs["held/.zarray"] = zarray(held, [4])
padded = np.zeros(12, "<i2")
padded[:10] = held
for i in range(3):
    part = padded[4 * i : 4 * i + 4].tobytes()
    refs[f"held/{i}"] = "base64:" + base64.b64encode(part).decode()
expect("held", held)

text = np.frombuffer(b"plain text", "u1")
refs["text/.zarray"] = zarray(text, [10])
refs["text/0"] = "plain text"
expect("text", text)

mixed = np.concatenate([held[:4], padded[:4]])
refs["mixed/.zarray"] = zarray(mixed, [4])
refs["mixed/0"] = "base64:" + base64.b64encode(mixed[:4].tobytes()).decode()
refs["mixed/1"] = ["part1.bin"]
mixed[4:].tofile(os.path.join(OUT, "part1.bin"))
expect("mixed", mixed)

raw = random.integers(0, 255, (4, 3, 5), dtype="u1")
raw.tofile(os.path.join(OUT, "raw.bin"))
generated = {
    "key": "raw/{{i}}.{{j}}.0",
    "url": "{{ f(name='raw') }}",
    "offset": "{{ (i * 3 + j) * 5 }}",
    "length": "5",
    "dimensions": {"i": {"stop": 4}, "j": [0, 1, 2]},
}
documents = {"raw/.zarray": zarray(raw, [1, 1, 5])}
expect("raw", raw)

templates = {"u": "data.h5", "f": "{{name}}.bin"}
with open(os.path.join(OUT, "v1.json"), "w") as f:
    # A metadata document may also be JSON instead of text.
    json.dump(
        {
            "version": 1,
            "templates": templates,
            "gen": [generated],
            "refs": {**refs, **{key: json.loads(value) for key, value in documents.items()}},
        },
        f,
    )
with open(os.path.join(OUT, "v0.json"), "w") as f:
    flat = {
        key: ["data.h5", *value[1:]] if isinstance(value, list) and value[0] == "{{u}}" else value
        for key, value in refs.items()
    }
    json.dump(
        {
            **flat,
            **documents,
            **{f"raw/{i}.{j}.0": ["raw.bin", (i * 3 + j) * 5, 5] for i in range(4) for j in range(3)},
        },
        f,
    )
