"""Models of LightGBM, in the text that ``Booster.save_model`` writes; LightGBM is not needed.

Source: LightGBM's ``Tree::ToString`` and ``GBDT::SaveModelToString`` (versions v2 to v4). A node's
``decision_type`` holds a categorical split in bit 0, the default direction in bit 1, and what
counts as missing in bits 2 and 3.
"""

from collections.abc import Iterator
from typing import NoReturn

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.models.forests import LEAF, ForestModel, ForestTree, Transform
from slonana_analysis.kernels.models.links import tree_from_links

_VERSIONS = ("v2", "v3", "v4")
_CATEGORICAL = 0b1
_MISSING = 0b1100
_MISSING_IS_ZERO = 0b0100

# Objectives whose predictions are the sums, and those that need a transform.
_TRANSFORMS: dict[str, Transform] = {
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile"), "identity"),
    **dict.fromkeys(("mape", "lambdarank", "rank_xendcg"), "identity"),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "exp"),
    **dict.fromkeys(("binary", "multiclassova", "cross_entropy"), "sigmoid"),
    "multiclass": "softmax",
}
# What may follow an objective's name without changing what the transform means.
_HARMLESS = ("num_class:", "alpha:", "sigmoid:1")

_SPLIT_LINES = ("split_feature", "left_child", "right_child", "decision_type")

Fields = dict[str, str]


def read_lightgbm(text: str) -> ForestModel:
    """Read a model as LightGBM writes it.

    Features that are NaN are not supported, whatever the model learnt about them; other features
    are compared as LightGBM compares them.

    Parameters
    ----------
    text : str
        The whole file.

    Returns
    -------
    ForestModel
        Thresholds, leaves and sums in float64; the sums equal ``predict(raw_score=True)``, but for
        a random forest, whose sums are averaged here and only by ``predict`` there.

    Raises
    ------
    FormatError
        If the text is no such model, or one with categorical splits, linear leaves, zeros that
        count as missing, or an objective whose transform is not known here.
    """
    if not text.startswith("tree\n"):
        _refuse("its first line must be `tree`")
    blocks = _blocks(text)
    head = next(blocks)
    trees = []
    try:
        if head.get("version") not in _VERSIONS:
            _refuse(f"its version is {head.get('version')!r}, and {', '.join(_VERSIONS)} are known")
        outputs = int(head["num_tree_per_iteration"])
        for block in blocks:
            trees.append(_tree(block))  # noqa: PERF401  (the error names the last tree read)
        if not 1 <= outputs <= max(len(trees), 1) or len(trees) % outputs:
            raise ValueError(f"{outputs} trees an iteration do not divide {len(trees)}")  # noqa: TRY301
        return ForestModel(
            trees=tuple(trees),
            output=(np.arange(len(trees)) % outputs).astype(np.int32),
            base=np.zeros(outputs),
            feature_count=int(head["max_feature_idx"]) + 1,
            average="average_output" in head,
            transform=_transform(head.get("objective")),
        )
    except KeyError as error:
        raise FormatError(
            f"not a LightGBM model: {error} is missing near tree {len(trees)}"
        ) from error
    except (ValueError, IndexError, OverflowError, ZeroDivisionError, MemoryError) as error:
        raise FormatError(f"not a LightGBM model near tree {len(trees)}: {error}") from error


def _blocks(text: str) -> Iterator[Fields]:
    """Yield the head's fields, then those of each tree; a line without ``=`` is a field, too."""
    fields: Fields = {}
    for line in text.splitlines():
        if line == "end of trees":
            break
        if line.startswith("Tree="):
            yield fields
            fields = {}
        name, _, value = line.partition("=")
        fields[name] = value
    else:
        _refuse("the line `end of trees` is missing, so the file is cut off")
    yield fields


def _tree(block: Fields) -> ForestTree:
    if int(block["num_cat"]):
        _refuse("it has categorical splits, which are not supported: encode them as numbers")
    if int(block.get("is_linear", "0")):
        _refuse("it has linear leaves, which are not supported: train without linear_tree")
    leaf_count = int(block["num_leaves"])
    values = _floats(block["leaf_value"])
    feature, left, right, decisions = (_integers(block[name]) for name in _SPLIT_LINES)
    threshold = _floats(block["threshold"])
    lengths = {len(left), len(right), len(feature), len(decisions), len(threshold)}
    if len(values) != leaf_count or lengths != {leaf_count - 1}:
        raise ValueError(f"{leaf_count} leaves do not fit the other lines")
    for decision in decisions:
        _require_plain(decision)
    if min(feature, default=0) < 0:
        raise ValueError("a split compares a negative feature")
    # Leaves follow the inner nodes; LightGBM numbers them apart and names leaf k by -k - 1.
    places = [[_place(child, leaf_count) for child in side] for side in (left, right)]
    return tree_from_links(
        feature + [LEAF] * leaf_count,
        threshold + [0.0] * leaf_count,
        places[0] + [0] * leaf_count,
        places[1] + [0] * leaf_count,
        [0.0] * (leaf_count - 1) + values,
    )


def _place(child: int, leaf_count: int) -> int:
    return child if child >= 0 else leaf_count - 1 + (-child - 1)


def _require_plain(decision: int) -> None:
    if decision & _CATEGORICAL:
        _refuse("it has categorical splits, which are not supported: encode them as numbers")
    if decision & _MISSING == _MISSING_IS_ZERO:
        _refuse("zero counts as missing in it, which is not supported: train without that option")


def _transform(objective: str | None) -> Transform:
    # A model of a custom objective names none: its predictions are the sums.
    if objective is None:
        return "identity"
    name, *settings = objective.split()
    if name not in _TRANSFORMS or any(not word.startswith(_HARMLESS) for word in settings):
        _refuse(f"what the objective {objective!r} does with the sums is not supported")
    if any(word.startswith("sigmoid:") and word != "sigmoid:1" for word in settings):
        _refuse(f"only a sigmoid of slope 1 is supported, not {objective!r}")
    return _TRANSFORMS[name]


def _integers(line: str) -> list[int]:
    return [int(word) for word in line.split()]


def _floats(line: str) -> list[float]:
    return [float(word) for word in line.split()]


def _refuse(reason: str) -> NoReturn:
    raise FormatError(f"this LightGBM model cannot be read: {reason}")
