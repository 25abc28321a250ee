"""Reads arrays of a server with zarr-python and TensorStore, and compares them with .npy files.

Usage: read_clients.py BASE TOKEN SOCKET SEED CASES [SECTION]
BASE is the address of the server, such as http://127.0.0.1:8080; CASES is the output of write_samples.py. SECTION is the
first component of the paths. With zarr-native, only zarr-python reads, because TensorStore does not know numcodecs.
Prints JSON: {compared: number of arrays per client, wrong: [message...]}.
"""

import json
import sys
from urllib.parse import quote

import aiohttp
import numpy as np
import tensorstore
import zarr

base, token, socket, seed, text = sys.argv[1:6]
section = (sys.argv[6:] or ["zarr"])[0]
cases = json.loads(text)
rng = np.random.default_rng(int(seed))
headers = {"Authorization": f"Bearer {token}"}
wrong = []
compared = {}


async def unix_client(**options):
    """Returns a client that connects to the socket, whatever the host is."""
    return aiohttp.ClientSession(connector=aiohttp.UnixConnector(socket), headers=headers)


def with_zarr(path):
    return zarr.open_array(f"{base}/{section}/{quote(path)}", mode="r", storage_options={"headers": headers}, zarr_format=3)


def with_zarr_over_socket(path):
    options = {"get_client": unix_client, "skip_instance_cache": True}
    return zarr.open_array(f"http://localhost/{section}/{quote(path)}", mode="r", storage_options=options, zarr_format=3)


class TensorStore:
    def __init__(self, path):
        store = {"driver": "http", "base_url": f"{base}/{section}/{quote(path)}/", "headers": [f"Authorization: Bearer {token}"]}
        self.store = tensorstore.open({"driver": "zarr3", "kvstore": store}, open=True, read=True).result()
        self.shape = tuple(self.store.shape)

    def __getitem__(self, key):
        return self.store[key].read().result()


def random_box(shape):
    """Returns a slice per dimension."""
    box = []
    for size in shape:
        start = int(rng.integers(0, size + 1))
        box.append(slice(start, int(rng.integers(start, size + 1))))
    return tuple(box)


def compare(client, open_array, path, want):
    try:
        array = open_array(path)
        if tuple(array.shape) != want.shape:
            wrong.append(f"{client} {path}: shape {array.shape}")
            return
        for box in [(slice(None),) * want.ndim] + [random_box(want.shape) for _ in range(4)]:
            got = np.asarray(array[box] if want.ndim > 0 else array[()])
            if got.dtype != want.dtype or got.tobytes() != np.ascontiguousarray(want[box]).tobytes():
                wrong.append(f"{client} {path} {box}: other elements, {got.dtype} for {want.dtype}")
                return
        compared[client] = compared.get(client, 0) + 1
    except Exception as error:
        wrong.append(f"{client} {path}: {type(error).__name__}: {error}")


clients = {"zarr": with_zarr, "zarr over the socket": with_zarr_over_socket}
if section == "zarr":
    clients["tensorstore"] = TensorStore
for entry in cases:
    want = np.load(entry["expected"])
    for client, open_array in clients.items():
        compare(client, open_array, entry["path"], want)

print(json.dumps({"compared": compared, "wrong": wrong}))
