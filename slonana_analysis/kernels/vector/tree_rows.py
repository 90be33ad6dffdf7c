"""A decision tree for many rows: all comparisons of sixteen rows at once, and no branches.

Rows that lie one after the other are turned into columns first, by tiles of sixteen. Trees of more
than six levels are followed row by row, which takes less than all their comparisons.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.vector.tree import leaf_of_row
from slonana_analysis.kernels.vector.tree_blend import leaves_int32x16
from slonana_analysis.kernels.vector.tree_packing import (
    FEATURES,
    GROUPS,
    LEVELS,
    RECORD,
    TILE_ROWS,
    WINDOW,
    pack_tree,
)
from slonana_analysis.kernels.vector.tree_transpose import store_transposed
from slonana_analysis.simd.memory import as_int32, read, scratch_int32, store, write
from slonana_analysis.simd.vectors import Memory

__all__ = ["pack_tree", "tree_packed_columns", "tree_packed_rows"]

_STEP = 2 * TILE_ROWS
_MOST_FEATURES = 64
_TILE_WORDS = TILE_ROWS * _MOST_FEATURES
# Offsets within a record are 32 bits.
_FARTHEST = 2**32


@njit(cache=True, error_model="numpy", nogil=True)
def tree_packed_rows(
    values: NDArray[np.int32], inputs: NDArray[np.int32], blob: NDArray[np.int32]
) -> None:
    """Follow every row of features from the root to a leaf.

    Parameters
    ----------
    values : ndarray of int32, shape (n_inputs,), fixed point, C-contiguous
        Receives the leaf's value for each row, as
        `slonana_analysis.kernels.tree.decision_tree_rows` gives it.
    inputs : ndarray of int32, shape (n_inputs, feature_count), fixed point, C-contiguous
        One row of features each, as many as the tree was packed for. Nothing else is read.
    blob : ndarray of int32
        From `pack_tree`.
    """
    leaves_of_rows(as_int32(values, 0), as_int32(inputs, 0), inputs.shape[0], as_int32(blob, 0))


@njit(cache=True, error_model="numpy", nogil=True)
def leaves_of_rows(values: Memory, inputs: Memory, count: int, blob: Memory) -> None:
    """Do what `tree_packed_rows` does, with pointers and a number of rows."""
    levels = read(blob, LEVELS)
    if levels == 4:
        _rows_of_4_levels(values, inputs, count, blob)
    elif levels == 5:
        _rows_of_5_levels(values, inputs, count, blob)
    elif levels == 6:
        _rows_of_6_levels(values, inputs, count, blob)
    else:
        features = int(read(blob, FEATURES))
        for i in range(count):
            write(values, i, leaf_of_row(as_int32(inputs, i * features), blob))


@njit(cache=True, error_model="numpy", nogil=True)
def _rows_of_4_levels(values: Memory, inputs: Memory, count: int, blob: Memory) -> None:
    _rows(values, inputs, count, blob, 4)


@njit(cache=True, error_model="numpy", nogil=True)
def _rows_of_5_levels(values: Memory, inputs: Memory, count: int, blob: Memory) -> None:
    _rows(values, inputs, count, blob, 5)


@njit(cache=True, error_model="numpy", nogil=True)
def _rows_of_6_levels(values: Memory, inputs: Memory, count: int, blob: Memory) -> None:
    _rows(values, inputs, count, blob, 6)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _rows(values: Memory, inputs: Memory, count: int, blob: Memory, levels: int) -> None:
    """``levels`` is a literal."""
    features = int(read(blob, FEATURES))
    tiles = scratch_int32(2048)
    record = as_int32(blob, int(read(blob, RECORD)))
    # A window of eight words on a narrower row reaches into the rows that follow it.
    beyond = (max(features, WINDOW) - 1) // features
    whole = max(count - beyond, 0) // _STEP * _STEP
    for i in range(0, whole, _STEP):
        _fill(tiles, as_int32(inputs, i * features), features, blob)
        first, second = leaves_int32x16(tiles, _TILE_WORDS, record, levels, 2)
        store(values, i, first)
        store(values, i + TILE_ROWS, second)
    if whole < count:
        last = scratch_int32(2112)
        chosen = scratch_int32(64)
        for i in range(whole, count, _STEP):
            rest = min(count - i, _STEP)
            _copy(last, as_int32(inputs, i * features), rest * features)
            _fill(tiles, last, features, blob)
            first, second = leaves_int32x16(tiles, _TILE_WORDS, record, levels, 2)
            store(chosen, 0, first)
            store(chosen, TILE_ROWS, second)
            _copy(as_int32(values, i), chosen, rest)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _fill(tiles: Memory, rows: Memory, features: int, blob: Memory) -> None:
    """Turn the groups of eight features that the tree compares into columns, for two tiles."""
    groups = int(read(blob, GROUPS))
    last = max(features - WINDOW, 0)
    group = 0
    while groups >> group:
        if (groups >> group) & 1:
            start = min(WINDOW * group, last)
            target = as_int32(tiles, TILE_ROWS * start)
            store_transposed(target, as_int32(rows, start), features)
            second = as_int32(rows, start + TILE_ROWS * features)
            store_transposed(as_int32(target, _TILE_WORDS), second, features)
        group += 1


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _copy(target: Memory, source: Memory, count: int) -> None:
    for k in range(count):
        write(target, k, read(source, k))


@njit(cache=True, error_model="numpy", nogil=True)
def tree_packed_columns(
    values: NDArray[np.int32], columns: NDArray[np.int32], blob: NDArray[np.int32]
) -> None:
    """Follow every row from the root to a leaf, features being given column by column.

    Parameters
    ----------
    values : ndarray of int32, shape (n_inputs,), fixed point, C-contiguous
        Receives the leaf's value for each row.
    columns : ndarray of int32, shape (feature_count, n_inputs), fixed point, C-contiguous
        One feature of all rows each, as many as the tree was packed for.
    blob : ndarray of int32
        From `pack_tree`.
    """
    features, count = columns.shape
    whole = 0
    if features * count < _FARTHEST:
        levels = read(blob, LEVELS)
        if levels == 4:
            whole = _columns_of_4_levels(values, columns, blob)
        elif levels == 5:
            whole = _columns_of_5_levels(values, columns, blob)
        elif levels == 6:
            whole = _columns_of_6_levels(values, columns, blob)
    row = scratch_int32(64)
    for i in range(whole, count):
        for feature in range(features):
            write(row, feature, read(columns, feature * count + i))
        write(values, i, leaf_of_row(row, as_int32(blob, 0)))


@njit(cache=True, error_model="numpy", nogil=True)
def _columns_of_4_levels(values: Memory, columns: Memory, blob: Memory) -> int:
    return _columns(values, columns, blob, 4)


@njit(cache=True, error_model="numpy", nogil=True)
def _columns_of_5_levels(values: Memory, columns: Memory, blob: Memory) -> int:
    return _columns(values, columns, blob, 5)


@njit(cache=True, error_model="numpy", nogil=True)
def _columns_of_6_levels(values: Memory, columns: Memory, blob: Memory) -> int:
    return _columns(values, columns, blob, 6)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _columns(values: Memory, columns: Memory, blob: Memory, levels: int) -> int:
    """``levels`` is a literal; returns how many rows are done."""
    inner = (1 << levels) - 1
    count = columns.shape[1]
    packed = as_int32(blob, int(read(blob, RECORD)))
    record = scratch_int32(192)
    _copy(record, packed, 3 * inner + 1)
    for node in range(inner):
        feature = int(read(packed, node)) // TILE_ROWS
        write(record, node, np.int32(feature * count))
    whole: int = count // _STEP * _STEP
    for i in range(0, whole, _STEP):
        first, second = leaves_int32x16(as_int32(columns, i), TILE_ROWS, record, levels, 2)
        store(values, i, first)
        store(values, i + TILE_ROWS, second)
    return whole
