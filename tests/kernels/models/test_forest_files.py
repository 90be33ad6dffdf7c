"""Models of other libraries: what those libraries predict, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slonana_analysis.errors import FormatError, UnavailableError
from slonana_analysis.kernels.models import libraries
from slonana_analysis.kernels.models.forest_file import open_forest
from slonana_analysis.kernels.models.forests import ForestModel
from slonana_analysis.kernels.models.lightgbm_text import read_lightgbm
from slonana_analysis.kernels.models.onnx_trees import read_onnx
from slonana_analysis.kernels.models.walk import forest_sums, transformed
from slonana_analysis.kernels.models.xgboost_json import read_xgboost
from tests.kernels.models import plain
from tests.kernels.models.files import MODELS, damaged

FORESTS = MODELS / "forests"
ANSWERS: dict[str, Any] = json.loads((FORESTS / "predictions.json").read_text())["models"]
TEXTS = sorted(name for name in ANSWERS if not name.endswith(".onnx"))
ONNX = sorted(name for name in ANSWERS if name.endswith(".onnx"))
# float32 libraries compute their transforms in float32, too.
ROUNDINGS = {"lightgbm": 1e-14, "xgboost": 3e-7, "onnx": 3e-7}


def rows(values: Any) -> Any:
    return np.array(values).reshape(len(values), -1)


@pytest.mark.parametrize("name", TEXTS)
def test_sums_are_the_library_s_to_the_last_bit(name: str) -> None:
    model, answer = open_forest(FORESTS / name), ANSWERS[name]
    # LightGBM averages a random forest only when it predicts.
    expected = rows(answer["predictions" if model.average else "sums"])
    found = forest_sums(model, rows(answer["inputs"]))
    assert found.tolist() == expected.tolist()
    assert found.tolist() == [plain.sums(model, row) for row in answer["inputs"]]


@pytest.mark.parametrize("name", TEXTS)
def test_predictions_agree_but_for_rounding(name: str) -> None:
    check_predictions(name, open_forest(FORESTS / name))


@pytest.mark.parametrize("name", ONNX)
def test_onnx_predictions_agree_but_for_rounding(name: str) -> None:
    pytest.importorskip("onnx")
    check_predictions(name, open_forest(FORESTS / name))


def check_predictions(name: str, model: ForestModel) -> None:
    expected = rows(ANSWERS[name]["predictions"])
    if model.output_count == 1:
        # A runtime gives the first of two classes as well.
        expected = expected[:, -1:]
    found = transformed(model, forest_sums(model, rows(ANSWERS[name]["inputs"])))
    tolerance = ROUNDINGS[name.partition("-")[0]]
    assert found == pytest.approx(expected, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("name", [name for name in TEXTS if "stump" not in name])
def test_the_inputs_tell_the_comparisons_apart(name: str) -> None:
    model = open_forest(FORESTS / name)
    other = replace(model, comparison="<=" if model.comparison == "<" else "<")
    inputs = rows(ANSWERS[name]["inputs"])
    assert (forest_sums(model, inputs) != forest_sums(other, inputs)).any(axis=1).sum() >= 5


REFUSALS = {
    "refused-lightgbm-categorical.txt": "categorical splits",
    "refused-lightgbm-linear.txt": "linear leaves",
    "refused-lightgbm-objective.txt": "objective 'cross_entropy_lambda'",
    "refused-lightgbm-zero.txt": "zero counts as missing",
    "refused-xgboost-binary.ubj": "UBJSON",
    "refused-xgboost-categorical.json": "categorical splits",
    "refused-xgboost-dart.json": "booster is 'dart'",
    "refused-xgboost-hinge.json": "objective 'binary:hinge'",
    "refused-xgboost-linear.json": "booster is 'gblinear'",
    "refused-xgboost-vector-leaf.json": "leaves hold several values",
}


def test_every_refusal_is_listed() -> None:
    assert {path.name for path in FORESTS.glob("refused-*")} == set(REFUSALS)


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_what_is_not_supported_is_refused_by_name(name: str) -> None:
    with pytest.raises(FormatError, match=f"{name}: .*{REFUSALS[name]}"):
        open_forest(FORESTS / name)


CHANGES: list[tuple[str, str, str, str]] = [
    ("lightgbm-binary.txt", "sigmoid:1\n", "sigmoid:1.5\n", "sigmoid of slope 1"),
    ("lightgbm-binary.txt", "version=v4", "version=v9", "version is 'v9'"),
    ("lightgbm-binary.txt", "objective=binary", "objective=mine", "objective 'mine"),
    ("lightgbm-regression.txt", "=regression", "=regression sqrt", "objective 'regression sqrt"),
    ("lightgbm-regression.txt", "end of trees", "end", "cut off"),
    ("lightgbm-regression.txt", "max_feature_idx=4", "max_feature_idx=1", "past the 2 there"),
    ("lightgbm-regression.txt", "num_leaves=7", "num_leaves=8", "near tree 0: 8 leaves"),
    ("lightgbm-regression.txt", "left_child=-1 2", "left_child=-1 0", "no node of its own"),
    ("lightgbm-regression.txt", "leaf_value=0", "leaf_value=nan 0", "do not fit"),
    ("lightgbm-regression.txt", "leaf_value=", "leaf_worth=", "'leaf_value' is missing"),
    ("lightgbm-regression.txt", "iteration=1", "iteration=9999999999", "do not divide 6"),
    ("xgboost-logistic.json", '"[3E-1]"', '"[1E0]"', "no probability"),
    ("xgboost-logistic.json", '"[3E-1]"', '"[3E-1,3E-1]"', "no base score for 1 outputs"),
    ("xgboost-logistic.json", '"num_class":"0"', '"num_class":"99999999"', "99999999 outputs"),
    (
        "xgboost-logistic.json",
        '"num_class":"0","num_feature":"5"',
        '"num_class":"0","num_feature":"2"',
        "past the 2 there",
    ),
    ("xgboost-logistic.json", '"left_children":[1', '"left_children":[0', "no node of its own"),
    ("xgboost-logistic.json", '"left_children":[1', '"left_children":[1.5', "integers is none"),
    ("xgboost-logistic.json", '"left_children"', '"left"', "'left_children' is missing"),
    ("xgboost-logistic.json", '"tree_info":[0', '"tree_info":[7', "outside 0 to 0"),
    ("xgboost-poisson.json", '"base_score":"[', '"base_score":"[-', "not positive"),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), CHANGES)
def test_each_field_is_checked(tmp_path: Path, name: str, old: str, new: str, words: str) -> None:
    text = (FORESTS / name).read_text()
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1))
    with pytest.raises(FormatError, match=words):
        open_forest(tmp_path / name)


def test_a_missing_objective_means_sums() -> None:
    text = (FORESTS / "lightgbm-binary.txt").read_text()
    assert read_lightgbm(text).transform == "sigmoid"
    assert read_lightgbm(text.replace("objective=binary sigmoid:1\n", "")).transform == "identity"


def test_one_base_score_serves_every_class() -> None:
    # Files from before XGBoost 3.1 hold one number, without brackets.
    document = json.loads((FORESTS / "xgboost-softprob.json").read_text())
    document["learner"]["learner_model_param"]["base_score"] = "5E-1"
    assert read_xgboost(json.dumps(document)).base.tolist() == [0.5, 0.5, 0.5]


def test_nodes_that_xgboost_pruned_are_left_out() -> None:
    document = json.loads((FORESTS / "xgboost-logistic.json").read_text())
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    model = read_xgboost(json.dumps(document))
    # The left child of the root becomes a leaf; what was under it stays in the file.
    tree["left_children"][1] = tree["right_children"][1] = -1
    tree["split_conditions"][1] = 0.25
    pruned = read_xgboost(json.dumps(document))
    assert pruned.trees[0].feature.size < model.trees[0].feature.size
    assert pruned.trees[0].value[1] == 0.25


DAMAGED: list[tuple[str, Callable[[bytes], ForestModel], int]] = [
    ("lightgbm-multiclass.txt", lambda data: read_lightgbm(data.decode("latin-1")), 1500),
    ("lightgbm-stump.txt", lambda data: read_lightgbm(data.decode("latin-1")), 3000),
    ("xgboost-squarederror.json", read_xgboost, 3000),
    ("onnx-forest-regressor.onnx", read_onnx, 3000),
    ("onnx-boosted-two.onnx", read_onnx, 3000),
]


@pytest.mark.parametrize(("name", "read", "count"), DAMAGED)
def test_damaged_files_load_or_are_refused(
    name: str, read: Callable[[bytes], ForestModel], count: int
) -> None:
    if name in ONNX:
        pytest.importorskip("onnx")
    data, outcomes = (FORESTS / name).read_bytes(), set()
    for copy in damaged(data, count, seed=7):
        try:
            model = read(copy)
        except FormatError:
            outcomes.add("refused")
        else:
            outcomes.add("loaded")
            if model.feature_count < 1000:
                forest_sums(model, np.zeros((1, model.feature_count)))
    assert outcomes == {"refused", "loaded"}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[" * 100_000, b'{"learner":' * 100_000, b"{}", b'{"learner": 1}', b"\xff"]
)
def test_what_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "model"
    path.write_bytes(data)
    with pytest.raises(FormatError, match="model"):
        open_forest(path)


def test_lightgbm_must_be_text(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"tree\n\xff")
    with pytest.raises(FormatError, match="no text of LightGBM"):
        open_forest(path)


def test_without_onnx_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(libraries.importlib, "import_module", missing)
    with pytest.raises(UnavailableError, match="run `python -m pip install onnx`"):
        read_onnx(b"")
