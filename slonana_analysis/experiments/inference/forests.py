"""The contests of the forest: a batch of rows, in tiles of int16 and of int32."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.inference.contest import INDEPENDENT, Contest, Opponent
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.kernels.entries.forest import forest_int16_entry, forest_int32_entry
from slonana_analysis.kernels.forest import Forest
from slonana_analysis.kernels.forest_inputs import random_forest
from slonana_analysis.kernels.inputs import moderate_inputs
from slonana_analysis.kernels.vector.forest_packing import pack_int16, pack_int32
from slonana_analysis.kernels.vector.forest_tiles import (
    clamp_rows,
    copy_rows,
    empty_int16_tiles,
    empty_int32_tiles,
)
from slonana_analysis.kernels.vector.forest_traversal import (
    forest_int16,
    forest_int16_of,
    forest_int32,
    forest_int32_of,
)
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.native.companions import forest_model
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

TREES, DEPTH, FEATURES, BATCH = 100, 6, 16, 1024
_BATCHES = 4
# Bytes of a vector of the opponents in AVX2.
_VECTOR = 32


def forest_contest(dtype: str, machine: Machine) -> Contest:
    """Return a forest of 100 trees of depth 6 on a batch of rows that lie in tiles.

    Parameters
    ----------
    dtype : {"int16", "int32"}
        Of features and thresholds in the tiles; the plain opponent walks rows of int32.
    machine : Machine
        With its roofs.
    """
    forest = random_forest(TREES, DEPTH, FEATURES, seed=7)
    rows = moderate_inputs((_BATCHES * BATCH, FEATURES), seed=8)
    batches = rows.reshape(_BATCHES, BATCH, FEATURES)
    short = dtype == "int16"
    pack, traverse = (pack_int16, forest_int16) if short else (pack_int32, forest_int32)
    tiles, packed = _tiles(batches, short=short), pack(forest, rows=BATCH)
    out = aligned_empty(BATCH, np.int32)
    loop = forest_int16_of if short else forest_int32_of
    plain = forest_model(forest.features, forest.thresholds, forest.leaves, FEATURES, BATCH)

    def result() -> NDArray[np.int32]:
        results = np.empty((_BATCHES, BATCH), np.int32)
        for sums, batch in zip(results, tiles, strict=True):
            traverse(sums, batch, packed)
        return results

    return Contest(
        kernel=f"forest {TREES} x {DEPTH} {dtype}, {BATCH} rows",
        inputs=tiles,
        width=BATCH,
        opponents={
            "scalar": Opponent("forest", plain, aligned_copy(batches)),
            "avx2": _by_hand(forest, batches, dtype),
        },
        entry=forest_int16_entry if short else forest_int32_entry,
        model=packed,
        alone=lambda: bind(
            timed_loop(loop, ("out", "rotate", "shared", "scalar")),
            *(out, tiles, packed, tiles.shape[1]),
        ),
        result=result,
        fastest=machine.nanoseconds(tiles[0].nbytes, machine.read_roof(tiles.nbytes)),
        operations=BATCH * TREES * DEPTH,
        calls=(INDEPENDENT,),
    )


def _tiles(batches: NDArray[np.int32], *, short: bool) -> NDArray[Any]:
    """Return the batches in tiles, shape (n_batches, n_tiles, n_features, rows of a tile)."""
    return aligned_copy(np.stack([_short_tiles(b) if short else _long_tiles(b) for b in batches]))


def _short_tiles(batch: NDArray[np.int32]) -> NDArray[np.int16]:
    tiles = empty_int16_tiles(BATCH, FEATURES)
    clamp_rows(tiles, batch)
    return tiles


def _long_tiles(batch: NDArray[np.int32]) -> NDArray[np.int32]:
    tiles = empty_int32_tiles(BATCH, FEATURES)
    copy_rows(tiles, batch)
    return tiles


def _by_hand(forest: Forest, batches: NDArray[np.int32], dtype: str) -> Opponent:
    lanes = _VECTOR // np.dtype(dtype).itemsize
    model = forest_model(
        forest.features * np.int32(lanes),
        forest.thresholds.astype(dtype),
        forest.leaves.astype(dtype),
        FEATURES,
        BATCH,
    )
    tiled = batches.reshape(_BATCHES, BATCH // lanes, lanes, FEATURES).swapaxes(2, 3)
    return Opponent(f"forest_{dtype}", model, aligned_copy(tiled.astype(dtype)))
