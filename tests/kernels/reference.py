"""The rules of the validator's inference once more, in Python's unbounded integers."""

from collections.abc import Sequence
from typing import NamedTuple

INT32_MIN = -(2**31)
INT32_MAX = 2**31 - 1


class Node(NamedTuple):
    feature: int
    left: int
    right: int
    padding: int
    threshold: int
    leaf_value: int


def saturated(value: int) -> int:
    return min(max(value, INT32_MIN), INT32_MAX)


def truncated(numerator: int, denominator: int) -> int:
    magnitude = abs(numerator) // abs(denominator)
    return magnitude if numerator * denominator >= 0 else -magnitude


def multiply(a: int, b: int, scale: int) -> int:
    return saturated(truncated(a * b, scale))


def divide(a: int, b: int, scale: int) -> int:
    if b == 0:
        return INT32_MAX if a >= 0 else INT32_MIN
    return saturated(truncated(a * scale, b))


def dense(
    values: Sequence[int], weights: Sequence[Sequence[int]], bias: Sequence[int]
) -> list[int]:
    used = values[:64]
    return [
        saturated(sum(v * w for v, w in zip(used, row[:64], strict=True)) // 2**15 + b)
        for row, b in zip(weights[:64], bias[:64], strict=True)
    ]


def tree(features: Sequence[int], nodes: Sequence[Node], max_depth: int) -> tuple[int, int]:
    if not 1 <= len(features) <= 64 or not 1 <= len(nodes) <= 256:
        return (5, 0) if 1 <= len(features) <= 64 else (1, 0)
    current = 0
    for _ in range(min(max_depth, 32)):
        if current >= len(nodes):
            return 5, 0
        node = nodes[current]
        if node.feature < 0:
            return 0, node.leaf_value
        if node.feature >= len(features):
            return 5, 0
        current = node.left if features[node.feature] <= node.threshold else node.right
        if current < 0:
            named = -current - 1
            return (0, nodes[named].leaf_value) if named < len(nodes) else (5, 0)
    return 6, 0
