"""Forests packed for the vector kernels, one array for each output.

A packed forest is one array of int32 that begins at a cache line: a line of header, then the
record of every tree (see `tree_blend`). Thresholds are one more than the forest's own: a feature
below goes left.

int16 kernels compare twice as many rows at once. Features become int16 without changing a decision,
in one of two ways: where all thresholds fit int16, features are clamped to it; anywhere else a
feature is replaced by its rank, the number of different thresholds of that feature that it exceeds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.forest import Forest
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from slonana_analysis.simd.aligned import aligned_copy

FEATURES, TREES, DEPTH, ROWS, BASE = range(5)
"""Words of the header."""

HEADER = 16
INT16_ROWS = 32
"""Rows of a tile of int16."""
INT32_ROWS = 16
"""Rows of a tile of int32."""
BLOCK = 16
"""Thresholds that are counted together, and then searched."""

_INT16_MIN, _INT16_MAX = -(2**15), 2**15 - 1


@dataclass(frozen=True, eq=False)
class Ranks:
    """What features are compared with, to find their ranks.

    Attributes
    ----------
    thresholds : ndarray of int32, float32 or float64, shape (n_thresholds,)
        The different thresholds of feature 0, ascending, then those of feature 1, ... Each
        feature's are filled up to whole blocks of 16, at least by one, with the largest value.
    starts : ndarray of int64, shape (feature_count + 1,)
        Where each feature's begin, and where the last one's end.
    """

    thresholds: NDArray[Any]
    starts: NDArray[np.int64]


def ranks_of(forest: Forest) -> Ranks:
    """Return the different thresholds of each feature.

    Raises
    ------
    UnavailableError
        If a feature has more than an int16 can count.
    """
    dtype = forest.thresholds.dtype
    largest = INT32_MAX if dtype == np.int32 else np.inf
    parts = []
    for feature in range(forest.feature_count):
        own = np.unique(forest.thresholds[forest.features == feature])
        parts += [own, np.full(BLOCK - own.size % BLOCK, largest, dtype)]
    sizes = [a.size + b.size for a, b in zip(parts[::2], parts[1::2], strict=True)]
    if max(sizes) > _INT16_MAX:
        raise UnavailableError(
            f"a feature has nearly {max(sizes)} thresholds, too many to count in int16: "
            "sum with kernels.forest.forest_sums"
        )
    return Ranks(np.concatenate(parts), np.cumsum([0, *sizes], dtype=np.int64))


def can_clamp(forest: Forest) -> bool:
    """Return whether features may be clamped to int16: int32 ones, if all thresholds fit."""
    thresholds = forest.thresholds
    if thresholds.dtype != np.int32:
        return False
    return bool(thresholds.min(initial=0) >= _INT16_MIN and thresholds.max(initial=0) < _INT16_MAX)


def pack_int16(
    forest: Forest, ranks: Ranks | None = None, *, output: int = 0, rows: int = 0
) -> NDArray[np.int32]:
    """Return one output's trees for `forest_int16`.

    Parameters
    ----------
    forest : Forest
        Of any features and of leaves that fit int16.
    ranks : Ranks, optional
        From `ranks_of`, if features are replaced by their ranks; otherwise they are clamped.
    output : int
        Whose trees.
    rows : int
        How many rows, of whole tiles, one call of ``forest_int16_entry`` takes.

    Returns
    -------
    ndarray of int32, shape (n_words,)
        The layout is this module's; it begins at a cache line.

    Raises
    ------
    UnavailableError
        If features are to be clamped and a threshold does not fit, a leaf does not fit, or sums
        could leave int32.
    """
    if not has_int16_leaves(forest):
        raise UnavailableError("leaves are no int16: see quantised, or sum with forest_exact")
    own = forest.leaves[forest.output == output]
    records = np.concatenate([_int16_comparisons(forest, ranks, output), _twice(own)], axis=1)
    return _packed(forest, records, rows, _base(forest, output))


def pack_comparisons(
    forest: Forest, ranks: Ranks | None = None, *, output: int = 0
) -> NDArray[np.int32]:
    """Return one output's trees for `forest_exact`, which takes the leaves apart.

    Parameters and what is raised are those of `pack_int16`, except that leaves do not matter.
    """
    return _packed(forest, _int16_comparisons(forest, ranks, output), 0, 0)


def pack_int32(forest: Forest, *, output: int = 0, rows: int = 0) -> NDArray[np.int32]:
    """Return one output's trees for `forest_int32`.

    Parameters
    ----------
    forest : Forest
        Of int32 features and leaves.
    output : int
        Whose trees.
    rows : int
        How many rows, of whole tiles, one call of ``forest_int32_entry`` takes.

    Returns
    -------
    ndarray of int32, shape (n_words,)
        The layout is this module's; it begins at a cache line.

    Raises
    ------
    UnavailableError
        If features or leaves are floats, a threshold is the largest int32, or sums could leave
        int32.
    """
    if forest.thresholds.dtype != np.int32 or forest.leaves.dtype != np.int32:
        raise UnavailableError(
            "int32 kernels take int32 features and leaves: see fixed_forest and quantised"
        )
    if forest.thresholds.max(initial=0) == INT32_MAX:
        raise UnavailableError("no int32 exceeds the largest one: pass ranks_of to pack_int16")
    own = forest.output == output
    parts = (forest.features[own] * INT32_ROWS, forest.thresholds[own] + 1, forest.leaves[own])
    return _packed(forest, np.concatenate(parts, axis=1), rows, _base(forest, output))


def has_int16_leaves(forest: Forest) -> bool:
    """Return whether all leaves are whole numbers that fit int16."""
    leaves = forest.leaves
    if leaves.dtype != np.int32:
        return False
    return bool(leaves.min(initial=0) >= _INT16_MIN and leaves.max(initial=0) <= _INT16_MAX)


def _int16_comparisons(forest: Forest, ranks: Ranks | None, output: int) -> NDArray[np.int32]:
    if ranks is None and not can_clamp(forest):
        raise UnavailableError("thresholds do not fit int16: pass ranks_of(forest)")
    own = forest.output == output
    features, thresholds = forest.features[own], forest.thresholds[own]
    if ranks is not None:
        thresholds = _rank_thresholds(features, thresholds, ranks)
    return np.concatenate([features * INT16_ROWS, _twice(thresholds + 1)], axis=1)


def _rank_thresholds(
    features: NDArray[np.int32], thresholds: NDArray[Any], ranks: Ranks
) -> NDArray[np.int32]:
    places = np.zeros(thresholds.shape, np.int32)
    for feature, start in enumerate(ranks.starts[:-1]):
        compared = features == feature
        own = ranks.thresholds[start : ranks.starts[feature + 1]]
        places[compared] = np.searchsorted(own, thresholds[compared])
    return places


def _twice(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return words that hold the same int16 in both halves."""
    halves = np.repeat(values.astype(np.int16)[..., np.newaxis], 2, axis=-1)
    return halves.view(np.int32)[..., 0]


def _base(forest: Forest, output: int) -> int:
    """Return where a sum starts, after making sure that no sum leaves int32."""
    own = forest.leaves[forest.output == output].astype(np.int64)
    base = int(forest.base[output])
    lowest = base + int(np.minimum(own.min(axis=1), 0).sum())
    highest = base + int(np.maximum(own.max(axis=1), 0).sum())
    if min(lowest, base) < INT32_MIN or max(highest, base) > INT32_MAX:
        raise UnavailableError("sums could leave int32: sum with kernels.forest.forest_sums")
    return base


def _packed(forest: Forest, records: NDArray[np.int32], rows: int, base: int) -> NDArray[np.int32]:
    header = np.zeros(HEADER, np.int32)
    header[[FEATURES, TREES, DEPTH]] = forest.feature_count, len(records), forest.depth
    header[[ROWS, BASE]] = rows, base
    return aligned_copy(np.concatenate([header, records.ravel()]))
