"""Our forest as its callers have it: rows in, sums out, tiles and all, in one compiled call."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.experiments.peers.grown_forest import DEPTH

# The kernels of one depth: those for all depths would be compiled first, and take half a minute.
from slonana_analysis.kernels.vector.forest_tiles import _rank_rows as rank_rows
from slonana_analysis.kernels.vector.forest_tiles import clamp_rows, copy_rows
from slonana_analysis.kernels.vector.forest_traversal import _int16_depth_6 as int16_sums
from slonana_analysis.kernels.vector.forest_traversal import _int32_depth_6 as int32_sums

if DEPTH != 6:
    raise ImportError(f"the kernels here are of depth 6, and the peers' forest is of {DEPTH}")

ROWS_AT_ONCE = 2048
"""So many rows' tiles stay in the second-level cache until they are read."""


@njit(cache=True, error_model="numpy", nogil=True)
def sums_by_rank(  # noqa: PLR0917  # numba passes arguments by place
    out: NDArray[np.int32],
    rows: NDArray[np.float64],
    tiles: NDArray[np.int16],
    thresholds: NDArray[np.float64],
    starts: NDArray[np.int64],
    values: NDArray[np.float64],
    blob: NDArray[np.int32],
) -> None:
    """Rank float64 features and sum in int16.

    Parameters
    ----------
    out : ndarray of int32, shape (n_rows up to a multiple of 32,)
        Receives the sums.
    rows : ndarray of float64, shape (n_rows, n_features), C-contiguous
        Features.
    tiles : ndarray of int16, shape (n_tiles, n_features, 32)
        Overwritten; for ``n_rows`` or ``ROWS_AT_ONCE`` rows, whichever is less.
    thresholds, starts : ndarray
        Those of `Ranks`.
    values : ndarray of float64, shape (32,)
        Overwritten.
    blob : ndarray of int32
        From `pack_int16` with these ranks.
    """
    for start in range(0, rows.shape[0], ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        rank_rows(tiles, part, thresholds, starts, values)
        int16_sums(out[start:], tiles, blob, tiles.shape[0])


@njit(cache=True, error_model="numpy", nogil=True)
def sums_by_clamping(
    out: NDArray[np.int32],
    rows: NDArray[np.int32],
    tiles: NDArray[np.int16],
    blob: NDArray[np.int32],
) -> None:
    """Clamp int32 features to int16 and sum.

    Parameters
    ----------
    out : ndarray of int32, shape (n_rows up to a multiple of 32,)
        Receives the sums.
    rows : ndarray of int32, shape (n_rows, n_features), C-contiguous
        Features.
    tiles : ndarray of int16, shape (n_tiles, n_features, 32)
        Overwritten; for ``n_rows`` or ``ROWS_AT_ONCE`` rows, whichever is less.
    blob : ndarray of int32
        From `pack_int16`.
    """
    for start in range(0, rows.shape[0], ROWS_AT_ONCE):
        clamp_rows(tiles, rows[start : start + ROWS_AT_ONCE])
        int16_sums(out[start:], tiles, blob, tiles.shape[0])


@njit(cache=True, error_model="numpy", nogil=True)
def sums_of_int32(
    out: NDArray[np.int32],
    rows: NDArray[np.int32],
    tiles: NDArray[np.int32],
    blob: NDArray[np.int32],
) -> None:
    """Lay out int32 features and sum.

    Parameters
    ----------
    out : ndarray of int32, shape (n_rows up to a multiple of 16,)
        Receives the sums.
    rows : ndarray of int32, shape (n_rows, n_features), C-contiguous
        Features.
    tiles : ndarray of int32, shape (n_tiles, n_features, 16)
        Overwritten; for ``n_rows`` or ``ROWS_AT_ONCE`` rows, whichever is less.
    blob : ndarray of int32
        From `pack_int32`.
    """
    for start in range(0, rows.shape[0], ROWS_AT_ONCE):
        copy_rows(tiles, rows[start : start + ROWS_AT_ONCE])
        int32_sums(out[start:], tiles, blob, tiles.shape[0])


@njit(cache=True, error_model="numpy", nogil=True)
def sums_of_int16_tiles(
    out: NDArray[np.int32], tiles: NDArray[np.int16], blob: NDArray[np.int32]
) -> None:
    """Sum rows that lie in tiles of int16 already, shape (n_tiles, n_features, 32)."""
    int16_sums(out, tiles, blob, tiles.shape[0])


@njit(cache=True, error_model="numpy", nogil=True)
def sums_of_int32_tiles(
    out: NDArray[np.int32], tiles: NDArray[np.int32], blob: NDArray[np.int32]
) -> None:
    """Sum rows that lie in tiles of int32 already, shape (n_tiles, n_features, 16)."""
    int32_sums(out, tiles, blob, tiles.shape[0])
