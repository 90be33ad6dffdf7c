"""Models of XGBoost, in the JSON that ``Booster.save_model`` writes; XGBoost is not needed.

Source: XGBoost's JSON schema (doc/model.schema) and ``RegTree::SaveModel``, versions 1.0 to 3.2.
A leaf's value stands where an inner node has its threshold.
"""

import json
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.models.forests import LEAF, ForestModel, ForestTree, Transform
from slonana_analysis.kernels.models.links import tree_from_links

_TRANSFORMS: dict[str, Transform] = {
    **dict.fromkeys(("reg:squarederror", "reg:squaredlogerror", "reg:absoluteerror"), "identity"),
    **dict.fromkeys(("reg:pseudohubererror", "reg:linear", "binary:logitraw"), "identity"),
    **dict.fromkeys(("rank:pairwise", "rank:ndcg", "rank:map"), "identity"),
    **dict.fromkeys(("binary:logistic", "reg:logistic"), "sigmoid"),
    **dict.fromkeys(("multi:softprob", "multi:softmax"), "softmax"),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), "exp"),
}
# Files keep the base as a prediction; the sums start from what the transform turns into it.
_LOGIT_BASES = ("binary:logistic", "reg:logistic", "binary:logitraw")


def read_xgboost(text: str | bytes) -> ForestModel:
    """Read a model as XGBoost writes it.

    Features that are missing are not supported, whatever the model learnt about them; other
    features are compared as XGBoost compares them: rounded to float32, and ``<`` goes left.

    Parameters
    ----------
    text : str or bytes
        The whole file.

    Returns
    -------
    ForestModel
        In float32; the sums equal ``predict(output_margin=True)`` with all trees (the scikit-learn
        interface stops at the best iteration instead).

    Raises
    ------
    FormatError
        If the text is no such model, or one with categorical splits, several values in a leaf,
        another booster than ``gbtree``, or an objective whose transform is not known here.
    """
    if isinstance(text, bytes) and text[:1] == b"{" and text[1:2] not in b' \t\r\n"}':
        _refuse("it is UBJSON, which is not supported: save it under a name that ends in .json")
    try:
        learner = json.loads(text)["learner"]
        return _forest(learner)
    except KeyError as error:
        raise FormatError(f"not an XGBoost model: {error} is missing") from error
    except (
        ArithmeticError,
        IndexError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise FormatError(f"not an XGBoost model: {error}") from error


def _forest(learner: dict[str, Any]) -> ForestModel:
    booster, objective = learner["gradient_booster"], learner["objective"]["name"]
    if booster["name"] != "gbtree":
        _refuse(f"the booster is {booster['name']!r}, and only 'gbtree' is supported")
    if objective not in _TRANSFORMS:
        _refuse(f"what the objective {objective!r} does with the sums is not supported")
    head, model = learner["learner_model_param"], booster["model"]
    outputs = max(int(head["num_class"]), int(head.get("num_target", 1)), 1)
    trees = tuple(map(_tree, model["trees"]))
    if outputs > max(len(trees), 1):
        raise ValueError(f"{outputs} outputs for {len(trees)} trees")
    return ForestModel(
        trees=trees,
        output=_integers(model["tree_info"], len(trees)).astype(np.int32),
        base=_base(head["base_score"], objective, outputs),
        feature_count=int(head["num_feature"]),
        comparison="<",
        feature_precision="float32",
        sum_precision="float32",
        transform=_TRANSFORMS[objective],
    )


def _tree(tree: dict[str, Any]) -> ForestTree:
    if int(tree["tree_param"].get("size_leaf_vector", 1)) > 1:
        _refuse("its leaves hold several values, which is not supported: train one output per tree")
    left = _integers(tree["left_children"])
    right = _integers(tree["right_children"], left.size)
    feature = _integers(tree["split_indices"], left.size)
    conditions = _float32(tree["split_conditions"], left.size)
    if tree.get("categories") or any(tree.get("split_type", ())):
        _refuse("it has categorical splits, which are not supported: encode them as numbers")
    if feature.min(initial=0) < 0:
        raise ValueError("a split compares a negative feature")
    return tree_from_links(
        np.where(left == LEAF, LEAF, feature).tolist(),
        conditions.tolist(),
        left.tolist(),
        right.tolist(),
        conditions.tolist(),
    )


def _base(written: str, objective: str, outputs: int) -> NDArray[np.float64]:
    """Return where the sums start; before 3.1 files hold one number, since then a list."""
    values = np.atleast_1d(np.array(json.loads(written), np.float32))
    if values.size == 1:
        values = np.repeat(values, outputs)
    if values.shape != (outputs,) or not np.isfinite(values).all():
        raise ValueError(f"{written} is no base score for {outputs} outputs")
    one = np.float32(1)
    if objective in _LOGIT_BASES:
        if not ((values > 0) & (values < 1)).all():
            raise ValueError(f"{written} is no probability")
        values = -_log(one / values - one)
    elif _TRANSFORMS[objective] == "exp":
        if not (values > 0).all():
            raise ValueError(f"{written} is not positive")
        values = _log(values)
    return values.astype(np.float64)


def _log(values: NDArray[np.float32]) -> NDArray[np.float32]:
    # Rounded once, as C's logf nearly always is; numpy's float32 logarithm may be off by more.
    return np.log(values.astype(np.float64)).astype(np.float32)


def _integers(values: object, count: int | None = None) -> NDArray[np.int64]:
    array = np.array(values)
    if array.size == 0 and count in (None, 0):
        return np.zeros(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu" or count not in (None, array.size):
        raise ValueError("a list of integers is none, or has another length than its neighbours")
    if np.abs(array).max() > np.iinfo(np.int32).max:
        raise ValueError("an integer exceeds 32 bits")
    return array.astype(np.int64)


def _float32(values: object, count: int) -> NDArray[np.float64]:
    array = np.array(values)
    if array.shape != (count,) or array.dtype.kind not in "iuf":
        raise ValueError("a list of numbers is none, or has another length than its neighbours")
    with np.errstate(over="ignore"):
        return array.astype(np.float32).astype(np.float64)


def _refuse(reason: str) -> NoReturn:
    raise FormatError(f"this XGBoost model cannot be read: {reason}")
