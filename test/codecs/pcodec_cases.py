"""Streams of pcodec: all types, modes and differences, in products and at random, and streams of old versions."""

import itertools
import pathlib

import numpy as np
from ids import ID
from pcodec import ChunkConfig, DeltaSpec, ModeSpec, PagingSpec, standalone

DTYPES = ["u1", "i1", "u2", "i2", "f2", "u4", "i4", "f4", "u8", "i8", "f8"]
DELTAS = {
    "auto": DeltaSpec.auto(),
    "none": DeltaSpec.no_op(),
    "consecutive 1": DeltaSpec.try_consecutive(1),
    "consecutive 7": DeltaSpec.try_consecutive(7),
    "lookback": DeltaSpec.try_lookback(),
    "convolution 1": DeltaSpec.try_conv1(1),
    "convolution 6": DeltaSpec.try_conv1(6),
    "convolution 32": DeltaSpec.try_conv1(32),
}
SIZES = [1, 2, 7, 255, 256, 257, 3000]
RANDOM_CASES = 400
OLD = pathlib.Path(__file__).parents[1] / "fixtures" / "pcodec-old.npz"


def modes(dtype):
    """Returns the modes of a type, each with numbers for which it is made."""
    both = {"auto": ModeSpec.auto(), "classic": ModeSpec.classic(), "dictionary": ModeSpec.try_dict()}
    if dtype[0] != "f":
        return {**both, "integer multiples": ModeSpec.try_int_mult(13)}
    bits = {"f2": 4, "f4": 10, "f8": 30}[dtype]
    return {**both, "float multiples": ModeSpec.try_float_mult(0.1), "quanta": ModeSpec.try_float_quant(bits)}


def numbers(rng, dtype, count):
    """Returns numbers of one of several distributions."""
    kind = rng.integers(0, 7)
    size = np.dtype(dtype).itemsize
    if kind == 0:
        return rng.integers(0, 256, count * size).astype("u1").view(dtype)
    if kind == 1:
        walk = np.cumsum(rng.integers(-3, 4, count))
    elif kind == 2:
        walk = np.tile(rng.integers(0, 100, 37), count // 37 + 1)[:count]
    elif kind == 3:
        walk = rng.integers(-5, 5, count) * 13
    elif kind == 4:
        walk = rng.choice([-7, 3, 55, 100], count)
    elif kind == 5:
        walk = np.rint(50 * np.sin(np.arange(count) / 9) + rng.standard_normal(count))
    else:
        walk = np.full(count, 42)
    if dtype[0] != "f":
        return walk.astype("i8").astype(dtype)
    data = (walk * rng.choice([0.1, 0.25, 1.0, 1 / 3])).astype(dtype)
    data[rng.random(count) < 0.01] = rng.choice([np.nan, np.inf, -np.inf, -0.0, 1e-7])
    return data


def is_possible(delta, dtype):
    """Returns False for differences that pcodec refuses: convolutions of numbers of 64 bits."""
    return not delta.startswith("convolution") or np.dtype(dtype).itemsize < 8


def convolved(count):
    """Returns a number of numbers near `count`. pcodec 1.1.0 fails if its last 512 are fewer than the weights."""
    return count - count % 512 + 300


def case(name, data, mode, delta, level=8, page=262144):
    paging = PagingSpec.equal_pages_up_to(page)
    config = ChunkConfig(level, mode_spec=mode, delta_spec=delta, paging_spec=paging, enable_8_bit=True)
    stored = standalone.simple_compress(data, config)
    decoded = standalone.simple_decompress(stored)
    assert decoded.tobytes() == data.tobytes(), name
    return f"pcodec {name}", [(ID["pcodec"],)], 0, stored, data.tobytes()


def old_streams():
    """Returns streams that versions of pcodec before 1.0 wrote (test/fixtures/pcodec-old.py)."""
    with np.load(OLD) as streams:
        for key in streams.files:
            name, part = key.rsplit(" ", 1)
            if part == "stored":
                decoded = streams[f"{name} decoded"].tobytes()
                yield f"pcodec {name}", [(ID["pcodec"],)], 0, streams[key].tobytes(), decoded


def cases(rng):
    yield from old_streams()
    for dtype, (delta, spec) in itertools.product(DTYPES, DELTAS.items()):
        for mode, mode_spec in modes(dtype).items() if is_possible(delta, dtype) else ():
            count = SIZES[rng.integers(len(SIZES))]
            if delta.startswith("convolution"):
                count = convolved(count)
            yield case(f"{mode}, {delta} {dtype} {count}", numbers(rng, dtype, count), mode_spec, spec)
    for number in range(RANDOM_CASES):
        dtype = str(rng.choice(DTYPES))
        count = int(rng.integers(1, rng.choice([300, 20000])))
        mode, mode_spec = list(modes(dtype).items())[rng.integers(len(modes(dtype)))]
        delta = str(rng.choice([delta for delta in DELTAS if is_possible(delta, dtype)]))
        level = int(rng.integers(0, 13))
        page = int(rng.choice([1 + count // 7, 262144]))
        if delta.startswith("convolution"):
            count, page = convolved(count), 262144
        name = f"random {number}: {mode}, {delta} {dtype} {count}, level {level}, pages of {page}"
        yield case(name, numbers(rng, dtype, count), mode_spec, DELTAS[delta], level, page)
