"""The activations' rules in Python's unbounded integers, and inputs to try them on."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from tests.kernels.reference import truncated

Rule = Callable[[int], int]
Words = NDArray[np.int32]

FAR = 2_000_000_000
UNTOUCHED = -77


def wrapped(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def relu(x: int) -> int:
    return max(x, 0)


def leaky_relu(x: int) -> int:
    return x if x > 0 else x // 128


def sigmoid(x: int, scale: int = 10_000) -> int:
    if abs(x) > 3 * scale:
        return scale if x > 0 else 0
    return scale // 2 + truncated(x, 6)


def tanh(x: int, scale: int = 10_000) -> int:
    return 2 * sigmoid(wrapped(2 * x), scale) - scale


def exponential(x: int, scale: int = 10_000) -> int:
    parabola = scale + x + x * x // (2 * scale)
    return 1 if x < -5 * scale or parabola <= 0 else wrapped(parabola)


def softmax(values: Sequence[int], scale: int = 10_000) -> list[int]:
    if not 1 <= len(values) <= 16:
        return list(values)
    parts = [exponential(wrapped(value - max(values)), scale) for value in values]
    total = sum(parts)
    return [truncated(part * scale, total) for part in parts] if total > 0 else list(values)


RULES: dict[str, Rule] = {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
}


@cache
def a_million_values() -> Words:
    """Every value near a border of some activation, and a million anywhere."""
    borders = (INT32_MIN, -(2**30), -32_768, -30_000, -15_000, -128, 0)
    near = [sign * border + np.arange(-300, 301) for border in borders for sign in (1, -1)]
    all_small = np.arange(-40_000, 40_001)
    edges = np.concatenate([*near, all_small]).clip(INT32_MIN, INT32_MAX).astype(np.int32)
    random = np.random.default_rng(4)
    anywhere = random.integers(INT32_MIN, INT32_MAX, 1_000_000, np.int32, endpoint=True)
    return np.concatenate([edges, anywhere])


@cache
def expected(name: str) -> Words:
    """What the rule makes of `a_million_values`."""
    rule = RULES[name]
    return np.array([rule(value) for value in a_million_values().tolist()], np.int32)


def rows_for_softmax(count: int, length: int, seed: int) -> Words:
    """Rows that stay below the cut-off, straddle it, sit on it, and wrap in int32."""
    random = np.random.default_rng([seed, length])
    base = random.integers(INT32_MIN, INT32_MAX, (count, 1), endpoint=True)
    spread = random.choice([3, 12_000, 50_000, 50_002, 70_000, 2**31, 2**32], (count, 1))
    rows = base + (random.random((count, length)) * (spread + 1)).astype(np.int64)
    edges = random.choice([-50_001, -50_000, -49_999, -10_000, 0], (count, length))
    on_edges = random.random((count, 1)) < 0.25
    return np.where(on_edges, base + edges, rows).clip(INT32_MIN, INT32_MAX).astype(np.int32)


def softmax_of_rows(rows: Words) -> Words:
    """The rule of `softmax` at scale 10000 once more, for many rows, in int64."""
    if not 1 <= rows.shape[1] <= 16:
        return rows
    wide = rows.astype(np.int64)
    x = (wide - wide.max(axis=1, keepdims=True)).astype(np.int32).astype(np.int64)
    parabola = 10_000 + x + x * x // 20_000
    low_bits = parabola.astype(np.int32).astype(np.int64)
    parts = np.where((x < -50_000) | (parabola <= 0), 1, low_bits)
    total = parts.sum(axis=1, keepdims=True)
    products = parts * 10_000
    shares = np.sign(products) * (abs(products) // abs(np.where(total == 0, 1, total)))
    return np.where(total > 0, shares, wide).astype(np.int32)
