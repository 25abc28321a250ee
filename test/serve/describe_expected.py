"""Prints what h5py says about each object of an HDF5 file, in the words of /api/v1/describe and /api/v1/read.

Usage: describe_expected.py FILE
"""

import base64
import json
import sys

import h5py
import numpy as np
from h5py import h5t

ORDERS = {h5t.ORDER_LE: "little", h5t.ORDER_BE: "big"}
PADDINGS = {h5t.STR_NULLTERM: "null-terminated", h5t.STR_NULLPAD: "null-padded", h5t.STR_SPACEPAD: "space-padded"}
FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32"}


def describe_number(kind, t):
    return {"kind": kind, "size": t.get_size(), "byteOrder": ORDERS[t.get_order()]}


def stored_size(t):
    """Returns the size of an element in the file. In memory, elements of variable length are pointers."""
    if isinstance(t, h5t.TypeVlenID) or (isinstance(t, h5t.TypeStringID) and t.is_variable_str()):
        return 16
    if isinstance(t, h5t.TypeCompoundID):
        members = [t.get_member_type(i) for i in range(t.get_nmembers())]
        return t.get_size() + sum(stored_size(m) - m.get_size() for m in members)
    return t.get_size()


def stored_offset(t, i):
    before = [t.get_member_type(j) for j in range(i)]
    return t.get_member_offset(i) + sum(stored_size(m) - m.get_size() for m in before)


def describe_type(t):
    size = stored_size(t)
    if isinstance(t, h5t.TypeIntegerID):
        return {**describe_number("integer", t), "signed": t.get_sign() == h5t.SGN_2}
    if isinstance(t, h5t.TypeFloatID):
        return describe_number("float", t)
    if isinstance(t, h5t.TypeStringID):
        encoding = "utf-8" if t.get_cset() == h5t.CSET_UTF8 else "ascii"
        if t.is_variable_str():
            return {"kind": "text", "size": None, "encoding": encoding, "padding": None}
        return {"kind": "text", "size": size, "encoding": encoding, "padding": PADDINGS[t.get_strpad()]}
    if isinstance(t, h5t.TypeOpaqueID):
        return {"kind": "opaque", "size": size, "tag": t.get_tag().decode()}
    if isinstance(t, h5t.TypeEnumID):
        if t.dtype == np.bool_:
            return {"kind": "bool", "size": size}
        members = [{"name": t.get_member_name(i).decode(), "value": t.get_member_value(i)} for i in range(t.get_nmembers())]
        return {"kind": "enum", "size": size, "base": describe_type(t.get_super()), "members": members}
    if isinstance(t, h5t.TypeCompoundID):
        if t.dtype.kind == "c":
            return {**describe_number("complex", t.get_member_type(0)), "size": size}
        fields = [
            {
                "name": t.get_member_name(i).decode(),
                "offset": stored_offset(t, i),
                "type": describe_type(t.get_member_type(i)),
            }
            for i in range(t.get_nmembers())
        ]
        return {"kind": "record", "size": size, "fields": fields}
    if isinstance(t, h5t.TypeArrayID):
        return {"kind": "array", "shape": list(t.get_array_dims()), "item": describe_type(t.get_super())}
    if isinstance(t, h5t.TypeVlenID):
        return {"kind": "sequence", "item": describe_type(t.get_super())}
    assert isinstance(t, h5t.TypeReferenceID)
    return {"kind": "reference", "target": "object"}


def plain(value, wide=str):
    """Converts a value as the server writes it: NaN and infinities are texts. `wide` converts 64-bit integers."""
    if isinstance(value, h5py.Reference):
        return file[value].name
    if isinstance(value, np.void) and value.dtype.names is None:
        return value.tobytes().decode()
    if isinstance(value, (np.void, tuple)):
        return [plain(item, wide) for item in value]
    if isinstance(value, (np.ndarray, list)):
        return [plain(item, wide) for item in value]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (np.int64, np.uint64)):
        return wide(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (np.complexfloating, complex)):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, (np.floating, float)):
        if np.isnan(value):
            return "NaN"
        return float(value) if np.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def attribute_value(value):
    if isinstance(value, h5py.Empty):
        return None
    if isinstance(value, np.void) and value.dtype.names is not None:
        return {name: plain(value[name], int) for name in value.dtype.names}
    return plain(value, int)


