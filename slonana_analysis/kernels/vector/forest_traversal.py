"""Forests on tiles: for each tree all comparisons, then the selections that lead to its leaf.

For every depth there is a kernel of its own, a straight run of instructions. Two tiles go through
it at a time, for they share the loads of thresholds and leaves; the last of an odd number goes
through with itself.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.vector.forest_packing import (
    BASE,
    DEPTH,
    FEATURES,
    HEADER,
    INT16_ROWS,
    INT32_ROWS,
    TREES,
)
from slonana_analysis.kernels.vector.tree_blend import leaves_int16x32, leaves_int32x16
from slonana_analysis.simd.lanes import reinterpret_int32, shuffler, unpack_high, unpack_low
from slonana_analysis.simd.memory import as_int16, as_int32, read, store
from slonana_analysis.simd.operations import add, shift_left, shift_right, splat_int32x16
from slonana_analysis.simd.vectors import Lanes, Memory

Traversal: TypeAlias = Callable[[Any, Any, Any, int], None]

# Quarters of two vectors in turn, the first ones and the last ones.
_first_rows = shuffler([0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23])
_last_rows = shuffler([8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31])


def forest_int16(out: NDArray[np.int32], tiles: NDArray[np.int16], blob: NDArray[np.int32]) -> None:
    """Sum the leaves that each row of int16 tiles reaches.

    Parameters
    ----------
    out : ndarray of int32, shape (n_tiles * 32,), C-contiguous
        Receives the sums.
    tiles : ndarray of int16, shape (n_tiles, feature_count, 32), C-contiguous
        Clamped features or ranks; see `forest_tiles`.
    blob : ndarray of int32
        From `pack_int16`, for leaves that are int16.
    """
    _INT16[int(blob[DEPTH])](out, tiles, blob, len(tiles))


def forest_int32(out: NDArray[np.int32], tiles: NDArray[np.int32], blob: NDArray[np.int32]) -> None:
    """Sum the leaves that each row of int32 tiles reaches.

    Parameters
    ----------
    out : ndarray of int32, shape (n_tiles * 16,), C-contiguous
        Receives the sums.
    tiles : ndarray of int32, shape (n_tiles, feature_count, 16), C-contiguous
        Features; see `forest_tiles`.
    blob : ndarray of int32
        From `pack_int32`.
    """
    _INT32[int(blob[DEPTH])](out, tiles, blob, len(tiles))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _sums_int16(out: Memory, tiles: Memory, blob: Memory, count: int, depth: int) -> None:
    """``depth`` is a literal."""
    size = INT16_ROWS * int(read(blob, FEATURES))
    words = 3 * (1 << depth) - 2
    base = splat_int32x16(read(blob, BASE))
    for i in range(0, count, 2):
        other = min(i + 1, count - 1)
        tile = as_int16(as_int16(tiles, 0), i * size)
        evens, odds, other_evens, other_odds = base, base, base, base
        for tree in range(read(blob, TREES)):
            record = as_int32(blob, HEADER + tree * words)
            a, b = leaves_int16x32(tile, (other - i) * size, record, depth, 2)
            evens, odds = add(evens, _evens(a)), add(odds, _odds(a))
            other_evens, other_odds = add(other_evens, _evens(b)), add(other_odds, _odds(b))
        _store_rows(as_int32(out, i * INT16_ROWS), evens, odds)
        _store_rows(as_int32(out, other * INT16_ROWS), other_evens, other_odds)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _evens(leaves: Lanes) -> Lanes:
    half = splat_int32x16(16)
    return shift_right(shift_left(reinterpret_int32(leaves), half), half)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _odds(leaves: Lanes) -> Lanes:
    return shift_right(reinterpret_int32(leaves), splat_int32x16(16))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _store_rows(target: Memory, evens: Lanes, odds: Lanes) -> None:
    lower, upper = unpack_low(evens, odds), unpack_high(evens, odds)
    store(target, 0, _first_rows(lower, upper))
    store(target, INT32_ROWS, _last_rows(lower, upper))


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _sums_int32(out: Memory, tiles: Memory, blob: Memory, count: int, depth: int) -> None:
    """``depth`` is a literal."""
    size = INT32_ROWS * int(read(blob, FEATURES))
    words = 3 * (1 << depth) - 2
    base = splat_int32x16(read(blob, BASE))
    for i in range(0, count, 2):
        other = min(i + 1, count - 1)
        tile = as_int32(as_int32(tiles, 0), i * size)
        first, second = base, base
        for tree in range(read(blob, TREES)):
            record = as_int32(blob, HEADER + tree * words)
            a, b = leaves_int32x16(tile, (other - i) * size, record, depth, 2)
            first, second = add(first, a), add(second, b)
        store(out, i * INT32_ROWS, first)
        store(out, other * INT32_ROWS, second)


@njit(cache=True, error_model="numpy", nogil=True)
def _int16_depth_1(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int16(out, tiles, blob, count, 1)


@njit(cache=True, error_model="numpy", nogil=True)
def _int16_depth_2(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int16(out, tiles, blob, count, 2)


@njit(cache=True, error_model="numpy", nogil=True)
def _int16_depth_3(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int16(out, tiles, blob, count, 3)


@njit(cache=True, error_model="numpy", nogil=True)
def _int16_depth_4(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int16(out, tiles, blob, count, 4)


@njit(cache=True, error_model="numpy", nogil=True)
def _int16_depth_5(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int16(out, tiles, blob, count, 5)


@njit(cache=True, error_model="numpy", nogil=True)
def _int16_depth_6(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int16(out, tiles, blob, count, 6)


@njit(cache=True, error_model="numpy", nogil=True)
def _int16_depth_7(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int16(out, tiles, blob, count, 7)


@njit(cache=True, error_model="numpy", nogil=True)
def _int16_depth_8(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int16(out, tiles, blob, count, 8)


@njit(cache=True, error_model="numpy", nogil=True)
def _int32_depth_1(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int32(out, tiles, blob, count, 1)


@njit(cache=True, error_model="numpy", nogil=True)
def _int32_depth_2(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int32(out, tiles, blob, count, 2)


@njit(cache=True, error_model="numpy", nogil=True)
def _int32_depth_3(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int32(out, tiles, blob, count, 3)


@njit(cache=True, error_model="numpy", nogil=True)
def _int32_depth_4(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int32(out, tiles, blob, count, 4)


@njit(cache=True, error_model="numpy", nogil=True)
def _int32_depth_5(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int32(out, tiles, blob, count, 5)


@njit(cache=True, error_model="numpy", nogil=True)
def _int32_depth_6(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int32(out, tiles, blob, count, 6)


@njit(cache=True, error_model="numpy", nogil=True)
def _int32_depth_7(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int32(out, tiles, blob, count, 7)


@njit(cache=True, error_model="numpy", nogil=True)
def _int32_depth_8(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    _sums_int32(out, tiles, blob, count, 8)


_INT16: dict[int, Traversal] = {
    1: _int16_depth_1,
    2: _int16_depth_2,
    3: _int16_depth_3,
    4: _int16_depth_4,
    5: _int16_depth_5,
    6: _int16_depth_6,
    7: _int16_depth_7,
    8: _int16_depth_8,
}
_INT32: dict[int, Traversal] = {
    1: _int32_depth_1,
    2: _int32_depth_2,
    3: _int32_depth_3,
    4: _int32_depth_4,
    5: _int32_depth_5,
    6: _int32_depth_6,
    7: _int32_depth_7,
    8: _int32_depth_8,
}


@njit(cache=True, error_model="numpy", nogil=True)
def forest_int16_of(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    """Do what `forest_int16` does, with pointers and a number of tiles."""
    depth = read(blob, DEPTH)
    if depth == 6:
        _int16_depth_6(out, tiles, blob, count)
    elif depth == 1:
        _int16_depth_1(out, tiles, blob, count)
    elif depth == 2:
        _int16_depth_2(out, tiles, blob, count)
    elif depth == 3:
        _int16_depth_3(out, tiles, blob, count)
    elif depth == 4:
        _int16_depth_4(out, tiles, blob, count)
    elif depth == 5:
        _int16_depth_5(out, tiles, blob, count)
    elif depth == 7:
        _int16_depth_7(out, tiles, blob, count)
    else:
        _int16_depth_8(out, tiles, blob, count)


@njit(cache=True, error_model="numpy", nogil=True)
def forest_int32_of(out: Memory, tiles: Memory, blob: Memory, count: int) -> None:
    """Do what `forest_int32` does, with pointers and a number of tiles."""
    depth = read(blob, DEPTH)
    if depth == 6:
        _int32_depth_6(out, tiles, blob, count)
    elif depth == 1:
        _int32_depth_1(out, tiles, blob, count)
    elif depth == 2:
        _int32_depth_2(out, tiles, blob, count)
    elif depth == 3:
        _int32_depth_3(out, tiles, blob, count)
    elif depth == 4:
        _int32_depth_4(out, tiles, blob, count)
    elif depth == 5:
        _int32_depth_5(out, tiles, blob, count)
    elif depth == 7:
        _int32_depth_7(out, tiles, blob, count)
    else:
        _int32_depth_8(out, tiles, blob, count)
