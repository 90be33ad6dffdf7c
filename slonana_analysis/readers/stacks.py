"""From stacks as flat arrays to a call tree."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.interning import Nodes, intern_node, new_nodes, reserve_nodes


class Tree(NamedTuple):
    """Call-tree nodes: ``parents`` and ``frames`` are ndarray of int32, shape (n_nodes,)."""

    parents: NDArray[np.int32]
    frames: NDArray[np.int32]


def stack_nodes(
    frames: NDArray[np.int64], owners: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int32], Tree]:
    """Return the innermost node of every stack, and the tree they make together.

    Parameters
    ----------
    frames : ndarray of int64, shape (n_entries,)
        Frame numbers of all stacks, one stack behind the other, each innermost first.
    owners : ndarray of int64, shape (n_entries,)
        Which stack an entry is of, in ascending order.
    count : int
        How many stacks there are; one without entries gets node -1.

    Returns
    -------
    nodes : ndarray of int32, shape (count,)
        Innermost node of each stack.
    tree : Tree
        The call tree, parents above their children.
    """
    ends = np.searchsorted(owners, np.arange(count), side="right")
    begins = np.searchsorted(owners, np.arange(count), side="left")
    innermost = np.empty(count, np.int32)
    nodes = _grow(new_nodes(), frames, begins, ends, innermost)
    size = int(nodes.state[0])
    return innermost, Tree(nodes.parents[:size].copy(), nodes.frames[:size].copy())


@njit(cache=True, nogil=True)
def _grow(
    nodes: Nodes,
    frames: NDArray[np.int64],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    innermost: NDArray[np.int32],
) -> Nodes:
    for stack in range(begins.size):
        nodes = reserve_nodes(nodes, ends[stack] - begins[stack])
        node = np.int64(-1)
        for place in range(ends[stack] - 1, begins[stack] - 1, -1):
            node = intern_node(nodes, node, frames[place])
        innermost[stack] = node
    return nodes
