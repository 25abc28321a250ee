"""Compares Zarr arrays with the bytes that they should hold, using zarr-python, and TensorStore if it is installed.
Version 3 is also read by zarrs, a library in Rust that replaces the codecs of zarr-python.

The argument is a JSON file: a list of {path, array, dtype, shape, chunks, shards, expected, attributes, names, format,
tensorstore, zarrs}, where `expected` is a file with the elements in C order and little-endian, and `tensorstore` and
`zarrs` say if the array is compared with these readers. Prints the number of arrays that each reader compared.
"""

import json
import sys

import numpy as np
import zarr
import zarrs  # noqa: F401: registers its pipeline

try:
    import tensorstore
except ImportError:
    tensorstore = None


def read_expected(case):
    dtype = np.dtype(case["dtype"]).newbyteorder("<")
    return np.fromfile(case["expected"], dtype=dtype).reshape(case["shape"])


def same(actual, expected):
    actual = np.asarray(actual)
    assert actual.shape == expected.shape, actual.shape
    assert actual.dtype.newbyteorder("<") == expected.dtype.newbyteorder("<"), actual.dtype
    actual = actual.astype(expected.dtype, order="C")
    assert actual.tobytes() == expected.tobytes(), "the elements differ"


def check_zarr_python(case, expected):
    if case["array"] == "":
        array = zarr.open_array(case["path"], mode="r")
    else:
        group = zarr.open_group(case["path"], mode="r")
        array = group[case["array"]]
        consolidated = zarr.open_consolidated(case["path"])
        assert consolidated[case["array"]].shape == array.shape
    same(array[...], expected)
    assert list(array.chunks) == case["chunks"], array.chunks
    if array.metadata.zarr_format == 3:
        assert (None if array.shards is None else list(array.shards)) == case["shards"], array.shards
    attributes = dict(array.attrs)
    names = attributes.pop("_ARRAY_DIMENSIONS", None)
    if array.metadata.zarr_format == 3:
        names = None if array.metadata.dimension_names is None else list(array.metadata.dimension_names)
    assert names == case["names"], names
    assert attributes == case["attributes"], attributes


def check_zarrs(case, expected):
    # `strict` makes it an error if zarrs does not support a codec. Otherwise zarr-python would decode it.
    pipeline = {"codec_pipeline.path": "zarrs.ZarrsCodecPipeline", "codec_pipeline.strict": True}
    with zarr.config.set(pipeline):
        array = zarr.open_array(case["path"], path=case["array"], mode="r")
        assert type(array._async_array.codec_pipeline).__name__ == "ZarrsCodecPipeline"
        same(array[...], expected)


def check_tensorstore(case, expected, zarr_format):
    path = case["path"] if case["array"] == "" else case["path"] + "/" + case["array"]
    driver = "zarr" if zarr_format == 2 else "zarr3"
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": path + "/"}}
    store = tensorstore.open(spec, read=True).result()
    same(store.read().result(), expected)


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    counts = {"zarr-python": 0, "zarrs": 0, "tensorstore": 0}
    for case in cases:
        expected = read_expected(case)
        try:
            check_zarr_python(case, expected)
            counts["zarr-python"] += 1
            if case.get("zarrs", False):
                check_zarrs(case, expected)
                counts["zarrs"] += 1
            if tensorstore is not None and case["tensorstore"]:
                check_tensorstore(case, expected, case["format"])
                counts["tensorstore"] += 1
        except Exception as error:
            raise AssertionError(json.dumps(case)) from error
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
