"""The passes over parent arrays, also where recursion would run out of stack."""

import numpy as np

from slonana_analysis.profiles.call_tree import merge_siblings, outermost, subtree_sums


def test_a_chain_of_a_hundred_thousand_calls():
    count = 100_000
    parents = np.arange(-1, count - 1, dtype=np.int32)
    own = np.ones(count, np.int64)
    assert subtree_sums(parents, own).tolist() == list(range(count, 0, -1))
    outer = outermost(parents, np.arange(count) % 3)
    assert np.flatnonzero(outer).tolist() == [0, 1, 2]


def test_merging_siblings_of_several_roots():
    parents = np.array([-1, -1, 0, 1, 2], np.int32)
    functions = np.array([5, 5, 7, 7, 5], np.int32)
    merged, merged_parents, merged_functions = merge_siblings(parents, functions)
    assert merged.tolist() == [0, 0, 1, 1, 2]
    assert merged_parents.tolist() == [-1, 0, 1]
    assert merged_functions.tolist() == [5, 7, 5]


def test_nothing_at_all():
    none = np.array([], np.int32)
    assert subtree_sums(none, none.astype(np.int64)).size == 0
    assert outermost(none, none.astype(np.int64)).size == 0
    assert [part.size for part in merge_siblings(none, none)] == [0, 0, 0]
