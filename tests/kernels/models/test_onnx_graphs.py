"""Small ONNX graphs against onnxruntime: every comparison, and what is refused."""

from typing import Any

import numpy as np
import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.models.onnx_trees import read_onnx
from slonana_analysis.kernels.models.walk import forest_sums, transformed

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

REGRESSOR, CLASSIFIER = "TreeEnsembleRegressor", "TreeEnsembleClassifier"
# Two trees: a stump, and a root whose right child splits again.
NODES = {
    "nodes_treeids": [0, 0, 0, 1, 1, 1, 1, 1],
    "nodes_nodeids": [0, 1, 2, 0, 1, 2, 3, 4],
    "nodes_featureids": [0, 0, 0, 1, 0, 0, 0, 0],
    "nodes_values": [0.5, 0.0, 0.0, -1.0, 0.0, 2.0, 0.0, 0.0],
    "nodes_truenodeids": [1, 0, 0, 1, 0, 3, 0, 0],
    "nodes_falsenodeids": [2, 0, 0, 2, 0, 4, 0, 0],
}
WEIGHTS = [1.5, -2.25, 0.125, 4.0, -0.75]
VALUES = (-2.0, -1.0, -0.0, 0.0, 0.5, np.nextafter(np.float32(0.5), np.float32(1)), 2.0, 3.0)
INPUTS = np.array([[a, b] for a in VALUES for b in VALUES], np.float32)


def modes(first: str, second: str | None = None) -> dict[str, list[str]]:
    other = second or first
    leaf = "LEAF"
    return {"nodes_modes": [first, leaf, leaf, other, leaf, other, leaf, leaf]}


def regressor(mode: str = "BRANCH_LEQ", **changes: Any) -> dict[str, Any]:
    leaves = {
        "target_treeids": [0, 0, 1, 1, 1],
        "target_nodeids": [1, 2, 1, 3, 4],
        "target_ids": [0] * 5,
        "target_weights": WEIGHTS,
        "n_targets": 1,
    }
    return {**NODES, **modes(mode), **leaves, **changes}


def classifier(labels: list[int], identifiers: list[int], **changes: Any) -> dict[str, Any]:
    leaves = {
        "class_treeids": [0, 0, 1, 1, 1],
        "class_nodeids": [1, 2, 1, 3, 4],
        "class_ids": identifiers,
        "class_weights": WEIGHTS,
        "classlabels_int64s": labels,
    }
    return {**NODES, **modes("BRANCH_LEQ"), **leaves, **changes}


def graph_of(operator: str, attributes: dict[str, Any], *, extra: str | None = None) -> bytes:
    helper, kind = onnx.helper, onnx.TensorProto
    label = [] if operator == REGRESSOR else ["label"]
    nodes = [helper.make_node(operator, ["x"], [*label, "y"], domain="ai.onnx.ml", **attributes)]
    if extra is not None:
        nodes.append(helper.make_node(extra, ["y"], ["z"]))
    outputs = [helper.make_tensor_value_info("y", kind.FLOAT, None)]
    if label:
        outputs.insert(0, helper.make_tensor_value_info("label", kind.INT64, None))
    graph = helper.make_graph(
        nodes, "trees", [helper.make_tensor_value_info("x", kind.FLOAT, [None, 2])], outputs
    )
    versions = [helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=9)
    return bytes(model.SerializeToString())


def predicted(data: bytes) -> Any:
    return runtime.InferenceSession(data).run(None, {"x": INPUTS})[-1]


def found(data: bytes) -> Any:
    model = read_onnx(data)
    return transformed(model, forest_sums(model, INPUTS))


