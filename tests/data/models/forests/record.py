"""Writes the models beside it, and what the libraries that grew them predict.

Run by hand, in an environment of its own::

    python -m venv /tmp/forests
    /tmp/forests/bin/pip install lightgbm==4.7.0 xgboost==3.2.0 scikit-learn==1.9.1 \
        skl2onnx==1.20.0 onnx==1.23.2 onnxruntime==1.32.0
    /tmp/forests/bin/python tests/data/models/forests/record.py

``predictions.json`` holds for each model the inputs (half of them values that the model's own
thresholds equal, where ``<`` and ``<=`` differ), the sums, and the predictions. The models named
``refused-*`` hold what the readers must not compute wrongly: they come without predictions.
"""

import json
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnxruntime
import skl2onnx
import xgboost
from numpy.typing import NDArray
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

HERE = Path(__file__).parent
FEATURES = 5
ROWS = 400
LIGHTGBM = {"num_leaves": 7, "min_data_in_leaf": 10, "verbose": -1, "seed": 1, "num_threads": 1}
XGBOOST = {"max_depth": 3, "seed": 1, "nthread": 1}

Answer = dict[str, Any]


def samples(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    inputs = random.integers(-30_000, 30_001, (ROWS, FEATURES)) / 10_000
    target = np.sin(inputs[:, 0]) + inputs[:, 1] * inputs[:, 2] + 0.1 * random.normal(size=ROWS)
    return inputs, target


def classes(target: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    return np.digitize(target, np.quantile(target, np.arange(1, count) / count))


def probes(
    inputs: NDArray[np.float64], features: list[int], thresholds: list[float]
) -> NDArray[np.float64]:
    """Some inputs as they are, and some made of the model's own thresholds."""
    random = np.random.default_rng(9)
    edges = inputs[20:40].copy()
    for feature in set(features):
        own = [number for of, number in zip(features, thresholds, strict=True) if of == feature]
        edges[:, feature] = random.choice(own, len(edges))
    return np.concatenate([inputs[:20], edges])


def plain(values: Any) -> list[Any]:
    return np.asarray(values, np.float64).tolist()


def lightgbm_models() -> dict[str, Answer]:
    inputs, target = samples(1)
    forest = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
    settings: dict[str, tuple[dict[str, Any], NDArray[Any]]] = {
        "regression": ({"objective": "regression"}, target),
        "binary": ({"objective": "binary"}, classes(target, 2)),
        "multiclass": ({"objective": "multiclass", "num_class": 3}, classes(target, 3)),
        "poisson": ({"objective": "poisson"}, np.exp(target)),
        "forest": ({"objective": "regression", **forest}, target),
        "stump": ({"objective": "regression", "min_data_in_leaf": ROWS}, target),
    }
    answers = {}
    for name, (parameters, labels) in settings.items():
        data = lightgbm.Dataset(inputs, labels)
        model = lightgbm.train({**LIGHTGBM, **parameters}, data, num_boost_round=6)
        answers[f"lightgbm-{name}.txt"] = lightgbm_answer(f"lightgbm-{name}.txt", model, inputs)
    missing = np.where(np.random.default_rng(2).random(inputs.shape) < 0.2, np.nan, inputs)
    model = lightgbm.train(LIGHTGBM, lightgbm.Dataset(missing, target), num_boost_round=6)
    answers["lightgbm-missing.txt"] = lightgbm_answer("lightgbm-missing.txt", model, inputs)
    refused_lightgbm_models(inputs, target)
    return answers


def lightgbm_answer(name: str, model: Any, inputs: NDArray[np.float64]) -> Answer:
    text = model.model_to_string()
    # The parameters at the end say nothing about the trees.
    (HERE / name).write_text(text.split("\nparameters:")[0].rstrip() + "\n")
    words = {
        field: " ".join(re.findall(rf"^{field}=(.*)$", text, re.MULTILINE)).split()
        for field in ("split_feature", "threshold")
    }
    features, thresholds = words["split_feature"], words["threshold"]
    rows = probes(inputs, list(map(int, features)), list(map(float, thresholds)))
    sums, predictions = model.predict(rows, raw_score=True), model.predict(rows)
    return {"inputs": plain(rows), "sums": plain(sums), "predictions": plain(predictions)}


def refused_lightgbm_models(inputs: NDArray[np.float64], target: NDArray[np.float64]) -> None:
    coded = np.column_stack([classes(target, 6), inputs[:, 1:]])
    zeros = np.where(np.random.default_rng(2).random(inputs.shape) < 0.2, 0, inputs)
    models = {
        "categorical": (
            {"min_data_per_group": 5},
            lightgbm.Dataset(coded, target, categorical_feature=[0]),
        ),
        "zero": ({"zero_as_missing": True}, lightgbm.Dataset(zeros, target)),
        "linear": ({"linear_tree": True}, lightgbm.Dataset(inputs, target)),
        "objective": (
            {"objective": "cross_entropy_lambda"},
            lightgbm.Dataset(inputs, classes(target, 2)),
        ),
    }
    for name, (parameters, data) in models.items():
        model = lightgbm.train({**LIGHTGBM, **parameters}, data, num_boost_round=2)
        text = model.model_to_string().split("\nparameters:")[0].rstrip() + "\n"
        (HERE / f"refused-lightgbm-{name}.txt").write_text(text)


def xgboost_models() -> dict[str, Answer]:
    inputs, target = samples(3)
    settings: dict[str, tuple[dict[str, Any], NDArray[Any]]] = {
        "squarederror": ({"objective": "reg:squarederror"}, target),
        "logistic": ({"objective": "binary:logistic", "base_score": 0.3}, classes(target, 2)),
        "softprob": ({"objective": "multi:softprob", "num_class": 3}, classes(target, 3)),
        "poisson": ({"objective": "count:poisson"}, np.exp(target)),
        "parallel": ({"num_parallel_tree": 3, "subsample": 0.5}, target),
        "pruned": ({"gamma": 2.0, "max_depth": 4}, target),
    }
    answers = {}
    for name, (parameters, labels) in settings.items():
        data = xgboost.DMatrix(inputs, labels)
        model = xgboost.train({**XGBOOST, **parameters}, data, num_boost_round=5)
        path = HERE / f"xgboost-{name}.json"
        model.save_model(path)
        answers[path.name] = xgboost_answer(path, model, inputs)
    refused_xgboost_models(inputs, target)
    return answers


def xgboost_answer(path: Path, model: Any, inputs: NDArray[np.float64]) -> Answer:
    document = json.loads(path.read_text())
    trees = document["learner"]["gradient_booster"]["model"]["trees"]
    nodes = [
        (feature, condition)
        for tree in trees
        for feature, condition, left in zip(
            tree["split_indices"], tree["split_conditions"], tree["left_children"], strict=True
        )
        if left >= 0
    ]
    rows = probes(inputs, [node[0] for node in nodes], [node[1] for node in nodes])
    data = xgboost.DMatrix(rows)
    sums, predictions = model.predict(data, output_margin=True), model.predict(data)
    return {"inputs": plain(rows), "sums": plain(sums), "predictions": plain(predictions)}


def refused_xgboost_models(inputs: NDArray[np.float64], target: NDArray[np.float64]) -> None:
    coded = np.column_stack([classes(target, 6), inputs[:, 1:]])
    kinds = ["c", "q", "q", "q", "q"]
    plain_data = xgboost.DMatrix(inputs, target)
    models = {
        "categorical": (
            {},
            xgboost.DMatrix(coded, target, feature_types=kinds, enable_categorical=True),
        ),
        "dart": ({"booster": "dart", "rate_drop": 0.5}, plain_data),
        "linear": ({"booster": "gblinear"}, plain_data),
        "vector-leaf": (
            {"multi_strategy": "multi_output_tree", "tree_method": "hist"},
            xgboost.DMatrix(inputs, np.column_stack([target, -target])),
        ),
        "hinge": ({"objective": "binary:hinge"}, xgboost.DMatrix(inputs, classes(target, 2))),
    }
    for name, (parameters, data) in models.items():
        model = xgboost.train({**XGBOOST, **parameters}, data, num_boost_round=2)
        model.save_model(HERE / f"refused-xgboost-{name}.json")
    model.save_model(HERE / "refused-xgboost-binary.ubj")


def onnx_models() -> dict[str, Answer]:
    inputs, target = samples(5)
    two, three = classes(target, 2), classes(target, 3)
    size = {"n_estimators": 4, "max_depth": 3, "random_state": 1}
    models = {
        "forest-regressor": RandomForestRegressor(**size).fit(inputs, target),
        "forest-two": RandomForestClassifier(**size).fit(inputs, two),
        "forest-three": RandomForestClassifier(**size).fit(inputs, three),
        "boosted-regressor": GradientBoostingRegressor(**size).fit(inputs, target),
        "boosted-two": GradientBoostingClassifier(**size).fit(inputs, two),
        "boosted-three": GradientBoostingClassifier(**size).fit(inputs, three),
    }
    return {f"onnx-{name}.onnx": onnx_answer(name, model, inputs) for name, model in models.items()}


def onnx_answer(name: str, model: Any, inputs: NDArray[np.float64]) -> Answer:
    kind = [("rows", FloatTensorType([None, FEATURES]))]
    options = {"zipmap": False} if hasattr(model, "classes_") else {}
    graph = skl2onnx.convert_sklearn(
        model,
        initial_types=kind,
        options={id(model): options},
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
    (HERE / f"onnx-{name}.onnx").write_bytes(graph.SerializeToString())
    attributes = {a.name: a for a in graph.graph.node[0].attribute}
    features, thresholds = attributes["nodes_featureids"].ints, attributes["nodes_values"].floats
    rows = probes(inputs, list(features), list(thresholds)).astype(np.float32)
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    predictions = session.run(None, {"rows": rows})[-1]
    return {"inputs": plain(rows), "predictions": plain(predictions)}


def main() -> None:
    recorders: tuple[Callable[[], dict[str, Answer]], ...] = (
        lightgbm_models,
        xgboost_models,
        onnx_models,
    )
    document = {
        "tools": {name: version(name) for name in ("lightgbm", "xgboost", "onnx", "onnxruntime")},
        "models": {name: answer for record in recorders for name, answer in record().items()},
    }
    (HERE / "predictions.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
