"""Prints what h5grove replies for an HDF5 file: JSON with the metadata, attributes, data and statistics of each path.

Usage: h5grove_replies.py FILE
"""

import base64
import json
import sys

import h5py
import orjson
from h5grove.content import DatasetContent, GroupContent, create_content, get_list_of_paths
from h5grove.encoders import bin_encode, orjson_default
from h5grove.models import LinkResolution

replies = {}


def plain(value):
    return json.loads(orjson.dumps(value, default=orjson_default, option=orjson.OPT_SERIALIZE_NUMPY))


with h5py.File(sys.argv[1]) as file:
    paths = ["/"]
    file.visit(lambda name: paths.append(f"/{name}"))
    for path in paths:
        content = create_content(file, path, LinkResolution.ONLY_VALID)
        reply = {"meta": plain(content.metadata())}
        if isinstance(content, (DatasetContent, GroupContent)):
            reply["attr"] = plain(content.attributes())
        if isinstance(content, DatasetContent):
            reply["bin"] = base64.b64encode(bin_encode(content.data(dtype="safe"))).decode()
            reply["json"] = plain(content.data())
            reply["flat"] = plain(content.data(flatten=True))
            if content.data().dtype.kind in "iuf" and content.data().size > 0:
                reply["stats"] = plain(content.data_stats())
        replies[path] = reply
print(json.dumps({"replies": replies, "paths": list(paths)}))
