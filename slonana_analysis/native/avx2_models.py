"""Models as the kernels in AVX2 want them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.native.companions import Words, blob, check_weights

_LANES = 8
_GROUP = 32
_BLOCK = 16
_LARGEST = 64
# As packing leaves sixteen inputs.
_ORDER = np.array([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15])
_FRACTION_BITS = 15
_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
_INT16_MAX = 2**15 - 1
# |sum >> 15| of 64 products of int16 is at most this; a bias further from the ends than that
# cannot overflow.
_LARGEST_SHIFTED = 2**21
_RELU = 1
_INNER = 15
_TILES = 4


def avx2_dense_model(weights: NDArray[np.int16], bias: Words, *, rectified: bool = False) -> Words:
    """Return the model of ``avx2_dense`` and ``avx2_dense_double``.

    Parameters
    ----------
    weights : ndarray of int16, shape (rows, columns), Q15
        Up to 64 of each; filled up with zeros to a multiple of 8 rows and of 16 columns: inputs and
        outputs need as many words.
    bias : ndarray of int32, shape (rows,), fixed point
        Added after the shift.
    rectified : bool
        Whether negative outputs become zero.

    Returns
    -------
    ndarray of int32, shape (n_words,)
        In the layout of ``src/avx2_dense.h``.

    Raises
    ------
    ValueError
        If a size is not between 1 and 64, or as `check_weights`.
    """
    check_weights(weights, bias)
    if not (0 < min(weights.shape) <= max(weights.shape) <= _LARGEST):
        raise ValueError(f"a layer has 1 to {_LARGEST} rows and columns, not {weights.shape}")
    rows, columns = (
        -(-size // step) * step for size, step in zip(weights.shape, (_LANES, _BLOCK), strict=True)
    )
    whole = np.zeros((rows, columns), np.int16)
    whole[: len(weights), : weights.shape[1]] = weights
    biases = np.zeros(rows, np.int32)
    biases[: len(bias)] = bias
    ordered = whole.reshape(rows, -1, _BLOCK)[:, :, _ORDER].reshape(whole.shape)
    doubles = np.ascontiguousarray(whole.T.astype(np.float64))
    words, starts = blob([rows, columns], biases, _grouped(ordered), doubles)
    saturates = int(np.abs(biases.astype(np.int64)).max()) > _INT32_MAX - _LARGEST_SHIFTED
    words[2:5] = starts
    words[5:7] = [0 if saturates else _bound(ordered, parts) for parts in (2, 4)]
    words[7] = _bound(ordered, 8)
    words[8:10] = _limbs(whole)
    words[10] = 0 if rectified else _INT32_MIN
    return words


def _grouped(weights: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return groups of 32 rows, then of 8; in each, pair after pair, two weights of each row."""
    rows, columns = weights.shape
    whole = rows // _GROUP * _GROUP
    starts = [*range(0, whole, _GROUP), *range(whole, rows, _LANES), rows]
    groups = (weights[start:end] for start, end in pairwise(starts))
    return np.concatenate(
        [group.reshape(len(group), columns // 2, 2).swapaxes(0, 1).ravel() for group in groups]
    )


def _bound(weights: NDArray[np.int16], parts: int) -> int:
    """Largest |input| for which no part of a sum leaves int32."""
    magnitudes = np.abs(weights.astype(np.int64))
    largest = int(magnitudes.reshape(len(weights), parts, -1).sum(axis=2).max(initial=1))
    return min(_INT32_MAX // max(largest, 1), _INT16_MAX)


def _limbs(weights: NDArray[np.int16]) -> tuple[int, int]:
    """Bits of the lower of two limbs, and the largest |input| of both, for sums within int32."""
    largest = max(int(np.abs(weights.astype(np.int64)).sum(axis=1).max(initial=1)), 1)
    # Each limb is at most `half`; one less than fits, for the higher sum takes a carry, too.
    bits = min(_FRACTION_BITS, (_INT32_MAX // largest - 1).bit_length())
    half = 1 << (bits - 1)
    return bits, (half << bits) - half


def avx2_mlp_model(layers: Sequence[tuple[NDArray[np.int16], Words, int]]) -> Words:
    """Return the model of ``avx2_mlp``; ``layers`` as for ``companions.mlp_model``, at most 8."""
    fields = np.zeros((len(layers), _LANES), np.int32)
    models = [
        avx2_dense_model(weights, bias, rectified=activation == _RELU)
        for weights, bias, activation in layers
    ]
    words, starts = blob([len(layers), len(layers[-1][1])], fields, *models)
    for field, start, (_, bias, activation) in zip(fields, starts[1:], layers, strict=True):
        field[:3] = start, activation, len(bias)
    words[starts[0] : starts[0] + fields.size] = fields.ravel()
    return words


def avx2_tree_model(nodes: NDArray[Any], rows: int = _TILES * _LANES) -> Words:
    """Return the model of ``avx2_tree`` and ``avx2_tree_rows``.

    Parameters
    ----------
    nodes : ndarray of 16-byte nodes, shape (31,)
        A perfect tree whose node ``i`` has the children ``2 i + 1`` and ``2 i + 2``, over eight
        features.
    rows : int
        How many rows one call of ``avx2_tree_rows`` takes; a multiple of 32.

    Returns
    -------
    ndarray of int32, shape (n_words,)
        In the layout of ``src/avx2_trees.c``.

    Raises
    ------
    ValueError
        If the tree is another one, or the rows are no whole tiles.
    """
    inner = nodes[:_INNER]
    children = 2 * np.arange(_INNER) + 1
    perfect = (
        len(nodes) == 2 * _INNER + 1
        and np.array_equal(inner["left"], children)
        and np.array_equal(inner["right"], children + 1)
        and bool(((inner["feature"] >= 0) & (inner["feature"] < _LANES)).all())
        and bool((nodes["feature"][_INNER:] < 0).all())
    )
    if not perfect:
        raise ValueError("the tree by hand is a perfect one of 31 nodes over eight features")
    if rows < 1 or rows % (_TILES * _LANES):
        raise ValueError(f"rows come in tiles of {_TILES * _LANES}, not {rows}")
    lines = np.zeros((3, _INNER + 1), np.int32)
    lines[0, :_INNER], lines[1, :_INNER] = inner["feature"], inner["threshold"]
    lines[2] = nodes["leaf_value"][_INNER:]
    return blob([_LANES, len(nodes), 5, rows], lines)[0]
