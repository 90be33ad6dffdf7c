"""Forests in vector instructions, from rows of features to sums, whatever the forest is made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.kernels.forest import Forest, averaged, require_inputs
from slonana_analysis.kernels.vector.forest_exact import forest_exact
from slonana_analysis.kernels.vector.forest_packing import (
    INT16_ROWS,
    Ranks,
    can_clamp,
    has_int16_leaves,
    pack_comparisons,
    pack_int16,
    ranks_of,
)
from slonana_analysis.kernels.vector.forest_tiles import clamp_rows, empty_int16_tiles, rank_rows
from slonana_analysis.kernels.vector.forest_traversal import forest_int16
from slonana_analysis.simd.aligned import aligned_empty

# So many rows' features fit the second-level cache beside the forest.
_ROWS_AT_ONCE = 2048


@dataclass(frozen=True, eq=False)
class PackedForest:
    """A forest ready to run.

    Attributes
    ----------
    forest : Forest
        What was packed.
    ranks : Ranks or None
        How features become int16: by rank, or clamped.
    blobs : tuple of ndarray of int32
        One for each output.
    leaves : tuple of ndarray
        One for each output, if leaves are added one by one; empty if they are part of the blobs.
    """

    forest: Forest
    ranks: Ranks | None
    blobs: tuple[NDArray[np.int32], ...]
    leaves: tuple[NDArray[Any], ...]


def pack_forest(forest: Forest) -> PackedForest:
    """Return a forest packed for int16 kernels: exactly the same sums, whatever its types.

    Parameters
    ----------
    forest : Forest
        Any. int32 features whose thresholds all fit int16 are clamped, others ranked. Leaves that
        are int16 are selected, others are added one by one.

    Returns
    -------
    PackedForest

    Raises
    ------
    UnavailableError
        If a feature has more thresholds than int16 can count, or int16 leaves could add up to more
        than int32 holds.
    """
    ranks = None if can_clamp(forest) else ranks_of(forest)
    outputs = range(forest.base.size)
    if has_int16_leaves(forest):
        blobs = tuple(pack_int16(forest, ranks, output=output) for output in outputs)
        return PackedForest(forest, ranks, blobs, ())
    blobs = tuple(pack_comparisons(forest, ranks, output=output) for output in outputs)
    leaves = tuple(np.ascontiguousarray(forest.leaves[forest.output == k]) for k in outputs)
    return PackedForest(forest, ranks, blobs, leaves)


def packed_sums(packed: PackedForest, inputs: NDArray[Any]) -> NDArray[Any]:
    """Return what `slonana_analysis.kernels.forest.forest_sums` returns, bit for bit.

    Parameters
    ----------
    packed : PackedForest
        From `pack_forest`.
    inputs : ndarray of the thresholds' type, shape (n_rows, feature_count)
        Features.

    Returns
    -------
    ndarray of int64, float32 or float64, shape (n_rows, n_outputs)
        Averaged if the forest says so.

    Raises
    ------
    ValueError
        If the inputs have another type or shape.
    """
    forest = packed.forest
    require_inputs(forest, inputs)
    rows = np.ascontiguousarray(inputs)
    sums = np.empty((len(rows), forest.base.size), forest.sum_dtype)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        tiles = empty_int16_tiles(len(part), forest.feature_count)
        if packed.ranks is None:
            clamp_rows(tiles, part)
        else:
            rank_rows(tiles, part, packed.ranks)
        for output in range(forest.base.size):
            found = _sums_of_tiles(packed, tiles, output)
            sums[start : start + _ROWS_AT_ONCE, output] = found[: len(part)]
    return averaged(forest, sums)


def _sums_of_tiles(packed: PackedForest, tiles: NDArray[np.int16], output: int) -> NDArray[Any]:
    count = len(tiles) * INT16_ROWS
    if not packed.leaves:
        out = aligned_empty(count, np.int32)
        forest_int16(out, tiles, packed.blobs[output])
        return out
    sums = aligned_empty(count, packed.forest.sum_dtype)
    sums[:] = packed.forest.base[output]
    forest_exact(sums, tiles, packed.blobs[output], packed.leaves[output])
    return sums
