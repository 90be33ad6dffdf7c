"""Forests with any leaves: vectors find the leaf, and its value is added in the order of the trees.

The comparisons are those of the int16 kernel. What they lead to is a leaf's number, so float32,
float64 and int64 sums get the very additions that the plain kernel does, in the same order.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.vector.forest_packing import (
    DEPTH,
    FEATURES,
    HEADER,
    INT16_ROWS,
    TREES,
)
from slonana_analysis.kernels.vector.tree_blend import indices_int16x32
from slonana_analysis.simd.memory import as_int16, as_int32, read, scratch_int16, store
from slonana_analysis.simd.vectors import Memory

Exact: TypeAlias = Callable[[Any, Any, Any, Any], None]

_TWO_TILES = 2 * INT16_ROWS


def forest_exact(
    sums: NDArray[Any],
    tiles: NDArray[np.int16],
    blob: NDArray[np.int32],
    leaves: NDArray[Any],
) -> None:
    """Add the leaves that each row of int16 tiles reaches to its sum.

    Parameters
    ----------
    sums : ndarray of int64, float32 or float64, shape (n_tiles * 32,), C-contiguous
        Where the sums start; receives them.
    tiles : ndarray of int16, shape (n_tiles, feature_count, 32), C-contiguous
        Clamped features or ranks; see `forest_tiles`.
    blob : ndarray of int32
        From `pack_int16`.
    leaves : ndarray of int32, float32 or float64, shape (n_trees, 2 ** depth), C-contiguous
        Of the same trees.
    """
    _EXACT[int(blob[DEPTH])](sums, tiles, blob, leaves)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _add_leaves(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory, depth: int) -> None:
    """``depth`` is a literal."""
    size = INT16_ROWS * int(read(blob, FEATURES))
    words = (2 << depth) - 2
    chosen = scratch_int16(64)
    count = tiles.shape[0]
    for i in range(0, count, 2):
        other = min(i + 1, count - 1)
        # The last of an odd number goes through with itself, and is added once.
        rows = _TWO_TILES if other > i else INT16_ROWS
        tile = as_int16(tiles, i * size)
        for tree in range(read(blob, TREES)):
            record = as_int32(blob, HEADER + tree * words)
            a, b = indices_int16x32(tile, (other - i) * size, record, depth, 2)
            store(chosen, 0, a)
            store(chosen, INT16_ROWS, b)
            for k in range(rows):
                sums[i * INT16_ROWS + k] += leaves[tree, np.uint64(read(chosen, k))]


@njit(cache=True, error_model="numpy", nogil=True)
def _depth_1(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory) -> None:
    _add_leaves(sums, tiles, blob, leaves, 1)


@njit(cache=True, error_model="numpy", nogil=True)
def _depth_2(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory) -> None:
    _add_leaves(sums, tiles, blob, leaves, 2)


@njit(cache=True, error_model="numpy", nogil=True)
def _depth_3(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory) -> None:
    _add_leaves(sums, tiles, blob, leaves, 3)


@njit(cache=True, error_model="numpy", nogil=True)
def _depth_4(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory) -> None:
    _add_leaves(sums, tiles, blob, leaves, 4)


@njit(cache=True, error_model="numpy", nogil=True)
def _depth_5(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory) -> None:
    _add_leaves(sums, tiles, blob, leaves, 5)


@njit(cache=True, error_model="numpy", nogil=True)
def _depth_6(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory) -> None:
    _add_leaves(sums, tiles, blob, leaves, 6)


@njit(cache=True, error_model="numpy", nogil=True)
def _depth_7(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory) -> None:
    _add_leaves(sums, tiles, blob, leaves, 7)


@njit(cache=True, error_model="numpy", nogil=True)
def _depth_8(sums: Memory, tiles: Memory, blob: Memory, leaves: Memory) -> None:
    _add_leaves(sums, tiles, blob, leaves, 8)


_EXACT: dict[int, Exact] = {
    1: _depth_1,
    2: _depth_2,
    3: _depth_3,
    4: _depth_4,
    5: _depth_5,
    6: _depth_6,
    7: _depth_7,
    8: _depth_8,
}
