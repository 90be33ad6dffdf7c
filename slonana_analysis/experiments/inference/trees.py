"""The contests of the decision tree: one row, the benchmark's constant row, and a batch."""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.inference.contest import INDEPENDENT, Contest, Opponent, plainly
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.kernels.entries.tree import tree_entry, tree_rows_entry
from slonana_analysis.kernels.inputs import benchmark_tree, moderate_inputs
from slonana_analysis.kernels.vector.tree import tree_packed
from slonana_analysis.kernels.vector.tree_packing import pack_tree
from slonana_analysis.kernels.vector.tree_rows import tree_packed_rows
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.native.avx2_models import avx2_tree_model
from slonana_analysis.native.companions import tree_model
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

LEVELS = 5
FEATURES = 8
BATCH = 1024
# Far more than a branch predictor can learn by heart.
_ROWS = 16_384
_BATCHES = 8


def tree_contest() -> Contest:
    """Return the tree of the validator's benchmark on random rows, as a validator meets them."""
    return _single("tree 31", _rows_around_thresholds(_ROWS, seed=4))


def _rows_around_thresholds(count: int, seed: int) -> NDArray[np.int32]:
    """Draw rows that send every comparison either way; thresholds lie between 5000 and 6400."""
    return moderate_inputs((count, FEATURES), seed) // 2 + 6000


def constant_row_contest() -> Contest:
    """Return the tree on one constant row, which is how the validator's benchmark times it."""
    row = moderate_inputs((1, FEATURES), seed=5)
    return _single("tree 31, constant row", np.repeat(row, 64, axis=0))


def _single(kernel: str, rows: NDArray[np.int32]) -> Contest:
    inputs, nodes = aligned_copy(rows), benchmark_tree()
    packed = pack_tree(nodes, LEVELS, FEATURES)
    return Contest(
        kernel=kernel,
        inputs=inputs,
        width=1,
        opponents=plainly("tree", tree_model(nodes, FEATURES, LEVELS))
        | {"avx2": Opponent("tree", avx2_tree_model(nodes))},
        entry=tree_entry,
        model=packed,
        alone=lambda: bind(timed_loop(tree_packed, ("rotate", "shared")), inputs, packed),
        result=lambda: _leaves(inputs)[:, np.newaxis],
    )


def _leaves(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    values = np.empty(len(rows), np.int32)
    tree_packed_rows(values, rows, pack_tree(benchmark_tree(), LEVELS, FEATURES))
    return values


def tree_rows_contest(machine: Machine) -> Contest:
    """Return the tree on a batch of random rows; one call takes the whole batch."""
    drawn = _rows_around_thresholds(_BATCHES * BATCH, seed=6)
    inputs = aligned_copy(drawn.reshape(_BATCHES, BATCH, FEATURES))
    nodes = benchmark_tree()
    packed = pack_tree(nodes, LEVELS, FEATURES, rows=BATCH)
    out = aligned_empty(BATCH, np.int32)
    return Contest(
        kernel=f"tree 31, {BATCH} rows",
        inputs=inputs,
        width=BATCH,
        opponents=plainly("tree_rows", tree_model(nodes, FEATURES, LEVELS, BATCH))
        | {"avx2": Opponent("tree_rows", avx2_tree_model(nodes, BATCH))},
        entry=tree_rows_entry,
        model=packed,
        alone=lambda: bind(
            timed_loop(tree_packed_rows, ("out", "rotate", "shared")), out, inputs, packed
        ),
        result=lambda: _leaves(drawn).reshape(_BATCHES, BATCH),
        fastest=machine.nanoseconds(inputs[0].nbytes, machine.read_roof(inputs.nbytes)),
        operations=BATCH * (LEVELS - 1),
        calls=(INDEPENDENT,),
    )