def describe_attributes(attrs, with_values):
    described = []
    for name in attrs:
        attribute = attrs.get_id(name)
        is_null = attribute.get_space().get_simple_extent_type() == h5py.h5s.NULL
        one = {
            "name": name,
            "shape": None if is_null else list(attribute.shape),
            "type": describe_type(attribute.get_type()),
        }
        described.append({**one, "value": attribute_value(attrs[name])} if with_values else one)
    return described


def filters_of(dataset):
    pipeline = dataset.id.get_create_plist()
    found = [pipeline.get_filter(i) for i in range(pipeline.get_nfilters())]
    return [{"id": f[0], "name": f[3].decode() or FILTERS[f[0]]} for f in found]


def describe(name, item, with_values):
    attributes = describe_attributes(item.attrs, with_values)
    if isinstance(item, h5py.Group):
        return {"kind": "group", "name": name, "format": "hdf5", "attributes": attributes}
    if isinstance(item, h5py.Datatype):
        return {"kind": "datatype", "name": name, "type": describe_type(item.id), "attributes": attributes}
    return {
        "kind": "array",
        "name": name,
        "format": "hdf5",
        "shape": None if item.shape is None else list(item.shape),
        "type": describe_type(item.id.get_type()),
        "chunks": None if item.chunks is None else list(item.chunks),
        "filters": filters_of(item),
        "dimensionNames": None,
        "attributes": attributes,
    }


def describe_link(name, link):
    target = {"file": getattr(link, "filename", None), "path": link.path}
    return {"kind": "link", "name": name, "link": target, "isDead": True}


def target_of(path):
    """Returns an object; None for a link without a target."""
    try:
        return file[path]
    except (KeyError, OSError):
        return None


def describe_member(group, name):
    link = group.get(name, getlink=True)
    item = target_of(f"{group.name}/{name}")
    if item is None:
        return describe_link(name, link)
    found = describe(name, item, False)
    if isinstance(link, h5py.HardLink):
        return found
    return {**found, "link": {"file": None, "path": link.path}}


def describe_object(path):
    parent, name = path.rsplit("/", 1)
    item = target_of(path)
    if item is None:
        return {"description": describe_link(name, file[parent or "/"].get(name, getlink=True))}
    found = {"description": describe(name, item, True)}
    if isinstance(item, h5py.Group):
        found["description"]["members"] = [describe_member(item, child) for child in item]
    if isinstance(item, h5py.Dataset) and item.shape is not None:
        found.update(elements(item))
    return found


def elements(dataset):
    kind = describe_type(dataset.id.get_type())["kind"]
    if kind in ("opaque", "array", "bool", "complex"):
        return {}
    data = dataset.asstr()[()] if kind == "text" else dataset[()]
    flat = [data] if dataset.shape == () else list(np.asarray(data).reshape(-1))
    found = {"data": [plain(item) for item in flat]}
    if kind == "record":
        found["fields"] = dict(numeric_fields(dataset[()], ""))
    return found


def numeric_fields(data, prefix):
    for name in data.dtype.names:
        column = data[name]
        if column.dtype.names is not None:
            yield from numeric_fields(column, f"{prefix}{name}.")
        elif column.dtype.kind in "iufcb":
            dtype = column.dtype.newbyteorder("<")
            content = base64.b64encode(np.ascontiguousarray(column, dtype).tobytes()).decode()
            yield prefix + name, {"dtype": dtype.name, "shape": ",".join(map(str, column.shape)), "bytes": content}


with h5py.File(sys.argv[1]) as file:
    paths = ["/"]
    file.id.links.visit(lambda name: paths.append(f"/{name.decode()}"))
    print(json.dumps({path: describe_object(path) for path in paths}))
