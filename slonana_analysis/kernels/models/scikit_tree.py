"""A decision tree of scikit-learn as a tree of the validator."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import (
    INT32_MAX,
    INT32_MIN,
    MAX_FEATURES,
    MAX_TREE_DEPTH,
    MAX_TREE_NODES,
)
from slonana_analysis.kernels.models.fixed_thresholds import fixed_thresholds
from slonana_analysis.kernels.models.libraries import optional_library
from slonana_analysis.kernels.models.model import Tree
from slonana_analysis.kernels.tree import NODE

_NO_CHILD = -1


def tree_from_scikit(estimator: object, scale: int = SCALE) -> Tree:
    """Return a fitted decision tree in the validator's layout.

    Every fixed-point input takes the path that scikit-learn takes for the input divided by
    ``scale``. A leaf of a classifier holds the index of its class in ``classes_``, so the result
    is exactly what ``predict`` gives. A leaf of a regressor holds its value times ``scale``,
    rounded: at most half of ``1 / scale`` away.

    Parameters
    ----------
    estimator : DecisionTreeClassifier or DecisionTreeRegressor
        Fitted, with one output.
    scale : int
        What a fixed-point input and a regressor's result are divided by.

    Returns
    -------
    Tree
        Nodes in scikit-learn's order. A regressor has one class.

    Raises
    ------
    UnavailableError
        If scikit-learn is not installed.
    UsageError
        If the estimator is none of these, is not fitted, or exceeds a limit of the validator.
    """
    grown = _grown(estimator)
    inner = grown.children_left != _NO_CHILD
    classifier = hasattr(estimator, "classes_")
    nodes = np.zeros(grown.node_count, NODE)
    nodes["feature"] = np.where(inner, grown.feature, -1)
    nodes["left"], nodes["right"] = grown.children_left, grown.children_right
    nodes["threshold"] = _thresholds(grown.threshold, inner, scale)
    nodes["leaf_value"] = _leaves(grown.value[:, 0, :], inner, scale, classifier=classifier)
    return Tree(
        nodes,
        max_depth=int(grown.max_depth) + 1,
        num_features=int(grown.n_features),
        num_classes=int(grown.n_classes[0]) if classifier else 1,
    )


def _grown(estimator: object) -> Any:  # noqa: ANN401  (scikit-learn carries no types)
    library = optional_library("sklearn.tree", "scikit-learn")
    if not isinstance(estimator, library.BaseDecisionTree):
        raise UsageError(f"a {type(estimator).__name__} is no decision tree of scikit-learn")
    grown = getattr(estimator, "tree_", None)
    if grown is None:
        raise UsageError("the decision tree is not fitted: call fit() first")
    if grown.n_outputs != 1:
        raise UsageError(f"the tree has {grown.n_outputs} outputs, and the validator's has one")
    _require_at_most(grown.node_count, MAX_TREE_NODES, "nodes", "train with max_leaf_nodes=128")
    _require_at_most(grown.max_depth + 1, MAX_TREE_DEPTH, "levels", "train with max_depth=31")
    _require_at_most(grown.n_features, MAX_FEATURES, "features", "select the best of them")
    return grown


def _require_at_most(count: int, limit: int, what: str, advice: str) -> None:
    if count > limit:
        raise UsageError(
            f"the tree has {count} {what}, the validator takes at most {limit}: {advice}"
        )


def _thresholds(
    thresholds: NDArray[np.float64], inner: NDArray[np.bool_], scale: int
) -> NDArray[np.int64]:
    found = np.where(inner, fixed_thresholds(thresholds, scale=scale, precision="float32"), 0)
    if found.min() < INT32_MIN:
        raise UsageError(
            f"a threshold is below every fixed-point number at scale {scale}: scale the features"
        )
    return found


def _leaves(
    value: NDArray[np.float64], inner: NDArray[np.bool_], scale: int, *, classifier: bool
) -> NDArray[np.float64]:
    found = value.argmax(axis=1) if classifier else np.rint(value[:, 0] * scale)
    leaves = np.where(inner, 0, found)
    if leaves.min() < INT32_MIN or leaves.max() > INT32_MAX:
        raise UsageError(f"a leaf is no fixed-point number at scale {scale}: scale the target")
    return leaves
