"""Prints what h5grove replies for an HDF5 file: JSON with the metadata, attributes, data and statistics of each path.

Usage: h5grove_replies.py FILE
"""

import base64
import json
import sys

import h5py
import numpy as np
import orjson
from h5grove.content import DatasetContent, ResolvedEntityContent, create_content, get_list_of_paths
from h5grove.encoders import bin_encode, encode, orjson_default
from h5grove.models import LinkResolution
from h5grove.utils import NotFoundError, QueryArgumentError

replies = {}


def native(value):
    """Converts an array to the byte order of this machine: h5grove fails to write others as JSON."""
    if isinstance(value, dict):
        return {name: native(item) for name, item in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.fields is None and not value.dtype.isnative:
        return value.astype(value.dtype.newbyteorder("="))
    return value


def plain(value):
    value = native(value)
    return json.loads(orjson.dumps(value, default=orjson_default, option=orjson.OPT_SERIALIZE_NUMPY))


def encoded(content, name, dtype="origin"):
    """Returns the reply in a format: base64, or null if h5grove refuses."""
    try:
        return base64.b64encode(encode(content.data(dtype=dtype), name).content).decode()
    except (QueryArgumentError, ValueError):
        return None


def linked(file, path, links):
    try:
        return plain(create_content(file, path, links).metadata())
    except NotFoundError:
        return None


def has_bytes(data):
    """True if the elements are in the array, and not elsewhere in memory."""
    return hasattr(data, "tobytes") and not data.dtype.hasobject


with h5py.File(sys.argv[1]) as file:
    paths = ["/"]
    file.id.links.visit(lambda name: paths.append(f"/{name.decode()}"))
    for path in paths:
        content = create_content(file, path, LinkResolution.ONLY_VALID)
        reply = {"meta": plain(content.metadata())}
        reply["links"] = {links.value: linked(file, path, links) for links in LinkResolution}
        if isinstance(content, ResolvedEntityContent):
            reply["attr"] = plain(content.attributes())
        if isinstance(content, DatasetContent):
            data = content.data()
            reply["json"] = plain(data)
            reply["flat"] = plain(content.data(flatten=True))
            reply["bin"] = base64.b64encode(bin_encode(data)).decode() if has_bytes(data) else None
            reply["safe"] = encoded(content, "bin", "safe")
            reply["npy"] = encoded(content, "npy")
            reply["csv"] = encoded(content, "csv")
            if has_bytes(data) and data.size > 0 and data.dtype.kind in "iuf":
                reply["stats"] = plain(content.data_stats())
        replies[path] = reply


def create_error(status, message):
    raise RuntimeError(f"{status} {message}")


with get_list_of_paths(sys.argv[1], "/g", create_error) as below:
    print(json.dumps({"replies": replies, "paths": paths, "below": below}))
