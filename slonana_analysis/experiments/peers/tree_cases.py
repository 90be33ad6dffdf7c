"""A decision tree of 31 nodes, in scikit-learn and vectorised numpy."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers.availability import SCIKIT_LEARN, load, require_peer
from slonana_analysis.experiments.peers.grown_forest import market_rows, market_target
from slonana_analysis.experiments.peers.our_tree import our_variants
from slonana_analysis.experiments.peers.work import EQUAL, from_python, peer_case
from slonana_analysis.kernels.inputs import complete_tree, moderate_inputs
from slonana_analysis.kernels.tree import NODE
from slonana_analysis.measure.subject import Case, Variant

NUMPY = "numpy, level by level"
SKLEARN = "scikit-learn DecisionTreeRegressor"

FEATURES = 8
LEVELS = 5
_NODES = 2**LEVELS - 1
_SCALE = 10_000
_ROWS = 8192


def tree_cases(batch: int) -> Iterator[Case]:
    """Yield the case of the tree at one batch size.

    Parameters
    ----------
    batch : int
        Rows of a repetition; a power of two up to 8192.

    Yields
    ------
    Case
        The tree is one that scikit-learn grew; without scikit-learn a random one, and the case
        says so.
    """
    try:
        grown = grown_tree()
    except UnavailableError:
        nodes, kernel = complete_tree(LEVELS, FEATURES, seed=12), "tree 31, random"
        batches = _batches(moderate_inputs((_ROWS, FEATURES), seed=11), batch)
        peers: tuple[Variant, ...] = ()
    else:
        nodes, kernel = validator_nodes(grown.tree_), "tree 31, grown by scikit-learn"
        batches = _batches(market_rows(_ROWS, seed=11)[:, :FEATURES], batch)
        peers = (_sklearn(grown, batches),)
    variants = (*our_variants(nodes, LEVELS, batches), *peers, _numpy(nodes, batches))
    yield peer_case(kernel, batch, EQUAL, variants)


def _batches(rows: NDArray[np.int32], batch: int) -> NDArray[np.int32]:
    return np.ascontiguousarray(rows).reshape(-1, batch, FEATURES)


def grown_tree() -> Any:  # noqa: ANN401  # scikit-learn carries no types
    """Return a decision tree that scikit-learn grew on generated market data: 16 leaves.

    Raises
    ------
    UnavailableError
        If scikit-learn is missing.
    """
    require_peer(SCIKIT_LEARN)
    return _fitted_tree()


@cache
def _fitted_tree() -> Any:  # noqa: ANN401  # scikit-learn carries no types
    rows = market_rows(4096, seed=13)
    shape = {"max_depth": LEVELS - 1, "min_samples_leaf": 8, "random_state": 0}
    grower = load("sklearn.tree").DecisionTreeRegressor(**shape)
    return grower.fit(rows[:, :FEATURES].astype(np.float32), market_target(rows, seed=14))


def validator_nodes(tree: Any) -> NDArray[Any]:  # noqa: ANN401
    """Return scikit-learn's tree in the validator's nodes.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
        A fitted estimator's ``tree_``, one output, grown on integers.

    Returns
    -------
    ndarray of NODE, shape (n_nodes,)
        Thresholds rounded down, which decides integers as before; leaves at scale 10000.
    """
    nodes = np.zeros(tree.node_count, NODE)
    leaf = tree.children_left < 0
    nodes["feature"] = np.where(leaf, -1, tree.feature)
    nodes["left"], nodes["right"] = tree.children_left, tree.children_right
    nodes["threshold"] = np.where(leaf, 0, np.floor(tree.threshold))
    nodes["leaf_value"] = np.where(leaf, np.round(tree.value[:, 0, 0] * _SCALE), 0)
    return nodes


def _sklearn(grown: Any, batches: NDArray[np.int32]) -> Variant:  # noqa: ANN401
    predict: Callable[[NDArray[np.float32]], NDArray[np.float64]] = grown.predict
    variant = from_python(SKLEARN, predict, batches.astype(np.float32))
    # Its leaves are means; ours hold them at scale 10000.
    return Variant(variant.name, variant.batch, lambda: np.round(variant.output() * _SCALE))


def _numpy(nodes: NDArray[Any], batches: NDArray[np.int32]) -> Variant:
    columns = {name: nodes[name].astype(np.int64) for name in ("feature", "left", "right")}
    thresholds, values = nodes["threshold"].copy(), nodes["leaf_value"].copy()
    feature, left, right = columns["feature"], columns["left"], columns["right"]

    def predict(rows: NDArray[np.int32]) -> NDArray[np.int32]:
        at = np.zeros(len(rows), np.int64)
        every = np.arange(len(rows))
        for _ in range(LEVELS - 1):
            inner = feature[at] >= 0
            goes_left = rows[every, feature[at]] <= thresholds[at]
            at = np.where(inner, np.where(goes_left, left[at], right[at]), at)
        result: NDArray[np.int32] = values[at]
        return result

    return from_python(NUMPY, predict, batches)
