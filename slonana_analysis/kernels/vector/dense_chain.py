"""Dense layers one after the other, the next one's inputs narrowed as they are computed.

Otherwise each layer would wait until the outputs of the one before it had gone to memory and come
back. What awaits a layer is its inputs as 64 int16, and after them 8 int32, among which is their
largest magnitude. All arguments are pointers.
"""

import numpy as np
from numba import njit

from slonana_analysis.kernels.vector.dense import (
    in_one_pass_where_possible,
    past_int16,
)
from slonana_analysis.kernels.vector.dense_packing import PAIRS, ROWS
from slonana_analysis.kernels.vector.dense_passes import last_inputs
from slonana_analysis.kernels.vector.dense_products import INPUTS
from slonana_analysis.simd.lanes import narrow_saturating
from slonana_analysis.simd.memory import as_int32, load_int32x8, read, store
from slonana_analysis.simd.operations import absolute, maximum_unsigned, splat_int32x8
from slonana_analysis.simd.vectors import Memory


@njit(cache=True, error_model="numpy", nogil=True)
def narrow_for(awaiting: Memory, values: Memory, columns: int) -> None:
    """Leave ``columns`` inputs as a layer awaits them."""
    magnitudes = splat_int32x8(np.int32(0))
    for j in range(0, columns, 16):
        if j + 16 <= columns:
            a, b = load_int32x8(values, j), load_int32x8(values, j + 8)
        else:
            a, b = last_inputs(values, j, columns)
        magnitudes = maximum_unsigned(magnitudes, maximum_unsigned(absolute(a), absolute(b)))
        store(awaiting, j, narrow_saturating(a, b))
    store(as_int32(awaiting, INPUTS), 0, magnitudes)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def dense_chained(
    out: Memory, values: Memory, blob: Memory, awaiting: Memory, following: Memory
) -> bool:
    """Compute a layer, and say whether its outputs lie in ``following`` as the next awaits them.

    ``values`` are the inputs as int32, for the case that they do not fit int16.
    """
    pairs = read(blob, PAIRS)
    if pairs == 16:
        done = _of_32_columns(out, values, blob, awaiting, following)
    elif pairs == 8:
        done = _of_16_columns(out, values, blob, awaiting, following)
    elif pairs == 32:
        done = _of_64_columns(out, values, blob, awaiting, following)
    else:
        done = _of_48_columns(out, values, blob, awaiting, following)
    return done and read(blob, ROWS) & 31 == 0


@njit(cache=True, error_model="numpy", nogil=True)
def _of_16_columns(
    out: Memory, values: Memory, blob: Memory, awaiting: Memory, following: Memory
) -> bool:
    magnitudes = load_int32x8(as_int32(awaiting, INPUTS), 0)
    if in_one_pass_where_possible(out, awaiting, magnitudes, blob, 8, following):
        return True
    past_int16(out, values, blob)
    return False


@njit(cache=True, error_model="numpy", nogil=True)
def _of_32_columns(
    out: Memory, values: Memory, blob: Memory, awaiting: Memory, following: Memory
) -> bool:
    magnitudes = load_int32x8(as_int32(awaiting, INPUTS), 0)
    if in_one_pass_where_possible(out, awaiting, magnitudes, blob, 16, following):
        return True
    past_int16(out, values, blob)
    return False


@njit(cache=True, error_model="numpy", nogil=True)
def _of_48_columns(
    out: Memory, values: Memory, blob: Memory, awaiting: Memory, following: Memory
) -> bool:
    magnitudes = load_int32x8(as_int32(awaiting, INPUTS), 0)
    if in_one_pass_where_possible(out, awaiting, magnitudes, blob, 24, following):
        return True
    past_int16(out, values, blob)
    return False


@njit(cache=True, error_model="numpy", nogil=True)
def _of_64_columns(
    out: Memory, values: Memory, blob: Memory, awaiting: Memory, following: Memory
) -> bool:
    magnitudes = load_int32x8(as_int32(awaiting, INPUTS), 0)
    if in_one_pass_where_possible(out, awaiting, magnitudes, blob, 32, following):
        return True
    past_int16(out, values, blob)
    return False
