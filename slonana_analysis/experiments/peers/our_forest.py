"""Our own forest kernels as variants: the baseline of the forest's cases."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.peers.forest_kernels import (
    ROWS_AT_ONCE,
    sums_by_clamping,
    sums_by_rank,
    sums_of_int16_tiles,
    sums_of_int32,
    sums_of_int32_tiles,
)
from slonana_analysis.experiments.peers.grown_forest import SCALE
from slonana_analysis.experiments.peers.work import (
    ENCODED,
    FROM_INT32,
    checked_output,
    from_python,
)
from slonana_analysis.kernels.forest import Forest, forest_rows
from slonana_analysis.kernels.forest_completion import fixed_forest, quantised, real_forest
from slonana_analysis.kernels.models.forests import ForestModel
from slonana_analysis.kernels.vector.forest import pack_forest, packed_sums
from slonana_analysis.kernels.vector.forest_packing import pack_int16, pack_int32, ranks_of
from slonana_analysis.kernels.vector.forest_tiles import (
    clamp_rows,
    copy_rows,
    empty_int16_tiles,
    empty_int32_tiles,
)
from slonana_analysis.measure.loop_source import Role
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.subject import Variant
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

RANKED = "ours, int16 ranks"
ROW_BY_ROW = "ours, row by row"
CLAMPED = f"ours, int16, {FROM_INT32}"
INT32 = f"ours, int32, {FROM_INT32}"
INT16_TILES = f"ours, int16, {ENCODED}"
INT32_TILES = f"ours, int32, {ENCODED}"

_TILE = 32


@dataclass(frozen=True, eq=False)
class OurForest:
    """A model as our kernels want it.

    Attributes
    ----------
    real : Forest
        For float64 features; leaves are whole numbers of ``step``.
    fixed : Forest
        For int32 features that stand for themselves; the same leaves.
    step : float
        What one unit of a sum stands for.
    """

    real: Forest
    fixed: Forest
    step: float

    @classmethod
    def of(cls, model: ForestModel) -> "OurForest":
        """Return a model whose leaves are multiples of a power of two, exactly."""
        real, fixed = quantised(real_forest(model)), quantised(fixed_forest(model, scale=1))
        return cls(real.forest, fixed.forest, real.step)

    @property
    def scale(self) -> float:
        """What turns our sums into units of the peers' leaves."""
        return self.step * SCALE


def our_variants(forest: OurForest, batches: NDArray[np.float64]) -> tuple[Variant, ...]:
    """Return our kernels on a forest, the one that does all that the peers do first.

    Parameters
    ----------
    forest : OurForest
        The peers' model.
    batches : ndarray of float64, shape (n_batches, batch, n_features)
        Integers; the number of batches is a power of two.

    Returns
    -------
    tuple of Variant
        From float64 rows as the peers take them, from int32 rows as the validator has them, from
        rows in our own layout, and the first one called from Python.
    """
    whole = aligned_copy(batches.astype(np.int32))
    few = batches.shape[1] == 1
    compiled, called = (_row_by_row if few else _ranked)(forest, batches)
    return (compiled, *_from_int32(forest, whole), *_encoded(forest, whole), called)


def _ranked(forest: OurForest, batches: NDArray[np.float64]) -> tuple[Variant, Variant]:
    ranks = ranks_of(forest.real)
    shared = (ranks.thresholds, ranks.starts, aligned_empty(_TILE, np.float64))
    arguments = (*shared, pack_int16(forest.real, ranks))
    tiles = empty_int16_tiles(_at_once(batches), batches.shape[2])
    packed = pack_forest(forest.real)
    return (
        _variant(RANKED, sums_by_rank, forest.scale, batches, tiles, *arguments),
        _python_variant(RANKED, lambda rows: packed_sums(packed, rows), forest.scale, batches),
    )


def _row_by_row(forest: OurForest, batches: NDArray[np.float64]) -> tuple[Variant, Variant]:
    """Return the plain kernel: of a tile of 32 rows, one row would waste 31."""
    real, sums = forest.real, np.zeros((batches.shape[1], 1), np.int64)
    arguments = (real.features, real.thresholds, real.leaves, real.output)

    def predict(rows: NDArray[np.float64]) -> NDArray[np.int64]:
        sums[:] = real.base
        forest_rows(sums, rows, *arguments)
        return sums

    roles: tuple[Role, ...] = ("out", "rotate", "shared", "shared", "shared", "shared")
    loop = bind(timed_loop(forest_rows, roles), sums, batches, *arguments)
    called = _python_variant(ROW_BY_ROW, predict, forest.scale, batches)
    return Variant(ROW_BY_ROW, loop, called.output), called


def _from_int32(forest: OurForest, batches: NDArray[np.int32]) -> tuple[Variant, Variant]:
    rows, features = _at_once(batches), batches.shape[2]
    int16 = (empty_int16_tiles(rows, features), pack_int16(forest.fixed))
    int32 = (empty_int32_tiles(rows, features), pack_int32(forest.fixed))
    return (
        _variant(CLAMPED, sums_by_clamping, forest.scale, batches, *int16),
        _variant(INT32, sums_of_int32, forest.scale, batches, *int32),
    )


def _encoded(forest: OurForest, batches: NDArray[np.int32]) -> tuple[Variant, Variant]:
    """Return the kernels alone, on rows that lie in tiles already."""
    rows, features = batches.shape[1:]
    int16 = np.stack([empty_int16_tiles(rows, features)] * len(batches))
    int32 = np.stack([empty_int32_tiles(rows, features)] * len(batches))
    for batch, as_int16, as_int32 in zip(batches, int16, int32, strict=True):
        clamp_rows(as_int16, batch)
        copy_rows(as_int32, batch)
    given = (aligned_copy(int16), pack_int16(forest.fixed))
    wider = (aligned_copy(int32), pack_int32(forest.fixed))
    return (
        _variant(INT16_TILES, sums_of_int16_tiles, forest.scale, *given, rows=rows),
        _variant(INT32_TILES, sums_of_int32_tiles, forest.scale, *wider, rows=rows),
    )


def _python_variant(
    name: str,
    call: Callable[[NDArray[np.float64]], NDArray[Any]],
    scale: float,
    batches: NDArray[np.float64],
) -> Variant:
    timed = from_python(name, call, batches)
    return Variant(timed.name, timed.batch, lambda: timed.output() * scale)


def _variant(
    name: str,
    kernel: Callable[..., None],
    scale: float,
    batches: NDArray[Any],
    *arguments: NDArray[Any],
    rows: int = 0,
) -> Variant:
    """Return a kernel ``(out, batch, *arguments)`` as a variant; ``rows`` of each batch count."""
    count: int = rows or batches.shape[1]
    out = aligned_empty(-(-count // _TILE) * _TILE, np.int32)

    def predict(batch: NDArray[Any]) -> NDArray[np.int32]:
        kernel(out, batch, *arguments)
        return out[:count]

    roles: list[Role] = ["out", "rotate"]
    roles += ["out"] * len(arguments)
    loop = bind(timed_loop(kernel, roles), out, batches, *arguments)
    return Variant(name, loop, lambda: checked_output(predict, batches) * scale)


def _at_once(batches: NDArray[Any]) -> int:
    rows: int = batches.shape[1]
    return min(rows, ROWS_AT_ONCE)
