import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.entries.tree import tree_entry, tree_rows_entry
from slonana_analysis.kernels.inputs import benchmark_tree, complete_tree, moderate_inputs
from slonana_analysis.kernels.tree import NODE, decision_tree_rows
from slonana_analysis.kernels.vector.tree import pack_tree, tree_packed
from slonana_analysis.kernels.vector.tree_rows import tree_packed_columns, tree_packed_rows
from tests.kernels import reference
from tests.kernels.test_tree import NODES
from tests.kernels.vector import tree_program

HASWELL = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+sse4.2,+avx,+avx2,+fma,+bmi,+bmi2,+lzcnt,+popcnt",
}
BASELINE = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
LEAF = (-1, -1, -1, 0, 0, 42)


def tree_of(*nodes):
    return np.array(list(nodes), NODE)


@pytest.mark.parametrize(
    ("environment", "instruction_set"),
    [
        pytest.param({}, None, id="here"),
        pytest.param({"SLONANA_SIMD": "avx2"}, None, id="at most AVX2"),
        pytest.param(HASWELL, "avx2", id="compiled for AVX2"),
        pytest.param(BASELINE, "portable", id="compiled for any x86-64"),
    ],
)
def test_every_instruction_set_gives_the_same_bits(environment, instruction_set, tmp_path):
    """Trees and forests; and none reads or writes past the last value: memory ends there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kernels.vector.tree_program"],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result["mismatches"].values()) == {0}, result
    assert instruction_set in {None, result["instruction_set"]}
    # Two tiles of 64 bytes through 31 comparisons: two or four registers each.
    for name, compare, blend in (("int16", "vpcmpgtw", "vpblendvb"), ("int32", "vpcmpgtd", "v")):
        counts = result["instructions"][name]
        if result["instruction_set"] == "avx512":
            assert counts[compare] == 2 * 31
        elif instruction_set == "avx2":
            assert counts[compare] == 4 * 31
            blends = {key: n for key, n in counts.items() if "blendv" in key and blend in key}
            assert sum(blends.values()) == 4 * 31


def test_the_program_notices_a_difference():
    nodes = complete_tree(4, 8, seed=1)
    assert tree_program.wrong_in_tree(nodes, 4, 8, 40) == 0
    forest = tree_program.random_forest(3, 3, 8, seed=1)
    inputs = tree_program.rows_for(forest, 40)
    moved = tree_program.replace(forest, thresholds=forest.thresholds - 1)
    assert (tree_program.walked(forest, inputs) != tree_program.walked(moved, inputs)).any()


def outcomes(features, nodes, max_depth):
    """The codes of all paths, whether or not features could take them, but for certain turns."""
    waiting, codes = [(0, 0)], set()
    while waiting:
        index, visits = waiting.pop()
        if visits == min(max_depth, 32):
            codes.add(6)
        elif index >= len(nodes) or (nodes[index].feature >= features):
            codes.add(5)
        elif nodes[index].feature < 0:
            codes.add(0)
        else:
            node = nodes[index]
            for child in {node.left} if node.threshold == INT32_MAX else {node.left, node.right}:
                if child >= 0:
                    waiting.append((child, visits + 1))
                else:
                    codes.add(0 if -child - 1 < len(nodes) else 5)
        if len(waiting) > 2000:
            return {6}
    return codes


@given(
    st.lists(st.integers(-3, 3) | st.sampled_from((INT32_MIN, INT32_MAX)), min_size=1, max_size=5),
    NODES,
    st.integers(0, 40),
)
def test_packs_what_cannot_fail_and_nothing_else(features, nodes, max_depth):
    array, row = np.array(nodes, NODE), np.array(features, np.int32)
    if nodes and outcomes(len(features), nodes, max_depth) == {0}:
        blob = pack_tree(array, max_depth, len(features))
        assert tree_packed(row, blob) == reference.tree(features, nodes, max_depth)
    else:
        with pytest.raises(UnavailableError, match=r"run such a tree with"):
            pack_tree(array, max_depth, len(features))


@pytest.mark.parametrize(
    ("nodes", "max_depth", "features", "reason"),
    [
        (tree_of((0, 1, 2, 0, 0, 0), LEAF, (0, 1, 0, 0, 0, 0)), 5, 1, "leads back to itself"),
        (tree_of((0, 1, 9, 0, 0, 0), LEAF), 5, 1, "no node 9"),
        (tree_of((0, 1, -9, 0, 0, 0), LEAF), 5, 1, "no node 8 whose value"),
        (tree_of((1, 1, 1, 0, 0, 0), LEAF), 5, 1, "feature 1"),
        (tree_of((0, 1, 1, 0, 0, 0), LEAF), 1, 1, "visit more than 1 nodes"),
        (
            tree_of(*[(0, k + 1, -1, 0, 0, 0) for k in range(255)], LEAF),
            99,
            1,
            "more than 32 nodes",
        ),
        (tree_of(), 5, 1, "no valid model"),
        (tree_of(LEAF), 5, 65, "no valid model"),
    ],
)
def test_refuses_with_a_reason(nodes, max_depth, features, reason):
    with pytest.raises(UnavailableError, match=reason):
        pack_tree(nodes, max_depth, features)


def test_a_broken_node_behind_a_certain_turn_does_no_harm():
    nodes = tree_of((0, 1, 99, 0, INT32_MAX, 0), LEAF)
    row = np.array([INT32_MAX], np.int32)
    assert tree_packed(row, pack_tree(nodes, 2, 1)) == (0, 42)


def test_a_single_leaf():
    blob = pack_tree(tree_of(LEAF), 1, 3)
    assert tree_packed(np.zeros(3, np.int32), blob) == (0, 42)
    values = np.zeros(33, np.int32)
    tree_packed_rows(values, np.zeros((33, 3), np.int32), blob)
    assert set(values.tolist()) == {42}


@pytest.mark.parametrize("threshold", [INT32_MIN, INT32_MIN + 1, -1, INT32_MAX - 1, INT32_MAX])
def test_thresholds_at_the_limits(threshold):
    nodes = tree_of((7, 1, 2, 0, threshold, 0), (-1, -1, -1, 0, 0, 10), (-1, -1, -1, 0, 0, 20))
    blob = pack_tree(nodes, 2, 8)
    for value in (INT32_MIN, threshold, min(threshold + 1, INT32_MAX), INT32_MAX):
        row = np.full(8, value, np.int32)
        assert tree_packed(row, blob) == (0, 10 if value <= threshold else 20)


def test_a_tree_that_shares_its_nodes_is_packed_in_time():
    """A path through 31 nodes that meet again each time: 2 ** 31 of them, and 32 nodes."""
    nodes = tree_of(*[(k % 8, k + 1, k + 1, 0, k, 0) for k in range(31)], LEAF)
    blob = pack_tree(nodes, 32, 8)
    assert tree_packed(np.zeros(8, np.int32), blob) == (0, 42)


def test_blobs_begin_at_a_cache_line():
    assert pack_tree(benchmark_tree(), 5, 8).ctypes.data % 64 == 0


@pytest.mark.parametrize("levels", [5, 6, 7, 8])
@pytest.mark.parametrize("rows", [1, 31, 33, 4096])
def test_rows_and_columns_agree_with_the_portable_kernel(levels, rows):
    nodes = complete_tree(levels, 11, seed=levels)
    inputs = moderate_inputs((rows, 11), rows)
    codes, wanted = np.zeros(rows, np.int64), np.zeros(rows, np.int32)
    decision_tree_rows(codes, wanted, inputs, nodes, levels)
    blob = pack_tree(nodes, levels, 11)
    values = np.zeros(rows, np.int32)
    tree_packed_rows(values, inputs, blob)
    assert np.array_equal(values, wanted)
    values[:] = 0
    tree_packed_columns(values, np.ascontiguousarray(inputs.T), blob)
    assert np.array_equal(values, wanted)


def test_entries_do_what_the_kernels_do():
    import ctypes

    pointer = ctypes.POINTER(ctypes.c_int32)
    shape = ctypes.CFUNCTYPE(ctypes.c_uint64, pointer, pointer, pointer)
    nodes, inputs = benchmark_tree(), moderate_inputs((40, 8), 3)
    blob = pack_tree(nodes, 5, 8, rows=40)
    out, wanted = np.zeros(41, np.int32), np.zeros(40, np.int32)
    tree_packed_rows(wanted, inputs, blob)
    words = [array.ctypes.data_as(pointer) for array in (out, inputs, blob)]
    assert shape(tree_rows_entry())(*words) == 0
    assert out.tolist() == [*wanted.tolist(), 0]
    assert shape(tree_entry())(words[0], inputs[7:].ctypes.data_as(pointer), words[2]) == 0
    assert out[0] == wanted[7]
