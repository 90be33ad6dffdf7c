"""The cases of the decision tree: rows as a validator sees them, and the benchmark's one row."""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.inference.opponents import NUMBA_NAME, c_variant
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.kernels.inputs import benchmark_tree, moderate_inputs
from slonana_analysis.kernels.tree import decision_tree, decision_tree_rows
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.native import rows
from slonana_analysis.native.timed import TimedKernel, time_tree
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

FEATURES = 8
LEVELS = 5
# Four decisions a row: more than a branch predictor could learn by heart, where there are branches.
_ROWS = 8192


def tree_case(_machine: Machine) -> Case:
    """Return the benchmark's tree of 31 nodes on random rows.

    The rows are uniform around the thresholds, so that every branch goes either way.
    """
    inputs = moderate_inputs((_ROWS, FEATURES), seed=4) // 2 + 6000
    return _case("tree 31", aligned_copy(inputs))


def constant_row_case(_machine: Machine) -> Case:
    """Return the same tree on one row for ever, as the validator's benchmark times it."""
    return _case("tree 31, constant row", aligned_copy(moderate_inputs((1, FEATURES), seed=5)))


def _case(kernel: str, inputs: NDArray[np.int32]) -> Case:
    nodes = aligned_copy(benchmark_tree())
    value = aligned_empty(1, np.int32)
    numba = Variant(
        NUMBA_NAME,
        bind(timed_loop(decision_tree, ("rotate", "shared", "scalar")), inputs, nodes, LEVELS),
        lambda: _numba_rows(inputs),
    )
    c = c_variant(
        TimedKernel(time_tree, value, inputs, nodes, LEVELS),
        inputs,
        lambda: np.stack(rows.tree_rows(inputs, nodes, LEVELS)),
        fastest=0.0,
    )
    return Case("ml_inference", {"kernel": kernel}, (*c, numba))


def _numba_rows(inputs: NDArray[np.int32]) -> NDArray[np.int64]:
    codes = np.zeros(len(inputs), np.int64)
    values = np.zeros(len(inputs), np.int32)
    decision_tree_rows(codes, values, inputs, benchmark_tree(), LEVELS)
    return np.stack([codes, values])
