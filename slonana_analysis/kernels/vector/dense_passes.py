"""Multiplying a layer by inputs that fit int16.

In all functions ``pairs`` (half the number of columns that the layer was filled up to) and
``parts`` are literals, so each caller gets a straight run of instructions of its own; ``narrowed``
is memory for 64 int16.
"""

import numpy as np
from numba import njit

from slonana_analysis.kernels.vector.dense_packing import (
    BIAS,
    LOWEST,
    ROWS,
    WEIGHTS,
)
from slonana_analysis.kernels.vector.dense_products import INPUTS, sums_of_products
from slonana_analysis.simd.lanes import (
    narrow_saturating,
)
from slonana_analysis.simd.masked import load_first_int32x8, store_first
from slonana_analysis.simd.memory import (
    as_int16,
    as_int32,
    load_int32x8,
    read,
    scratch_int32,
    store,
)
from slonana_analysis.simd.operations import (
    absolute,
    add,
    bit_and,
    maximum,
    maximum_unsigned,
    shift_right,
    splat_int32x8,
)
from slonana_analysis.simd.vectors import Lanes, Memory

_FRACTION_BITS = 15
_FRACTION = 2**15 - 1


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def narrow_inputs(narrowed: Memory, values: Memory, columns: int, pairs: int) -> Lanes:
    """Store the inputs as int16 and return magnitudes, among which is the largest."""
    magnitudes = splat_int32x8(np.int32(0))
    for j in range(0, 2 * pairs - 16, 16):
        a, b = load_int32x8(values, j), load_int32x8(values, j + 8)
        magnitudes = maximum_unsigned(magnitudes, maximum_unsigned(absolute(a), absolute(b)))
        store(narrowed, j, narrow_saturating(a, b))
    a, b = last_inputs(values, 2 * pairs - 16, columns)
    store(narrowed, 2 * pairs - 16, narrow_saturating(a, b))
    return maximum_unsigned(magnitudes, maximum_unsigned(absolute(a), absolute(b)))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def last_inputs(values: Memory, start: int, columns: int) -> tuple[Lanes, Lanes]:
    """Load two vectors of which some lanes may lie past the inputs."""
    if start + 16 == columns:
        return load_int32x8(values, start), load_int32x8(values, start + 8)
    first = load_first_int32x8(as_int32(values, start), columns - start)
    return first, load_first_int32x8(as_int32(values, start + 8), columns - start - 8)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def in_one_pass(  # noqa: PLR0917
    out: Memory, narrowed: Memory, blob: Memory, pairs: int, parts: int, following: Memory | None
) -> None:
    """Multiply inputs that fit int16 where sums over each of the parts of columns fit int32.

    Unless ``following`` is None, outputs of whole groups of 32 rows go there as inputs of the next
    layer too, as `narrow_inputs` would leave them.
    """
    rows = read(blob, ROWS)
    sums = scratch_int32(256)
    weights = as_int16(blob, read(blob, WEIGHTS))
    magnitudes = splat_int32x8(np.int32(0))
    row = 0
    while row + 32 <= rows:
        sums_of_products(sums, weights, narrowed, pairs, 4, parts)
        for lane in range(0, 32, 16):
            a = _outputs(sums, lane, 32, blob, row + lane, parts)
            b = _outputs(sums, lane + 8, 32, blob, row + lane + 8, parts)
            store(out, row + lane, a)
            store(out, row + lane + 8, b)
            if following is not None:
                magnitudes = maximum_unsigned(
                    magnitudes, maximum_unsigned(absolute(a), absolute(b))
                )
                store(following, row + lane, narrow_saturating(a, b))
        weights = as_int16(weights, 64 * pairs)
        row += 32
    while row < rows:
        sums_of_products(sums, weights, narrowed, pairs, 1, parts)
        _put(out, row, rows, _outputs(sums, 0, 8, blob, row, parts))
        weights = as_int16(weights, 16 * pairs)
        row += 8
    if following is not None:
        store(as_int32(following, INPUTS), 0, magnitudes)


@njit(cache=True, error_model="numpy", nogil=True, inline="always")
def _outputs(sums: Memory, first: int, distance: int, blob: Memory, row: int, parts: int) -> Lanes:  # noqa: PLR0917
    """Return eight outputs from the sums of all parts."""
    whole, rest = _whole_and_rest(load_int32x8(sums, first))
    for part in range(1, parts):
        more, remainder = _whole_and_rest(load_int32x8(sums, distance * part + first))
        whole, rest = add(whole, more), add(rest, remainder)
    shifted = add(whole, shift_right(rest, splat_int32x8(_FRACTION_BITS)))
    biased = add(shifted, load_int32x8(blob, BIAS + row))
    return maximum(biased, splat_int32x8(read(blob, LOWEST)))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _whole_and_rest(sums: Lanes) -> tuple[Lanes, Lanes]:
    whole = shift_right(sums, splat_int32x8(_FRACTION_BITS))
    return whole, bit_and(sums, splat_int32x8(_FRACTION))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _put(out: Memory, row: int, rows: int, outputs: Lanes) -> None:
    """Store eight outputs, or those that there are."""
    if row + 8 <= rows:
        store(out, row, outputs)
    else:
        store_first(as_int32(out, row), rows - row, outputs)
