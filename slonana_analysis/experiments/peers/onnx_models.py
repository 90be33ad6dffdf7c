"""ONNX models of the forest and of dense layers, built here, and one-threaded sessions of them.

References
----------
ONNX operators: ``ai.onnx.ml.TreeEnsembleRegressor`` 3, ``MatMul`` 13, ``MatMulInteger`` 10.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers.availability import (
    HOW_TO_GET,
    ONNX_RUNTIME,
    load,
    require_peer,
)
from slonana_analysis.kernels.models.forests import LEAF, ForestModel

# Old enough for every runtime that the project's own Python versions have.
_OPERATORS = 13
_TREE_OPERATORS = 3
_INTERMEDIATE_FORMAT = 8
_ERRORS_ONLY = 3

INPUT, OUTPUT = "rows", "result"

FloatLayer: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32], bool]
"""Weights of shape (inputs, outputs), bias of shape (outputs,), and whether ReLU follows."""


def session(model: bytes) -> Any:  # noqa: ANN401  # onnxruntime carries no types
    """Return a session that runs a model on the calling thread alone.

    Parameters
    ----------
    model : bytes
        As `forest_model` and its siblings return it.

    Returns
    -------
    onnxruntime.InferenceSession
        ``run([OUTPUT], {INPUT: rows})`` gives a list of one array.

    Raises
    ------
    UnavailableError
        If onnxruntime is missing, or does not take the model.
    """
    require_peer(ONNX_RUNTIME)
    onnxruntime = load("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except RuntimeError as error:  # what its own kinds of error derive from
        raise UnavailableError(
            f"onnxruntime does not take the model ({error}); {HOW_TO_GET}"
        ) from error


def forest_model(forest: ForestModel) -> bytes:
    """Return a forest as a float32 tree ensemble.

    Parameters
    ----------
    forest : ForestModel
        With one output and ``<=``; thresholds and leaves exact in float32.

    Returns
    -------
    bytes
        From ``rows`` (n, features) to ``result`` (n, 1).

    Raises
    ------
    UnavailableError
        If onnx is missing.
    """
    helper = _helper()
    columns = _forest_columns(forest)
    node = helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT],
        [OUTPUT],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        base_values=[float(forest.base[0])],
        post_transform="NONE",
        **columns,
    )
    return _model([node], [], forest.feature_count, 1)


def _forest_columns(forest: ForestModel) -> dict[str, list[Any]]:
    """Return the node and target attributes of a tree ensemble: parallel lists over all nodes."""
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for number, tree in enumerate(forest.trees):
        leaf = tree.feature == LEAF
        nodes = np.arange(tree.feature.size)
        columns["nodes_treeids"] += [number] * nodes.size
        columns["nodes_nodeids"] += nodes.tolist()
        columns["nodes_featureids"] += np.where(leaf, 0, tree.feature).tolist()
        columns["nodes_values"] += tree.threshold.tolist()
        columns["nodes_modes"] += ["LEAF" if each else "BRANCH_LEQ" for each in leaf]
        columns["nodes_truenodeids"] += np.where(leaf, 0, tree.left).tolist()
        columns["nodes_falsenodeids"] += np.where(leaf, 0, tree.right).tolist()
        columns["target_treeids"] += [number] * int(leaf.sum())
        columns["target_nodeids"] += nodes[leaf].tolist()
        columns["target_ids"] += [0] * int(leaf.sum())
        columns["target_weights"] += tree.value[leaf].tolist()
    return columns


_COLUMNS = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_values",
    "nodes_modes",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "target_treeids",
    "target_nodeids",
    "target_ids",
    "target_weights",
)


def float32_layers(
    layers: Sequence[FloatLayer],
) -> bytes:
    """Return dense layers in float32.

    Parameters
    ----------
    layers : sequence of FloatLayer
        At least one.

    Returns
    -------
    bytes
        From ``rows`` (n, inputs) to ``result`` (n, outputs).

    Raises
    ------
    UnavailableError
        If onnx is missing.
    """
    helper = _helper()
    nodes, constants, at = [], [], INPUT
    for number, (weights, bias, rectify) in enumerate(layers):
        constants += [_constant(f"w{number}", weights), _constant(f"b{number}", bias)]
        nodes.append(helper.make_node("MatMul", [at, f"w{number}"], [f"p{number}"]))
        nodes.append(helper.make_node("Add", [f"p{number}", f"b{number}"], [f"s{number}"]))
        at = f"s{number}"
        if rectify:
            nodes.append(helper.make_node("Relu", [at], [f"r{number}"]))
            at = f"r{number}"
    nodes[-1].output[0] = OUTPUT
    return _model(nodes, constants, layers[0][0].shape[0], layers[-1][0].shape[1])


def int8_layers(layers: Sequence[FloatLayer]) -> bytes:
    """Return dense layers whose products are uint8 times int8, as dynamic quantisation does it.

    Parameters
    ----------
    layers : sequence of FloatLayer
        At least one. Weights are quantised here, rows when the model runs.

    Returns
    -------
    bytes
        From ``rows`` (n, inputs) to ``result`` (n, outputs), float32.

    Raises
    ------
    UnavailableError
        If onnx is missing.
    """
    helper = _helper()
    nodes, constants, at = [], [], INPUT
    for number, (weights, bias, rectify) in enumerate(layers):
        name = [f"{letter}{number}" for letter in ("q", "scale", "zero", "i", "f", "t", "p", "s")]
        row, row_scale, zero, product, as_float, scale, scaled, total = name
        step = np.float32(np.abs(weights).max() / 127)
        whole = np.round(weights / step).astype(np.int8)
        constants += [_constant(f"w{number}", whole), _constant(f"b{number}", bias)]
        constants.append(_constant(f"step{number}", np.array(step)))
        nodes += [
            helper.make_node("DynamicQuantizeLinear", [at], [row, row_scale, zero]),
            helper.make_node("MatMulInteger", [row, f"w{number}", zero], [product]),
            helper.make_node("Cast", [product], [as_float], to=1),
            helper.make_node("Mul", [row_scale, f"step{number}"], [scale]),
            helper.make_node("Mul", [as_float, scale], [scaled]),
            helper.make_node("Add", [scaled, f"b{number}"], [total]),
        ]
        at = total
        if rectify:
            nodes.append(helper.make_node("Relu", [at], [f"r{number}"]))
            at = f"r{number}"
    nodes[-1].output[0] = OUTPUT
    return _model(nodes, constants, layers[0][0].shape[0], layers[-1][0].shape[1])


def _helper() -> Any:  # noqa: ANN401
    require_peer(ONNX_RUNTIME)
    return load("onnx.helper")


def _constant(name: str, values: NDArray[Any]) -> Any:  # noqa: ANN401
    return load("onnx.numpy_helper").from_array(values, name)


def _model(nodes: list[Any], constants: list[Any], inputs: int, outputs: int) -> bytes:
    helper = _helper()
    single = load("onnx").TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "peer",
        [helper.make_tensor_value_info(INPUT, single, [None, inputs])],
        [helper.make_tensor_value_info(OUTPUT, single, [None, outputs])],
        constants,
    )
    sets = [
        helper.make_opsetid("", _OPERATORS),
        helper.make_opsetid("ai.onnx.ml", _TREE_OPERATORS),
    ]
    model = helper.make_model(graph, opset_imports=sets)
    model.ir_version = _INTERMEDIATE_FORMAT
    serialised: bytes = model.SerializeToString()
    return serialised
