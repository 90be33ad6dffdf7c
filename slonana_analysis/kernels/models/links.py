"""From nodes that name each other, in any order, to a `ForestTree`."""

from collections.abc import Sequence

import numpy as np

from slonana_analysis.kernels.models.forests import LEAF, ForestTree


def tree_from_links(
    feature: Sequence[int],
    threshold: Sequence[float],
    left: Sequence[int],
    right: Sequence[int],
    value: Sequence[float],
) -> ForestTree:
    """Return the tree under node 0, its nodes numbered by level.

    Nodes that the root does not reach are left out.

    Parameters
    ----------
    feature : sequence of int
        Which feature a node compares; -1 marks a leaf.
    threshold : sequence of float
        Of inner nodes; ignored at a leaf.
    left, right : sequence of int
        Children of inner nodes; ignored at a leaf.
    value : sequence of float
        Of leaves; ignored at an inner node.

    Returns
    -------
    ForestTree
        With the same decisions.

    Raises
    ------
    ValueError
        If a child is not there or has two parents, or a leaf or threshold is no number.
    """
    order = [0]
    seen = {0}
    for node in order:
        if node >= len(feature):
            raise ValueError(f"there is no node {node} among {len(feature)}")
        if feature[node] == LEAF:
            continue
        for child in (left[node], right[node]):
            if not 0 <= child < len(feature) or child in seen:
                raise ValueError(f"node {node} has the child {child}, which is no node of its own")
            seen.add(child)
            order.append(child)
    place = {node: index for index, node in enumerate(order)}
    leaf = [feature[node] == LEAF for node in order]
    both = list(zip(order, leaf, strict=True))
    return ForestTree(
        feature=np.array([feature[node] for node in order], np.int32),
        threshold=np.array([0.0 if end else threshold[node] for node, end in both], np.float64),
        left=np.array([LEAF if end else place[left[node]] for node, end in both], np.int32),
        right=np.array([LEAF if end else place[right[node]] for node, end in both], np.int32),
        value=np.array([value[node] if end else 0.0 for node, end in both], np.float64),
    )
