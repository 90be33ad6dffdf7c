"""Rows into tiles, feature by feature: what the forest kernels read.

Rows that a last tile lacks are made up; what comes out for them means nothing.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.vector.forest_packing import (
    BLOCK,
    INT16_ROWS,
    INT32_ROWS,
    Ranks,
)
from slonana_analysis.kernels.vector.forest_search import above, above_each, pointer_to
from slonana_analysis.kernels.vector.tree_transpose import COLUMNS, store_transposed
from slonana_analysis.simd.aligned import aligned_empty
from slonana_analysis.simd.lanes import narrow
from slonana_analysis.simd.memory import (
    as_int16,
    as_int32,
    load_int32x16,
    read,
    scratch_int32,
    store,
    write,
)
from slonana_analysis.simd.operations import (
    add,
    maximum,
    minimum,
    select,
    splat_int32x16,
)
from slonana_analysis.simd.vectors import Lanes, Memory

_INT16_MIN, _INT16_MAX = -(2**15), 2**15 - 1


def empty_int16_tiles(rows: int, features: int) -> NDArray[np.int16]:
    """Return tiles for ``rows`` rows: shape (n_tiles, features, 32), uninitialised."""
    return aligned_empty((-(-rows // INT16_ROWS), features, INT16_ROWS), np.int16)


def empty_int32_tiles(rows: int, features: int) -> NDArray[np.int32]:
    """Return tiles for ``rows`` rows: shape (n_tiles, features, 16), uninitialised."""
    return aligned_empty((-(-rows // INT32_ROWS), features, INT32_ROWS), np.int32)


def rank_rows(tiles: NDArray[np.int16], inputs: NDArray[Any], ranks: Ranks) -> None:
    """Store every feature's rank among its thresholds.

    Parameters
    ----------
    tiles : ndarray of int16, shape (n_tiles, n_features, 32)
        Receives the ranks.
    inputs : ndarray of the thresholds' type, shape (n_rows, n_features), C-contiguous
        Features.
    ranks : Ranks
        From `ranks_of`.
    """
    values = aligned_empty(INT16_ROWS, inputs.dtype)
    _rank_rows(tiles, inputs, ranks.thresholds, ranks.starts, values)


@njit(cache=True, error_model="numpy", nogil=True)
def _rank_rows(
    tiles: NDArray[np.int16],
    inputs: NDArray[Any],
    thresholds: NDArray[Any],
    starts: NDArray[np.int64],
    values: NDArray[Any],
) -> None:
    rows, features = inputs.shape
    column, other = pointer_to(values, 0), pointer_to(values, INT32_ROWS)
    for tile in range(tiles.shape[0]):
        first = tile * INT16_ROWS
        for feature in range(features):
            for k in range(INT16_ROWS):
                write(column, k, read(inputs, min(first + k, rows - 1) * features + feature))
            start = starts[feature]
            own, count = pointer_to(thresholds, start), starts[feature + 1] - start
            target = as_int16(tiles, (tile * features + feature) * INT16_ROWS)
            store(target, 0, narrow(_rank(column, own, count)))
            store(target, INT32_ROWS, narrow(_rank(other, own, count)))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _rank(values: Memory, thresholds: Memory, count: int) -> Lanes:
    """Count for sixteen values the thresholds that each is not at most.

    Blocks of sixteen thresholds are counted by their last ones; the block that is left is halved
    four times.
    """
    places = splat_int32x16(0)
    for last in range(BLOCK - 1, count - BLOCK, BLOCK):
        next_block = add(places, splat_int32x16(BLOCK))
        places = select(above(values, thresholds, last), next_block, places)
    places = _halved(places, values, thresholds, 8)
    places = _halved(places, values, thresholds, 4)
    places = _halved(places, values, thresholds, 2)
    return _halved(places, values, thresholds, 1)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _halved(places: Lanes, values: Memory, thresholds: Memory, half: int) -> Lanes:
    middle = add(places, splat_int32x16(half - 1))
    upper = add(places, splat_int32x16(half))
    return select(above_each(values, thresholds, middle), upper, places)


@njit(cache=True, error_model="numpy", nogil=True)
def clamp_rows(tiles: NDArray[np.int16], inputs: NDArray[np.int32]) -> None:
    """Store every feature, clamped to int16.

    Parameters
    ----------
    tiles : ndarray of int16, shape (n_tiles, n_features, 32), C-contiguous
        Receives the features.
    inputs : ndarray of int32, shape (n_rows, n_features), C-contiguous
        Features.
    """
    rows, features = inputs.shape
    whole = rows // INT16_ROWS if features >= COLUMNS else 0
    for tile in range(whole):
        for start in range(0, features, COLUMNS):
            # The last eight features begin before the seventh but last one's turn.
            feature = min(start, features - COLUMNS)
            target = as_int16(tiles, (tile * features + feature) * INT16_ROWS)
            source = as_int32(inputs, tile * INT16_ROWS * features + feature)
            _clamp_half(target, source, features)
            next_half = as_int32(source, INT32_ROWS * features)
            _clamp_half(as_int16(target, INT32_ROWS), next_half, features)
    for tile in range(whole, tiles.shape[0]):
        for feature in range(features):
            for k in range(INT16_ROWS):
                row = tile * INT16_ROWS + k
                value = inputs[row, feature] if row < rows else np.int32(0)
                tiles[tile, feature, k] = min(max(value, _INT16_MIN), _INT16_MAX)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _clamp_half(target: Memory, rows: Memory, stride: int) -> None:
    """Sixteen rows of eight features."""
    columns = scratch_int32(128)
    store_transposed(columns, rows, stride)
    lowest, highest = splat_int32x16(_INT16_MIN), splat_int32x16(_INT16_MAX)
    for k in range(COLUMNS):
        values = load_int32x16(columns, k * INT32_ROWS)
        clamped = minimum(maximum(values, lowest), highest)
        store(target, k * INT16_ROWS, narrow(clamped))


@njit(cache=True, error_model="numpy", nogil=True)
def copy_rows(tiles: NDArray[np.int32], inputs: NDArray[np.int32]) -> None:
    """Store every feature.

    Parameters
    ----------
    tiles : ndarray of int32, shape (n_tiles, n_features, 16), C-contiguous
        Receives the features.
    inputs : ndarray of int32, shape (n_rows, n_features), C-contiguous
        Features.
    """
    rows, features = inputs.shape
    whole = rows // INT32_ROWS if features >= COLUMNS else 0
    for tile in range(whole):
        for start in range(0, features, COLUMNS):
            feature = min(start, features - COLUMNS)
            target = as_int32(tiles, (tile * features + feature) * INT32_ROWS)
            source = as_int32(inputs, tile * INT32_ROWS * features + feature)
            store_transposed(target, source, features)
    for tile in range(whole, tiles.shape[0]):
        for feature in range(features):
            for k in range(INT32_ROWS):
                row = tile * INT32_ROWS + k
                tiles[tile, feature, k] = inputs[row, feature] if row < rows else 0
