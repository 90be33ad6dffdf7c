"""A dense layer in vector instructions, exact for every int32.

x86 multiplies pairs of int16 and adds the two products in one instruction, so inputs that fit int16
need one such pass. Its sums are int32: the columns are cut into parts whose sums cannot overflow
for the inputs at hand, and the parts are added as multiples of 2^15 and remainders. Larger inputs
are multiplied in float64, which holds every sum exactly (see
`slonana_analysis.kernels.vector.dense_double`); taken apart into two int16 each, they took longer.

Functions here take arrays or pointers. They read ``columns`` inputs and write ``rows`` outputs for
each row of inputs, and touch nothing else.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.vector.dense_double import dense_double
from slonana_analysis.kernels.vector.dense_packing import (
    BOUND_OF_EIGHTH,
    BOUND_OF_HALF,
    BOUND_OF_QUARTER,
    COLUMNS,
    DOUBLE,
    PAIRS,
    ROWS,
    pack_layer,
)
from slonana_analysis.kernels.vector.dense_passes import (
    in_one_pass,
    narrow_inputs,
)
from slonana_analysis.simd.memory import as_int32, read, scratch_int16
from slonana_analysis.simd.operations import all_true, equal, maximum_unsigned, splat_int32x8
from slonana_analysis.simd.vectors import Lanes, Memory

__all__ = ["dense_packed", "dense_packed_rows", "pack_layer"]


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def dense_packed(
    out: NDArray[np.int32], values: NDArray[np.int32], blob: NDArray[np.int32]
) -> None:
    """Do what `slonana_analysis.kernels.dense.dense_forward` does, from packed weights.

    Parameters
    ----------
    out : ndarray of int32, shape (rows,), fixed point, C-contiguous
        Receives the outputs; what follows them is left alone.
    values : ndarray of int32, shape (columns,), fixed point, C-contiguous
        Inputs, any int32.
    blob : ndarray of int32
        From `pack_layer`.
    """
    outputs, inputs, layer = as_int32(out, 0), as_int32(values, 0), as_int32(blob, 0)
    pairs = read(layer, PAIRS)
    if pairs == 16:
        _of_32_columns(outputs, inputs, layer)
    elif pairs == 8:
        _of_16_columns(outputs, inputs, layer)
    elif pairs == 32:
        _of_64_columns(outputs, inputs, layer)
    else:
        _of_48_columns(outputs, inputs, layer)


@njit(cache=True, error_model="numpy", nogil=True)
def dense_packed_rows(
    out: NDArray[np.int32], inputs: NDArray[np.int32], blob: NDArray[np.int32]
) -> None:
    """Run `dense_packed` over every row of ``inputs``.

    Parameters
    ----------
    out : ndarray of int32, shape (n_inputs, rows), fixed point, C-contiguous
        One row of outputs for each row of inputs.
    inputs : ndarray of int32, shape (n_inputs, columns), fixed point, C-contiguous
        One layer input a row.
    blob : ndarray of int32
        From `pack_layer`.
    """
    rows, columns = read(blob, ROWS), read(blob, COLUMNS)
    for k in range(inputs.shape[0]):
        dense_packed(as_int32(out, k * rows), as_int32(inputs, k * columns), blob)


@njit(cache=True, error_model="numpy", nogil=True)
def _of_16_columns(out: Memory, values: Memory, blob: Memory) -> None:
    narrowed = scratch_int16(64)
    magnitudes = narrow_inputs(narrowed, values, read(blob, COLUMNS), 8)
    if not in_one_pass_where_possible(out, narrowed, magnitudes, blob, 8, None):
        past_int16(out, values, blob)


@njit(cache=True, error_model="numpy", nogil=True)
def _of_32_columns(out: Memory, values: Memory, blob: Memory) -> None:
    narrowed = scratch_int16(64)
    magnitudes = narrow_inputs(narrowed, values, read(blob, COLUMNS), 16)
    if not in_one_pass_where_possible(out, narrowed, magnitudes, blob, 16, None):
        past_int16(out, values, blob)


@njit(cache=True, error_model="numpy", nogil=True)
def _of_48_columns(out: Memory, values: Memory, blob: Memory) -> None:
    narrowed = scratch_int16(64)
    magnitudes = narrow_inputs(narrowed, values, read(blob, COLUMNS), 24)
    if not in_one_pass_where_possible(out, narrowed, magnitudes, blob, 24, None):
        past_int16(out, values, blob)


@njit(cache=True, error_model="numpy", nogil=True)
def _of_64_columns(out: Memory, values: Memory, blob: Memory) -> None:
    narrowed = scratch_int16(64)
    magnitudes = narrow_inputs(narrowed, values, read(blob, COLUMNS), 32)
    if not in_one_pass_where_possible(out, narrowed, magnitudes, blob, 32, None):
        past_int16(out, values, blob)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def in_one_pass_where_possible(  # noqa: PLR0917
    out: Memory,
    narrowed: Memory,
    magnitudes: Lanes,
    blob: Memory,
    pairs: int,
    following: Memory | None,
) -> bool:
    """Run `in_one_pass` with as few parts as will do, and say whether any number did."""
    done = True
    if _within(magnitudes, read(blob, BOUND_OF_HALF)):
        in_one_pass(out, narrowed, blob, pairs, 2, following)
    elif _within(magnitudes, read(blob, BOUND_OF_QUARTER)):
        in_one_pass(out, narrowed, blob, pairs, 4, following)
    elif _within(magnitudes, read(blob, BOUND_OF_EIGHTH)):
        in_one_pass(out, narrowed, blob, pairs, 8, following)
    else:
        done = False
    return done


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _within(magnitudes: Lanes, largest: int) -> bool:
    bound = splat_int32x8(largest)
    # An unsigned comparison, which AVX2 lacks; -2^31 is a magnitude, bounds are never negative.
    return bool(all_true(equal(maximum_unsigned(magnitudes, bound), bound)))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=False)
def past_int16(out: Memory, values: Memory, blob: Memory) -> None:
    """Compute a layer for inputs, or with biases, that one pass cannot take."""
    dense_double(out, values, as_int32(blob, read(blob, DOUBLE)))