@pytest.mark.parametrize("mode", ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE"])
def test_every_comparison(mode: str) -> None:
    data = graph_of(REGRESSOR, regressor(mode))
    assert found(data).tolist() == predicted(data).tolist()


def test_comparisons_that_are_each_other_s_opposite_mix() -> None:
    for pair in (("BRANCH_LEQ", "BRANCH_GT"), ("BRANCH_GTE", "BRANCH_LT")):
        data = graph_of(REGRESSOR, regressor(**modes(*pair)))
        assert found(data).tolist() == predicted(data).tolist()


def test_bases_and_averages() -> None:
    for change in ({"base_values": [0.5]}, {"aggregate_function": "AVERAGE"}):
        data = graph_of(REGRESSOR, regressor(**change))
        assert found(data).tolist() == predicted(data).tolist()


def test_several_targets_some_trees_of_which_add_nothing() -> None:
    for aggregate in ("SUM", "AVERAGE"):
        change = {"target_ids": [0, 2, 1, 1, 0], "n_targets": 3, "aggregate_function": aggregate}
        data = graph_of(REGRESSOR, regressor(**change))
        assert found(data).tolist() == predicted(data).tolist()


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC"])
@pytest.mark.parametrize("identifier", [0, 1])
@pytest.mark.parametrize("weights", [WEIGHTS, [0.1, 0.2, 0.3, 0.4, 0.5]], ids=["mixed", "positive"])
def test_two_classes_with_one_weight_a_leaf(
    transform: str, identifier: int, weights: list[float]
) -> None:
    attributes = classifier(
        [0, 1], [identifier] * 5, post_transform=transform, class_weights=weights
    )
    data = graph_of(CLASSIFIER, attributes)
    assert found(data)[:, 0] == pytest.approx(predicted(data)[:, 1], rel=3e-7)


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "SOFTMAX"])
def test_three_classes(transform: str) -> None:
    attributes = classifier([3, 5, 7], [0, 2, 1, 1, 0], post_transform=transform)
    data = graph_of(CLASSIFIER, attributes)
    assert found(data) == pytest.approx(predicted(data), rel=3e-7)


def test_a_graph_that_leaves_the_width_open_needs_the_features_compared() -> None:
    model = onnx.load_model_from_string(graph_of(REGRESSOR, regressor()))
    model.graph.input[0].type.tensor_type.shape.Clear()
    assert read_onnx(model.SerializeToString()).feature_count == 2


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (REGRESSOR, regressor("BRANCH_EQ"), "comparison 'BRANCH_EQ' is not supported"),
    (REGRESSOR, regressor(**modes("BRANCH_LEQ", "BRANCH_LT")), "mix comparisons"),
    (REGRESSOR, regressor(aggregate_function="MIN"), "aggregate"),
    (REGRESSOR, regressor(aggregate_function="AVERAGE", base_values=[1.0]), "averages and adds"),
    (REGRESSOR, regressor(base_values=[1.0, 2.0]), "2 bases to 1 output"),
    (REGRESSOR, regressor(post_transform="PROBIT"), "transform 'PROBIT'"),
    (REGRESSOR, regressor(n_targets=10**9), "1000000000 outputs for 5 weights"),
    (REGRESSOR, regressor(target_ids=[1] * 5), "outside 0 to 0"),
    (REGRESSOR, regressor(nodes_treeids=[0] * 8), "tree 0 has two nodes 0"),
    (REGRESSOR, regressor(nodes_truenodeids=[0] * 8), "no node of its own"),
    (REGRESSOR, regressor(nodes_truenodeids=[9] * 8), "9 is missing"),
    (REGRESSOR, regressor(nodes_featureids=[-1] * 8), "negative feature"),
    (REGRESSOR, regressor(nodes_featureids=[2] * 8), "past the 2 there"),
    (REGRESSOR, regressor(target_nodeids=[1, 1, 1, 3, 4]), "two weights for one output"),
    (CLASSIFIER, classifier([0, 1], [1] * 5, post_transform="SOFTMAX"), "of 1 output"),
]


@pytest.mark.parametrize(("operator", "attributes", "words"), REFUSED)
def test_what_is_refused(operator: str, attributes: dict[str, Any], words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read_onnx(graph_of(operator, attributes))


def test_numbers_in_float64_are_refused() -> None:
    attributes = regressor()
    values = np.array(attributes.pop("nodes_values"))
    attributes["nodes_values_as_tensor"] = onnx.numpy_helper.from_array(values)
    with pytest.raises(FormatError, match="float64"):
        read_onnx(graph_of(REGRESSOR, attributes))


def test_a_graph_that_computes_more_is_refused() -> None:
    with pytest.raises(FormatError, match="1 tree ensembles and 'Exp'; it must hold one alone"):
        read_onnx(graph_of(REGRESSOR, regressor(), extra="Exp"))
