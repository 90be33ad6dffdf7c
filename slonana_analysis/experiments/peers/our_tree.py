"""Our own tree kernels as variants: the baseline of the tree's cases."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.peers.work import checked_output, from_python
from slonana_analysis.kernels.vector.tree import tree_packed
from slonana_analysis.kernels.vector.tree_packing import pack_tree
from slonana_analysis.kernels.vector.tree_rows import tree_packed_rows
from slonana_analysis.measure.loops import BoundLoop, bind, timed_loop
from slonana_analysis.measure.subject import Variant
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

OURS = "ours, exact"


def our_variants(
    nodes: NDArray[Any], levels: int, batches: NDArray[np.int32]
) -> tuple[Variant, Variant]:
    """Return our tree kernel: called from compiled code, and from Python.

    Parameters
    ----------
    nodes : ndarray of NODE, shape (n_nodes,)
        A tree that ends within ``levels`` nodes.
    levels : int
        How many nodes may be visited.
    batches : ndarray of int32, shape (n_batches, batch, n_features)
        The number of batches is a power of two. A batch of one takes the kernel for one row.

    Returns
    -------
    tuple of Variant
        The first is entered as the validator would enter it, the second as a researcher does.
    """
    blob = pack_tree(nodes, levels, batches.shape[2])
    given = aligned_copy(batches)
    loop, predict = (_one_row if batches.shape[1] == 1 else _many_rows)(blob, given)
    compiled = Variant(OURS, loop, lambda: checked_output(predict, given))
    return compiled, from_python(OURS, predict, given)


def _one_row(
    blob: NDArray[np.int32], given: NDArray[np.int32]
) -> tuple[BoundLoop, Callable[[Any], Any]]:
    def predict(rows: NDArray[np.int32]) -> np.int32:
        _code, value = tree_packed(rows[0], blob)
        return value

    return bind(timed_loop(tree_packed, ("rotate", "shared")), given[:, 0], blob), predict


def _many_rows(
    blob: NDArray[np.int32], given: NDArray[np.int32]
) -> tuple[BoundLoop, Callable[[Any], Any]]:
    out = aligned_empty(given.shape[1], np.int32)

    def predict(rows: NDArray[np.int32]) -> NDArray[np.int32]:
        tree_packed_rows(out, rows, blob)
        return out

    loop = timed_loop(tree_packed_rows, ("out", "rotate", "shared"))
    return bind(loop, out, given, blob), predict
