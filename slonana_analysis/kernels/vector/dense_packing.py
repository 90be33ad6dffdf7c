"""How the vector dense kernels want a layer's weights, and what may be known before any input.

A packed layer is one array of int32 that begins at a cache line:

========  ==============================================================================
words     what
========  ==============================================================================
0         outputs, ``rows``
1         inputs, ``columns``
2         pairs: half of the columns, filled up to a multiple of 16 columns
3         lowest output: 0 where a rectifier follows, else the smallest int32
4 to 6    largest ``|x|`` for which sums over a half, a quarter and an eighth of the
          columns fit int32; 0 where a bias is too close to the ends of int32
7         where the weights begin, in words
8         where the layer begins once more, as `dense_double` takes it
32 on     bias, filled up to a multiple of 8
then      weights, as int16, at the next cache line
then      the layer for `dense_double`, at the next cache line
========  ==============================================================================

Weights stand in the order in which they are multiplied: groups of 32 rows as far as they go, then
groups of 8; in each group pair after pair of columns, and for each pair the rows' two weights.
Within 16 columns the pairs stand as x86's instruction for narrowing leaves the inputs: columns 0-3,
8-11, 4-7, 12-15.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN, MAX_NEURONS
from slonana_analysis.kernels.vector.dense_double import pack_double
from slonana_analysis.simd.aligned import aligned_empty

ROWS, COLUMNS, PAIRS, LOWEST = range(4)
BOUND_OF_HALF, BOUND_OF_QUARTER, BOUND_OF_EIGHTH = 4, 5, 6
WEIGHTS, DOUBLE = 7, 8
BIAS = 32

LANES = 8
GROUP = 4
"""Vectors of rows that are multiplied side by side."""

_PACKED_COLUMNS = 16
_LINE = 16  # words of a cache line
_ORDER = np.array([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15])
_INT16_MAX = 2**15 - 1
# |sum >> 15| of 64 products of int16: a bias this far from the ends of int32 cannot overflow.
_LARGEST_SHIFTED = MAX_NEURONS << 15


def pack_layer(
    weights: NDArray[np.int16], bias: NDArray[np.int32], *, rectified: bool = False
) -> NDArray[np.int32]:
    """Return a layer as the vector kernels want it.

    Parameters
    ----------
    weights : ndarray of int16, shape (rows, columns), Q15
        Up to 64 of each.
    bias : ndarray of int32, shape (rows,), fixed point
        Added after the shift.
    rectified : bool
        Whether negative outputs become zero.

    Returns
    -------
    ndarray of int32, shape (n_words,)
        The layout is this module's; it begins at a cache line.

    Raises
    ------
    FormatError
        If a size is larger than 64, or weights and bias do not fit each other.
    """
    rows, columns = weights.shape
    if max(rows, columns) > MAX_NEURONS or bias.shape != (rows,):
        raise FormatError(
            f"a layer of {rows} x {columns} with {bias.size} biases cannot be packed: at most "
            f"{MAX_NEURONS} rows and columns, and one bias a row, are what the validator runs"
        )
    padded = np.zeros((_up(rows, LANES), max(_up(columns, _PACKED_COLUMNS), _PACKED_COLUMNS)))
    padded[:rows, :columns] = weights
    ordered = _in_order_of_inputs(padded.astype(np.int16))
    start = _up(BIAS + len(padded), _LINE)
    end = start + ordered.size // 2
    double = _up(end, _LINE)
    for_any_input = pack_double(weights, bias, rectified=rectified)
    blob = aligned_empty(double + for_any_input.size, np.int32)
    blob[:] = 0
    blob[[ROWS, COLUMNS, PAIRS]] = rows, columns, ordered.shape[1] // 2
    blob[[WEIGHTS, DOUBLE]] = start, double
    blob[LOWEST] = 0 if rectified else INT32_MIN
    blob[BOUND_OF_HALF : BOUND_OF_EIGHTH + 1] = _bounds(ordered, bias)
    blob[BIAS : BIAS + rows] = bias
    blob[start:end].view(np.int16)[:] = _grouped(ordered, rows)
    blob[double:] = for_any_input
    return blob


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple


def _in_order_of_inputs(weights: NDArray[np.int16]) -> NDArray[np.int16]:
    parts = weights.reshape(len(weights), weights.shape[1] // _PACKED_COLUMNS, _PACKED_COLUMNS)
    return parts[:, :, _ORDER].reshape(weights.shape)


def _bounds(weights: NDArray[np.int16], bias: NDArray[np.int32]) -> list[int]:
    """Largest ``|x|`` for sums over 1/2, 1/4 and 1/8 of the columns."""
    furthest = int(np.abs(bias.astype(np.int64)).max(initial=0))
    if furthest > INT32_MAX - _LARGEST_SHIFTED:
        return [0] * 3
    magnitudes = np.abs(weights.astype(np.int64))
    bounds = []
    for parts in (2, 4, 8):
        largest = int(
            magnitudes.reshape(len(weights), parts, weights.shape[1] // parts)
            .sum(axis=2)
            .max(initial=1)
        )
        bounds.append(min(INT32_MAX // max(largest, 1), _INT16_MAX))
    return bounds


def _grouped(weights: NDArray[np.int16], rows: int) -> NDArray[np.int16]:
    # A group without all of its rows is none: its outputs could not be stored as a whole.
    whole = rows // (GROUP * LANES) * GROUP * LANES
    starts = [*range(0, whole, GROUP * LANES), *range(whole, len(weights), LANES), len(weights)]
    groups = [weights[start:end] for start, end in pairwise(starts)]
    by_pairs = [
        group.reshape(len(group), group.shape[1] // 2, 2).swapaxes(0, 1).ravel() for group in groups
    ]
    return np.concatenate([np.zeros(0, np.int16), *by_pairs])
