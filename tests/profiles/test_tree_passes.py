"""The passes in machine code against plain Python on random trees."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.profiles.call_tree import merge_siblings, outermost, subtree_sums
from slonana_analysis.profiles.tree_passes import nearest_kept


@st.composite
def trees(draw):
    """Parents above their children, and a small number per node."""
    count = draw(st.integers(0, 40))
    parents = [draw(st.integers(-1, node - 1)) for node in range(count)]
    keys = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    return np.array(parents, np.int32), np.array(keys, np.int64)


def _path(parents, node):
    found = []
    while node >= 0:
        found.append(node)
        node = parents[node]
    return found


@given(trees())
def test_sums(tree):
    parents, own = tree
    paths = [_path(parents, node) for node in range(parents.size)]
    expected = [
        sum(int(own[below]) for below, path in enumerate(paths) if node in path)
        for node in range(parents.size)
    ]
    assert subtree_sums(parents, own).tolist() == expected


@given(trees())
def test_outermost(tree):
    parents, keys = tree
    expected = [
        all(keys[above] != keys[node] for above in _path(parents, node)[1:])
        for node in range(parents.size)
    ]
    assert outermost(parents, keys).tolist() == expected


@given(trees())
def test_merging(tree):
    parents, keys = tree
    merged, above, functions = merge_siblings(parents, keys.astype(np.int32))
    names = [
        tuple(int(keys[step]) for step in _path(parents, node)) for node in range(parents.size)
    ]
    known = {}
    assert merged.tolist() == [known.setdefault(name, len(known)) for name in names]
    assert functions.tolist() == [name[0] for name in known]
    assert above.tolist() == [known.get(name[1:], -1) for name in known]


@given(trees())
def test_nearest(tree):
    parents, keys = tree
    kept = keys > 1
    expected = [
        next((step for step in _path(parents, node) if kept[step]), -1)
        for node in range(parents.size)
    ]
    assert nearest_kept(parents, kept).tolist() == expected
