"""Seeded inputs for the kernels: layers, trees, and values near and far from the limits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN, MAX_FEATURES, MAX_TREE_NODES
from slonana_analysis.kernels.tree import NODE

# What saturation, sign and rounding errors show on.
_EXTREMES = (
    np.concatenate([edge + np.arange(-2, 3) for edge in (INT32_MIN, -(2**30), 0, 2**30, INT32_MAX)])
    .clip(INT32_MIN, INT32_MAX)
    .astype(np.int32)
)


def moderate_inputs(shape: tuple[int, ...], seed: int) -> NDArray[np.int32]:
    """Return values between -1.0 and 1.0 at scale 10000, as the validator's benchmark draws them.

    Parameters
    ----------
    shape : tuple of int
        Of the result.
    seed : int
        The same seed gives the same values.

    Returns
    -------
    ndarray of int32, shape ``shape``, fixed point
        Uniform in [-10000, 10000].
    """
    return np.random.default_rng(seed).integers(-10_000, 10_001, shape, dtype=np.int32)


def extreme_inputs(shape: tuple[int, ...], seed: int) -> NDArray[np.int32]:
    """Return values at the limits of int32, at half of them, around zero, and anywhere.

    Parameters
    ----------
    shape : tuple of int
        Of the result.
    seed : int
        The same seed gives the same values.

    Returns
    -------
    ndarray of int32, shape ``shape``, fixed point
        Half of them drawn from the extremes, half uniform over int32.
    """
    random = np.random.default_rng(seed)
    anywhere = random.integers(INT32_MIN, INT32_MAX, shape, dtype=np.int32, endpoint=True)
    extreme = random.choice(_EXTREMES, shape)
    return np.where(random.random(shape) < 0.5, extreme, anywhere)


def dense_layer(rows: int, columns: int, seed: int) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """Return a layer as the validator's benchmark draws it.

    Parameters
    ----------
    rows, columns : int
        Outputs and inputs of the layer.
    seed : int
        The same seed gives the same layer.

    Returns
    -------
    weights : ndarray of int16, shape (rows, columns), Q15
        Uniform in [-16384, 16384], so between -0.5 and 0.5.
    bias : ndarray of int32, shape (rows,), fixed point
        Zeros.
    """
    random = np.random.default_rng(seed)
    weights = random.integers(-16_384, 16_385, (rows, columns), dtype=np.int16)
    return weights, np.zeros(rows, np.int32)


def benchmark_tree() -> NDArray[Any]:
    """Return the tree of the validator's benchmark: 31 nodes, 8 features, 5 levels.

    Returns
    -------
    ndarray of NODE, shape (31,)
        Inner node ``i`` compares feature ``i % 8`` with ``5000 + 100 i``; the leaves' values are
        0 to 15 from left to right.
    """
    nodes = _complete_nodes(5)
    inner = np.arange(15)
    nodes["feature"][:15] = inner % 8
    nodes["threshold"][:15] = 5000 + 100 * inner
    nodes["leaf_value"][15:] = np.arange(16)
    return nodes


def complete_tree(levels: int, features: int, seed: int) -> NDArray[Any]:
    """Return a random complete tree, for inputs that are uniform in [-10000, 10000].

    Parameters
    ----------
    levels : int
        Visited nodes from the root to a leaf, 1 to 8 (255 nodes).
    features : int
        How many features the nodes choose from, 1 to 64.
    seed : int
        The same seed gives the same tree.

    Returns
    -------
    ndarray of NODE, shape (2 ** levels - 1,)
        Children of node ``i`` are ``2 i + 1`` and ``2 i + 2``; features, thresholds and values of
        leaves are uniform.

    Raises
    ------
    ValueError
        If the validator would not accept such a tree.
    """
    if not 1 <= 2**levels - 1 <= MAX_TREE_NODES or not 1 <= features <= MAX_FEATURES:
        raise ValueError(f"no tree has {levels} levels and {features} features")
    random = np.random.default_rng(seed)
    nodes = _complete_nodes(levels)
    inner = len(nodes) // 2
    nodes["feature"][:inner] = random.integers(0, features, inner)
    nodes["threshold"][:inner] = random.integers(-10_000, 10_001, inner)
    nodes["leaf_value"][inner:] = random.integers(-10_000, 10_001, inner + 1)
    return nodes


def _complete_nodes(levels: int) -> NDArray[Any]:
    nodes = np.zeros(2**levels - 1, NODE)
    inner = np.arange(len(nodes) // 2)
    nodes["left"][inner] = 2 * inner + 1
    nodes["right"][inner] = 2 * inner + 2
    for column in ("feature", "left", "right"):
        nodes[column][len(inner) :] = -1
    return nodes
