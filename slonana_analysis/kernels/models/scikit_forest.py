"""Forests of scikit-learn: random, extremely random, and boosted."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels.models.forests import LEAF, ForestModel, ForestTree, Transform
from slonana_analysis.kernels.models.libraries import optional_library
from slonana_analysis.kernels.models.links import tree_from_links

_NO_CHILD = -1


def forest_from_scikit(estimator: object) -> ForestModel:
    """Return a fitted forest of scikit-learn.

    Parameters
    ----------
    estimator : object
        A fitted RandomForest, ExtraTrees or GradientBoosting, Classifier or Regressor, with one
        target.

    Returns
    -------
    ForestModel
        Features in float32, sums in float64. Sums equal ``predict`` of a regressor,
        ``predict_proba`` of a random classifier (for two classes, only the second's), and
        ``decision_function`` of a boosted one. A random classifier of more than two classes
        repeats each tree for every class.

    Raises
    ------
    UnavailableError
        If scikit-learn is not installed.
    UsageError
        If the estimator is none of these, is not fitted, or has several targets or an initial
        estimator that depends on the row.
    """
    ensemble = optional_library("sklearn.ensemble", "scikit-learn")
    boosted = (ensemble.GradientBoostingClassifier, ensemble.GradientBoostingRegressor)
    averaged = (
        ensemble.RandomForestClassifier,
        ensemble.RandomForestRegressor,
        ensemble.ExtraTreesClassifier,
        ensemble.ExtraTreesRegressor,
    )
    if not isinstance(estimator, boosted + averaged):
        raise UsageError(f"a {type(estimator).__name__} is no forest that can be imported")
    if not hasattr(estimator, "estimators_"):
        raise UsageError("the forest is not fitted: call fit() first")
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise UsageError("the forest has several targets: fit one forest for each")
    return _boosted(estimator) if isinstance(estimator, boosted) else _averaged(estimator)


def _averaged(estimator: Any) -> ForestModel:  # noqa: ANN401  (scikit-learn carries no types)
    # Of two classes the second says all; a regressor's values have one column.
    count = int(getattr(estimator, "n_classes_", 1))
    columns = [0] if count == 1 else [1] if count == 2 else list(range(count))
    grown = [(tree.tree_, column) for tree in estimator.estimators_ for column in columns]
    return ForestModel(
        trees=tuple(_tree(tree, tree.value[:, 0, column]) for tree, column in grown),
        output=np.tile(np.arange(len(columns), dtype=np.int32), len(estimator.estimators_)),
        base=np.zeros(len(columns)),
        feature_count=int(estimator.n_features_in_),
        feature_precision="float32",
        average=True,
    )


def _boosted(estimator: Any) -> ForestModel:  # noqa: ANN401  (as above)
    rounds, outputs = estimator.estimators_.shape
    rate = float(estimator.learning_rate)
    return ForestModel(
        trees=tuple(
            _tree(tree.tree_, rate * tree.tree_.value[:, 0, 0])
            for tree in _flat(estimator.estimators_)
        ),
        output=np.tile(np.arange(outputs, dtype=np.int32), rounds),
        base=_initial(estimator),
        feature_count=int(estimator.n_features_in_),
        feature_precision="float32",
        transform=_transform(estimator, outputs),
    )


def _flat(estimators: NDArray[np.object_]) -> Iterable[Any]:
    return estimators.ravel().tolist()


def _transform(estimator: Any, outputs: int) -> Transform:  # noqa: ANN401  (as above)
    if not hasattr(estimator, "classes_"):
        return "identity"
    if estimator.loss == "exponential":
        raise UsageError("the exponential loss is not supported: train with loss='log_loss'")
    return "sigmoid" if outputs == 1 else "softmax"


def _initial(estimator: Any) -> NDArray[np.float64]:  # noqa: ANN401  (as above)
    dummy = optional_library("sklearn.dummy", "scikit-learn")
    known = (dummy.DummyClassifier, dummy.DummyRegressor)
    if estimator.init_ != "zero" and not isinstance(estimator.init_, known):
        raise UsageError("the boosted forest starts from another estimator: train without init")
    # Where the sums start is no public attribute, and differences of sums are not exact.
    row = np.zeros((1, estimator.n_features_in_), np.float32)
    return np.array(estimator._raw_predict_init(row)[0], np.float64)  # noqa: SLF001


def _tree(grown: Any, value: NDArray[np.float64]) -> ForestTree:  # noqa: ANN401  (as above)
    inner = grown.children_left != _NO_CHILD
    return tree_from_links(
        np.where(inner, grown.feature, LEAF).tolist(),
        grown.threshold.tolist(),
        grown.children_left.tolist(),
        grown.children_right.tolist(),
        value.tolist(),
    )
