"""A dense layer by fused multiply-adds of float64, in one pass for every int32.

Sums of 64 products of 47 bits stay below 2^53, so float64 holds them exactly. Four times fewer
products fit a vector than with int16: what this costs is the same for all inputs.

A packed layer is one array of int32 that begins at a cache line: 16 words of header (rows,
columns, lowest output), the bias filled up to a multiple of 32 rows, and the weights as float64,
column after column, filled up likewise.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.limits import INT32_MIN, MAX_NEURONS
from slonana_analysis.simd.aligned import aligned_empty
from slonana_analysis.simd.lanes import join, to_float64, to_int32
from slonana_analysis.simd.masked import store_first
from slonana_analysis.simd.memory import (
    as_float64,
    as_int32,
    load_float64x4,
    load_int32x4,
    read,
    store,
)
from slonana_analysis.simd.operations import (
    add,
    floor,
    fused_multiply_add,
    maximum,
    minimum,
    multiply,
    splat_float64x4,
    splat_int32x8,
)
from slonana_analysis.simd.vectors import Lanes, Memory

_ROWS, _COLUMNS, _LOWEST = range(3)
_BIAS = 16
_BLOCK = 32

_FRACTION_BITS = 15
_INT32_LOWEST = -(2.0**31)
_INT32_HIGHEST = 2.0**31 - 1


def pack_double(
    weights: NDArray[np.int16], bias: NDArray[np.int32], *, rectified: bool = False
) -> NDArray[np.int32]:
    """Return a layer as `dense_double` takes it.

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
    padded = -(-rows // _BLOCK) * _BLOCK
    start = _BIAS + padded
    blob = aligned_empty(start + 2 * padded * columns, np.int32)
    blob[:] = 0
    blob[[_ROWS, _COLUMNS, _LOWEST]] = rows, columns, 0 if rectified else INT32_MIN
    blob[_BIAS : _BIAS + rows] = bias
    blob[start:].view(np.float64).reshape(columns, padded)[:, :rows] = weights.T
    return blob


@njit(cache=True, error_model="numpy", nogil=True, forceinline=False)
def dense_double(
    out: NDArray[np.int32], values: NDArray[np.int32], blob: NDArray[np.int32]
) -> None:
    """Do what `slonana_analysis.kernels.dense.dense_forward` does, in float64.

    Parameters
    ----------
    out : ndarray of int32, shape (rows,), fixed point, C-contiguous
        Receives the outputs; what follows them is left alone.
    values : ndarray of int32, shape (columns,), fixed point, C-contiguous
        Inputs, any int32.
    blob : ndarray of int32
        From `pack_double`.
    """
    rows, columns = read(blob, _ROWS), read(blob, _COLUMNS)
    padded = (rows + _BLOCK - 1) & -_BLOCK
    weights = as_float64(blob, _BIAS + padded)
    if padded == _BLOCK and columns == _BLOCK:
        # The size that networks of the guide have, for which everything is a constant.
        _block(out, 0, rows, blob, values, weights, _BLOCK, _BLOCK)
        return
    for row in range(0, rows, _BLOCK):
        _block(out, row, rows, blob, values, as_float64(weights, row), columns, padded)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _block(  # noqa: PLR0917
    out: Memory,
    row: int,
    rows: int,
    blob: Memory,
    values: Memory,
    weights: Memory,
    columns: int,
    padded: int,
) -> None:
    """Compute 32 rows in eight vectors, enough to hide that each waits for the one before it."""
    zero = splat_float64x4(0.0)
    a, b, c, d, e, f, g, h = zero, zero, zero, zero, zero, zero, zero, zero
    for j in range(columns):
        value = splat_float64x4(np.float64(read(values, j)))
        at = j * padded
        a = fused_multiply_add(value, load_float64x4(weights, at), a)
        b = fused_multiply_add(value, load_float64x4(weights, at + 4), b)
        c = fused_multiply_add(value, load_float64x4(weights, at + 8), c)
        d = fused_multiply_add(value, load_float64x4(weights, at + 12), d)
        e = fused_multiply_add(value, load_float64x4(weights, at + 16), e)
        f = fused_multiply_add(value, load_float64x4(weights, at + 20), f)
        g = fused_multiply_add(value, load_float64x4(weights, at + 24), g)
        h = fused_multiply_add(value, load_float64x4(weights, at + 28), h)
    _put(out, row, rows, blob, a, b)
    _put(out, row + 8, rows, blob, c, d)
    _put(out, row + 16, rows, blob, e, f)
    _put(out, row + 24, rows, blob, g, h)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _put(out: Memory, row: int, rows: int, blob: Memory, first: Lanes, second: Lanes) -> None:  # noqa: PLR0917
    lower = _rounded(first, load_int32x4(blob, _BIAS + row))
    upper = _rounded(second, load_int32x4(blob, _BIAS + row + 4))
    outputs = maximum(join(lower, upper), splat_int32x8(read(blob, _LOWEST)))
    if row + 8 <= rows:
        store(out, row, outputs)
    else:
        store_first(as_int32(out, row), rows - row, outputs)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _rounded(total: Lanes, bias: Lanes) -> Lanes:
    """Return four sums as outputs: shifted down by 15 bits, with the bias, saturated."""
    shifted = floor(multiply(total, splat_float64x4(0.5**_FRACTION_BITS)))
    biased = add(shifted, to_float64(bias))
    raised = maximum(biased, splat_float64x4(_INT32_LOWEST))
    return to_int32(minimum(raised, splat_float64x4(_INT32_HIGHEST)))
