"""A million rows through trees of every kind of defect: codes, values, and what is not written."""

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.tree import NODE, decision_tree_rows
from slonana_analysis.kernels.vector.tree_packing import pack_tree
from slonana_analysis.kernels.vector.tree_rows import tree_packed_rows
from tests.kernels import oracle, reference
from tests.kernels.test_exact import MILLION, assert_same, drawn

TREES = 300
ROWS = 3500
UNTOUCHED = -77


def random_tree(random, features):
    """Mostly sound: children lead on, now and then back, past the end, or to a leaf's value."""
    count = int(random.choice([1, 2, 7, 31, 120, 256]))
    nodes = np.zeros(count, NODE)
    number = np.arange(count)
    nodes["feature"] = random.integers(0, features, count)
    nodes["threshold"] = random.choice([-(2**31), -30_000, 0, 1, 30_000, 2**31 - 1], count)
    nodes["leaf_value"] = random.integers(-(2**31), 2**31, count)
    for side in ("left", "right"):
        nodes[side] = number + random.integers(1, 4, count)
        named = random.random(count) < 0.2
        nodes[side][named] = -random.integers(1, count + 1, named.sum())
    nodes["feature"][(random.random(count) < 0.2) | (number >= count - 3)] = -1
    for defect in random.choice(5, 2):
        place = random.integers(0, count)
        if defect == 0:
            nodes["left"][place] = random.choice([-(2**15), -count - 1, count, 2**15 - 1])
        elif defect == 1:
            nodes["right"][place] = random.integers(0, place + 1)
        elif defect == 2:
            nodes["feature"][place] = random.choice([features, 2**15 - 1, -(2**15)])
    return nodes


def cases():
    random = np.random.default_rng(22)
    for seed in range(TREES):
        features = int(random.choice([1, 2, 8, 64]))
        nodes = random_tree(random, features)
        rows = drawn((ROWS, features), seed)
        # Equal to a threshold, or next to it.
        near = random.choice(nodes["threshold"], (ROWS // 2, features)).astype(np.int64)
        near += random.integers(-1, 2, near.shape)
        rows[::2] = np.clip(near, -(2**31), 2**31 - 1)
        yield rows, nodes, int(random.choice([0, 1, 3, 8, 32, 33, 2**32 - 1]))


def portable(rows, nodes, depth):
    codes, values = np.full(len(rows), 999), np.full(len(rows), UNTOUCHED, np.int32)
    decision_tree_rows(codes, values, rows, nodes, depth)
    return codes, values


def check_trees(run):
    seen = np.zeros(7, np.int64)
    for rows, nodes, depth in cases():
        codes, values = run(rows, nodes, depth)
        wanted_codes, wanted = oracle.tree_codes(rows, nodes, depth)
        assert_same(codes, wanted_codes, rows)
        assert_same(values, np.where(wanted_codes == 0, wanted, UNTOUCHED), rows)
        seen += np.bincount(codes, minlength=7)
    assert seen.sum() >= MILLION
    # Each of the three ends is met often enough to mean something.
    assert (seen[[0, 5, 6]] > 20_000).all(), seen


def test_trees_that_may_fail():
    check_trees(portable)


def test_vector_trees_refuse_whatever_fails_and_agree_on_the_rest():
    packed = 0
    for rows, nodes, depth in cases():
        codes, wanted = oracle.tree_codes(rows, nodes, depth)
        try:
            blob = pack_tree(nodes, depth, rows.shape[1])
        except UnavailableError:
            continue
        assert not codes.any()
        values = np.full(len(rows), UNTOUCHED, np.int32)
        tree_packed_rows(values, rows, blob)
        assert_same(values, wanted, rows)
        packed += 1
    assert packed > TREES // 10


def test_the_oracle_says_what_python_s_integers_say():
    for rows, nodes, depth in cases():
        listed = [reference.Node(*node) for node in nodes.tolist()]
        wanted = [reference.tree(row, listed, depth) for row in rows[:20].tolist()]
        found = zip(*oracle.tree_codes(rows[:20], nodes, depth), strict=True)
        assert list(found) == wanted


def with_nodes(change):
    def run(rows, nodes, depth):
        nodes = nodes.copy()
        change(nodes)
        return portable(rows, nodes, depth)

    return run


def equality_goes_right(nodes):
    lowered = np.maximum(nodes["threshold"].astype(np.int64) - 1, -(2**31))
    nodes["threshold"] = lowered


def negative_children_count_from_zero(nodes):
    for side in ("left", "right"):
        nodes[side][(nodes[side] < -1)] += 1


def missing_nodes_before_depth(rows, nodes, depth):
    codes, values = portable(rows, nodes, depth)
    later, _ = portable(rows, nodes, min(depth, 31) + 1)
    codes[(codes == 6) & (later == 5)] = 5
    return codes, values


def one_visit_more(rows, nodes, depth):
    return portable(rows, nodes, depth + 1)


@pytest.mark.parametrize(
    "wrong",
    [
        with_nodes(equality_goes_right),
        with_nodes(negative_children_count_from_zero),
        missing_nodes_before_depth,
        one_visit_more,
    ],
)
def test_a_wrong_kernel_is_found(wrong):
    with pytest.raises(pytest.fail.Exception, match="differ; at"):
        check_trees(wrong)
