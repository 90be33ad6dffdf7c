"""The tree: it stays a red-black tree, and finds what lies in it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from slonana_analysis.readers.perf_data_file.symbols import symbol_tree

STARTS = st.lists(st.integers(0, 40), min_size=1, max_size=60)


def in_order(tree, node):
    if node == symbol_tree.NONE:
        return []
    left, right = int(tree.left[node]), int(tree.right[node])
    return [*in_order(tree, left), node, *in_order(tree, right)]


def black_height(tree, node):
    """Return the number of black nodes on each way down; fails if the ways differ."""
    if node == symbol_tree.NONE:
        return 1
    below = [int(tree.left[node]), int(tree.right[node])]
    red = bool(tree.colour[node])
    for child in below:
        if child != symbol_tree.NONE:
            assert tree.parent[child] == node
            assert not (red and tree.colour[child])
    heights = {black_height(tree, child) for child in below}
    assert len(heights) == 1
    return heights.pop() + (not red)


def check(tree, expected):
    root = int(tree.root[0])
    black_height(tree, root)
    assert in_order(tree, root) == expected


@settings(deadline=None)
@given(STARTS, st.data())
def test_insertion_and_erasure_keep_order_and_balance(starts, data):
    starts = np.array(starts, np.uint64)
    tree = symbol_tree.empty_tree(starts.size)
    symbol_tree.insert_all(tree, starts, 0, starts.size)
    order = np.argsort(starts, kind="stable").tolist()
    check(tree, order)
    erased = data.draw(st.lists(st.sampled_from(order), unique=True))
    symbol_tree.erase_all(tree, np.array(erased, np.int64))
    check(tree, [node for node in order if node not in erased])


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=20, unique=True))
def test_symbols_that_do_not_overlap_are_found_exactly(starts):
    starts = np.array(starts, np.uint64) * np.uint64(4)
    ends = starts + np.uint64(3)
    tree = symbol_tree.empty_tree(starts.size)
    symbol_tree.insert_all(tree, starts, 0, starts.size)
    positions = np.arange(130, dtype=np.uint64)
    found = symbol_tree.find_all(tree, starts, ends, positions)
    for position, symbol in zip(positions.tolist(), found.tolist(), strict=True):
        inside = np.flatnonzero((starts <= position) & (position < ends))
        assert [symbol] == (inside.tolist() or [symbol_tree.NONE])
