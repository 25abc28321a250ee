"""Reads arrays over a Unix socket with httpx, and compares them with .npy files.

Usage: read_httpx.py SOCKET TOKEN CASES
CASES is the output of write_samples.py. Prints JSON: {compared: number of replies, wrong: [message...]}.
"""

import io
import json
import sys

import httpx
import numpy as np

socket, token, text = sys.argv[1:]
compared, wrong = 0, []


def check(name, got, expected):
    global compared
    compared += 1
    if got.shape != expected.shape or got.tobytes() != expected.astype(got.dtype).tobytes():
        wrong.append(name)


transport = httpx.HTTPTransport(uds=socket)
with httpx.Client(transport=transport, base_url="http://localhost", headers={"Authorization": f"Bearer {token}"}) as client:
    for case in json.loads(text):
        path, expected = case["path"], np.load(case["expected"])
        reply = client.get("/api/v1/read", params={"path": path, "format": "npy"})
        reply.raise_for_status()
        check(path, np.load(io.BytesIO(reply.content)), expected)
        with client.stream("GET", "/api/v1/read", params={"path": path}) as stream:
            content = b"".join(stream.iter_bytes())
        shape = [int(size) for size in stream.headers["x-shape"].split(",") if size]
        dtype = np.dtype(stream.headers["x-dtype"]).newbyteorder("<")
        check(f"{path} in parts", np.frombuffer(content, dtype).reshape(shape), expected)

print(json.dumps({"compared": compared, "wrong": wrong}))
