"""Models as the kernels in AVX2 want them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.native.companions import Words, blob

_LANES = 8
_GROUP = 32
_COLUMNS = 16
_INT32_MAX = 2**31 - 1
_INT16_MAX = 2**15 - 1
# |sum >> 15| of 64 products of int16 is less; a bias this far from the ends cannot overflow.
_LARGEST_SHIFTED = 2**22
_RELU = 1


def avx2_dense_model(weights: NDArray[np.int16], bias: Words, *, rectified: bool = False) -> Words:
    """Return the model of ``avx2_dense`` and ``avx2_dense_double``.

    Parameters
    ----------
    weights : ndarray of int16, shape (rows, columns), Q15
        Filled up with zeros to a multiple of 8 rows and of 16 columns: inputs and outputs need as
        many words.
    bias : ndarray of int32, shape (rows,), fixed point
        Added after the shift.
    rectified : bool
        Whether negative outputs become zero.
    """
    rows, columns = (
        -(-size // step) * step
        for size, step in zip(weights.shape, (_LANES, _COLUMNS), strict=True)
    )
    whole = np.zeros((rows, columns), np.int16)
    whole[: len(weights), : weights.shape[1]] = weights
    biases = np.zeros(rows, np.int32)
    biases[: len(bias)] = bias
    doubles = np.ascontiguousarray(whole.T.astype(np.float64))
    words, starts = blob([rows, columns], biases, _grouped(whole), doubles)
    words[2:5] = starts
    words[5:8] = [_bound(whole, parts) for parts in (1, 2, 4)]
    words[8] = int(np.abs(biases.astype(np.int64)).max()) > _INT32_MAX - _LARGEST_SHIFTED
    words[9] = rectified
    return words


def _grouped(weights: NDArray[np.int16]) -> NDArray[np.int16]:
    pairs = weights.shape[1] // 2
    groups = [weights[start : start + _GROUP] for start in range(0, len(weights), _GROUP)]
    return np.concatenate(
        [group.reshape(len(group), pairs, 2).swapaxes(0, 1).ravel() for group in groups]
    )


def _bound(weights: NDArray[np.int16], parts: int) -> int:
    """Largest |input| for which no part of a sum leaves int32."""
    magnitudes = np.abs(weights.astype(np.int64))
    largest = int(magnitudes.reshape(len(weights), parts, -1).sum(axis=2).max(initial=1))
    return min(_INT32_MAX // max(largest, 1), _INT16_MAX)


def avx2_mlp_model(layers: Sequence[tuple[NDArray[np.int16], Words, int]]) -> Words:
    """Return the model of ``avx2_mlp``; ``layers`` as for ``companions.mlp_model``."""
    models = [
        avx2_dense_model(weights, bias, rectified=activation == _RELU)
        for weights, bias, activation in layers
    ]
    words, starts = blob([len(layers), len(layers[-1][1])], *models)
    for index, (start, (_, _, activation)) in enumerate(zip(starts, layers, strict=True)):
        words[2 + 2 * index : 4 + 2 * index] = start, activation
    return words


def avx2_tree_model(nodes: NDArray[Any], rows: int = 1) -> Words:
    """Return the model of ``avx2_tree`` and ``avx2_tree_rows``.

    Parameters
    ----------
    nodes : ndarray of 16-byte nodes, shape (31,)
        A perfect tree whose node ``i`` has the children ``2 i + 1`` and ``2 i + 2``, over eight
        features.
    rows : int
        How many rows one call of ``avx2_tree_rows`` takes; a multiple of eight.
    """
    inner = nodes[:15]
    lines = np.zeros((3, 16), np.int32)
    lines[0, :15], lines[1, :15] = inner["feature"], inner["threshold"]
    lines[2] = nodes["leaf_value"][15:]
    return blob([8, len(nodes), 5, rows], lines)[0]
