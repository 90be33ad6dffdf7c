"""Tables that number what is distinct: held against dictionaries, from their smallest size up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from slonana_analysis.readers.interning import (
    intern_name,
    intern_node,
    intern_row,
    name_list,
    new_names,
    new_nodes,
    new_rows,
    reserve_names,
    reserve_nodes,
    reserve_rows,
)

WORDS = st.lists(st.binary(max_size=30), max_size=200)
SMALL = st.integers(-3, 3)


def array(text):
    return np.frombuffer(text, np.uint8).copy()


@njit
def number_names(names, data, ends):
    numbers = np.empty(ends.size, np.int64)
    begin = 0
    for place in range(ends.size):
        names = reserve_names(names, ends[place] - begin)
        numbers[place] = intern_name(names, data, begin, ends[place])
        begin = ends[place]
    return names, numbers


@njit
def number_rows(rows, keys):
    numbers = np.empty(keys.shape[0], np.int64)
    for place in range(keys.shape[0]):
        rows = reserve_rows(rows)
        key = keys[place]
        numbers[place] = intern_row(rows, key[0], key[1], key[2], key[3])
    return rows, numbers


@njit
def grow_tree(nodes, frames, depth):
    leaves = np.empty(frames.size // depth, np.int64)
    for stack in range(leaves.size):
        nodes = reserve_nodes(nodes, depth)
        node = np.int64(-1)
        for level in range(depth):
            node = intern_node(nodes, node, frames[stack * depth + level])
        leaves[stack] = node
    return nodes, leaves


def first_seen(values):
    known = {}
    return [known.setdefault(value, len(known)) for value in values], list(known)


@given(WORDS)
def test_names(words):
    data = array(b"".join(words) or b"\0")
    ends = np.cumsum([len(word) for word in words], dtype=np.int64)
    names, numbers = number_names(new_names(1, 1), data, ends)
    expected, distinct = first_seen(words)
    assert numbers.tolist() == expected
    assert name_list(names) == [word.decode("utf-8", "backslashreplace") for word in distinct]


@given(st.lists(st.tuples(SMALL, SMALL, SMALL, st.integers(-(2**63), 2**63 - 1)), max_size=200))
def test_rows(rows):
    table, numbers = number_rows(new_rows(1), np.array(rows, np.int64).reshape(-1, 4))
    expected, distinct = first_seen(rows)
    assert numbers.tolist() == expected
    assert table.keys[: len(distinct)].tolist() == [list(row) for row in distinct]


@given(st.lists(st.integers(0, 3), min_size=0, max_size=400))
def test_nodes(frames):
    depth = 4
    nodes, leaves = grow_tree(new_nodes(1), np.array(frames, np.int64), depth)
    known = {}
    for stack in range(len(frames) // depth):
        node = -1
        for frame in frames[stack * depth : (stack + 1) * depth]:
            node = known.setdefault((node, frame), len(known))
        assert leaves[stack] == node
    count = int(nodes.state[0])
    pairs = zip(nodes.parents[:count].tolist(), nodes.frames[:count].tolist(), strict=True)
    assert list(pairs) == list(known)
    assert (nodes.parents[:count] < np.arange(count)).all()
