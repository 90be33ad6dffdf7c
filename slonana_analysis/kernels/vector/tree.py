"""A decision tree for one row: its fifteen comparisons at once, or a walk without checks.

Of the bits that the comparisons give, the first three choose a grandchild of the root, and three
more, its own, choose the leaf: two table look-ups instead of four steps that wait for each other.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.vector.tree_packing import (
    FEATURES,
    FEW_FEATURES,
    FORM,
    HEADER,
    LEAVES,
    LEAVES_AT,
    LEVELS,
    LINKS,
    ONE_WINDOW,
    PERFECT,
    RECORD,
    SECOND_WINDOW,
    THRESHOLDS_AT,
    TILE_ROWS,
    TWO_WINDOWS,
    pack_tree,
)
from slonana_analysis.simd.lanes import join, permute
from slonana_analysis.simd.masked import load_first_int32x8
from slonana_analysis.simd.memory import as_int32, load_int32x8, load_int32x16, read
from slonana_analysis.simd.operations import less, select, splat_int32x8, to_bits
from slonana_analysis.simd.target import INSTRUCTION_SET
from slonana_analysis.simd.vectors import Lanes, Memory

__all__ = ["pack_tree", "tree_packed"]

_SUCCESS = 0
_LANES = 8
_TILE_BITS = TILE_ROWS.bit_length() - 1
_SECOND = HEADER + _LANES
_SECOND_THRESHOLDS = THRESHOLDS_AT + _LANES
# Byte k: by how much to shift, for the three bits k of the root and its children, so that the
# grandchild's own bits come last.
_SHIFTS = np.uint64(
    sum(
        (3 + 3 * grandchild) << (8 * bits)
        for bits, grandchild in enumerate((3, 1, 3, 0, 2, 1, 2, 0))
    )
)
_THREE_BITS = np.uint64(7)
_BYTE = np.uint64(255)
_EIGHT = np.uint64(3)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def tree_packed(features: NDArray[np.int32], blob: NDArray[np.int32]) -> tuple[int, np.int32]:
    """Follow one row of features from the root to a leaf.

    Parameters
    ----------
    features : ndarray of int32, shape (feature_count,), fixed point, C-contiguous
        As many as the tree was packed for. Nothing past them is read.
    blob : ndarray of int32
        From `pack_tree`.

    Returns
    -------
    code : int
        0: a packed tree cannot fail.
    value : int32
        The leaf's value, as `slonana_analysis.kernels.tree.decision_tree` gives it.
    """
    return _SUCCESS, leaf_of_row(as_int32(features, 0), as_int32(blob, 0))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def leaf_of_row(features: Memory, blob: Memory) -> np.int32:
    """Return the value for the features at a pointer, from a packed tree at a pointer."""
    form = read(blob, FORM)
    if form == ONE_WINDOW:
        return _leaf_of_bits(_bits_of_window(load_int32x8(features, 0), blob), blob)
    if form == FEW_FEATURES:
        return _few_features(features, blob)
    if form == TWO_WINDOWS:
        return _two_windows(features, blob)
    if form == PERFECT:
        return _walked(features, blob)
    return _linked(features, blob)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _leaf_of_bits(bits: np.uint64, blob: Memory) -> np.int32:
    shift = (_SHIFTS >> ((bits & _THREE_BITS) << _EIGHT)) & _BYTE
    own = (bits >> shift) & _THREE_BITS
    value: np.int32 = read(blob, np.int64(LEAVES_AT - 24) + np.int64((shift << _EIGHT) + own))
    return value


@njit(cache=True, error_model="numpy", nogil=True)
def _few_features(features: Memory, blob: Memory) -> np.int32:
    values = load_first_int32x8(features, int(read(blob, FEATURES)))
    return _leaf_of_bits(_bits_of_window(values, blob), blob)


@njit(cache=True, error_model="numpy", nogil=True)
def _two_windows(features: Memory, blob: Memory) -> np.int32:
    first = load_int32x8(features, 0)
    second = load_int32x8(features, int(read(blob, SECOND_WINDOW)))
    return _leaf_of_bits(_bits_of_windows(first, second, blob), blob)


if INSTRUCTION_SET == "avx512":

    @njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
    def _bits_of_window(values: Lanes, blob: Memory) -> np.uint64:
        return _bits_of_windows(values, values, blob)

    @njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
    def _bits_of_windows(first: Lanes, second: Lanes, blob: Memory) -> np.uint64:
        chosen = permute(join(first, second), load_int32x16(blob, HEADER))
        return np.uint64(to_bits(less(chosen, load_int32x16(blob, THRESHOLDS_AT))))

else:

    @njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
    def _bits_of_window(values: Lanes, blob: Memory) -> np.uint64:
        low = permute(values, load_int32x8(blob, HEADER))
        high = permute(values, load_int32x8(blob, _SECOND))
        return _joined(low, high, blob)

    @njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
    def _bits_of_windows(first: Lanes, second: Lanes, blob: Memory) -> np.uint64:
        low = _of_either(first, second, load_int32x8(blob, HEADER))
        high = _of_either(first, second, load_int32x8(blob, _SECOND))
        return _joined(low, high, blob)

    @njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
    def _of_either(first: Lanes, second: Lanes, places: Lanes) -> Lanes:
        in_first = less(places, splat_int32x8(_LANES))
        return select(in_first, permute(first, places), permute(second, places))

    @njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
    def _joined(low: Lanes, high: Lanes, blob: Memory) -> np.uint64:
        lower = to_bits(less(low, load_int32x8(blob, THRESHOLDS_AT)))
        upper = to_bits(less(high, load_int32x8(blob, _SECOND_THRESHOLDS)))
        return np.uint64(lower | (upper << _LANES))


@njit(cache=True, error_model="numpy", nogil=True)
def _walked(features: Memory, blob: Memory) -> np.int32:
    """Go down a perfect tree; which way is added, and never branched on."""
    levels = int(read(blob, LEVELS))
    inner = (1 << levels) - 1
    record = int(read(blob, RECORD))
    node = 0
    for _ in range(levels):
        feature = int(read(blob, record + node)) >> _TILE_BITS
        threshold = read(blob, record + inner + node)
        node = 2 * node + 1 + int(read(features, feature) >= threshold)
    value: np.int32 = read(blob, record + inner + node)
    return value


@njit(cache=True, error_model="numpy", nogil=True)
def _linked(features: Memory, blob: Memory) -> np.int32:
    links = int(read(blob, LINKS))
    node = 0
    while node >= 0:
        place = links + 4 * node
        right = read(features, int(read(blob, place))) >= read(blob, place + 1)
        node = int(read(blob, place + 2 + int(right)))
    value: np.int32 = read(blob, int(read(blob, LEAVES)) - node - 1)
    return value
