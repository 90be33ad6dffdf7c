"""Functions of vectors made into functions of arrays, so that numpy can say what is right."""

import numpy as np
from numba import njit

from slonana_analysis.simd import memory
from slonana_analysis.simd.memory import store

TYPES = (
    *("int8x16", "int8x32", "int8x64"),
    *("int16x8", "int16x16", "int16x32"),
    *("int32x4", "int32x8", "int32x16"),
    *("int64x2", "int64x4", "int64x8"),
    *("float32x4", "float32x8", "float32x16"),
    *("float64x2", "float64x4", "float64x8"),
)
INTEGERS = tuple(kind for kind in TYPES if kind.startswith("int"))
FLOATS = tuple(kind for kind in TYPES if kind.startswith("float"))


def element(kind):
    return np.dtype(kind.partition("x")[0])


def lanes(kind):
    return int(kind.partition("x")[2])


def operands(kind, count, seed=0):
    """``count`` vectors of values that wrap, saturate and change sign."""
    random = np.random.default_rng(seed)
    dtype, width = element(kind), lanes(kind)
    if dtype.kind == "f":
        return [random.normal(0, 100, width).astype(dtype) for _ in range(count)]
    limits = np.iinfo(dtype)
    edges = np.array([limits.min, limits.min + 1, -1, 0, 1, limits.max - 1, limits.max], dtype)
    return [
        np.where(
            random.random(width) < 0.5,
            random.choice(edges, width),
            random.integers(limits.min, limits.max, width, dtype, endpoint=True),
        )
        for _ in range(count)
    ]


def vector_result(operation, arrays, kinds, out):
    """What ``operation`` makes of vectors loaded from the arrays, stored to ``out``."""
    loads = tuple(getattr(memory, f"load_{kind}") for kind in kinds)
    _FUNCTIONS[len(arrays)](operation, loads)(out, *arrays)
    return out


def _of_one(operation, loads):
    first = loads[0]

    @njit
    def run(out, a):
        store(out, 0, operation(first(a, 0)))

    return run


def _of_two(operation, loads):
    first, second = loads

    @njit
    def run(out, a, b):
        store(out, 0, operation(first(a, 0), second(b, 0)))

    return run


def _of_three(operation, loads):
    first, second, third = loads

    @njit
    def run(out, a, b, c):
        store(out, 0, operation(first(a, 0), second(b, 0), third(c, 0)))

    return run


_FUNCTIONS = {1: _of_one, 2: _of_two, 3: _of_three}


def scalar_result(operation, array, kind):
    """What a reduction makes of a vector."""
    load = getattr(memory, f"load_{kind}")

    @njit
    def run(a):
        return operation(load(a, 0))

    return run(array)
