"""Tree ensembles in ONNX files, read through the ``onnx`` package.

Source: the operators TreeEnsembleRegressor and TreeEnsembleClassifier of ai.onnx.ml, versions 1
and 3, as the ONNX project documents them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.models.forests import (
    LEAF,
    Comparison,
    ForestModel,
    ForestTree,
    Transform,
)
from slonana_analysis.kernels.models.libraries import optional_library
from slonana_analysis.kernels.models.links import tree_from_links

_OPERATORS = ("TreeEnsembleRegressor", "TreeEnsembleClassifier")
# What converters put behind an ensemble without changing its numbers.
_HARMLESS = ("Identity", "ZipMap")
_TRANSFORMS: dict[str, Transform] = {
    "NONE": "identity",
    "LOGISTIC": "sigmoid",
    "SOFTMAX": "softmax",
}
# The comparison, and whether the side taken when it holds is the right one: x > t is not x <= t.
_MODES: dict[str, tuple[Comparison, bool]] = {
    "BRANCH_LEQ": ("<=", False),
    "BRANCH_LT": ("<", False),
    "BRANCH_GT": ("<=", True),
    "BRANCH_GTE": ("<", True),
}

Attributes = dict[str, Any]


@dataclass(frozen=True)
class _Weights:
    """What the leaves add: by tree, then by output, then by node."""

    by_tree: dict[int, dict[int, dict[int, float]]]
    output_count: int


def read_onnx(data: bytes) -> ForestModel:
    """Read the one tree ensemble of an ONNX file.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    ForestModel
        In float32. ONNX leaves the order of additions open, so sums agree with a runtime's but
        for rounding. A classifier of two classes with one weight a leaf has one output, the score
        of the second class.

    Raises
    ------
    UnavailableError
        If onnx is not installed.
    FormatError
        If the file is no such graph, or one with other operators, tests for equality, mixed
        comparisons, thresholds in float64, or a transform or aggregate not known here.
    """
    onnx = optional_library("onnx", "onnx")
    protobuf = optional_library("google.protobuf.message", "protobuf")
    try:
        graph = onnx.load_model_from_string(data).graph
        node = _ensemble(graph)
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        return _forest(attributes, _width(graph), classifier=node.op_type == _OPERATORS[1])
    except KeyError as error:
        raise FormatError(f"not an ONNX tree ensemble: {error} is missing") from error
    except (
        AttributeError,
        IndexError,
        MemoryError,
        OverflowError,
        TypeError,
        ValueError,
        protobuf.DecodeError,
    ) as error:
        raise FormatError(f"not an ONNX tree ensemble: {error}") from error


def _ensemble(graph: Any) -> Any:  # noqa: ANN401  (onnx's generated classes carry no types)
    found = [node for node in graph.node if node.op_type in _OPERATORS]
    others = {node.op_type for node in graph.node} - set(_OPERATORS) - set(_HARMLESS)
    if len(found) != 1 or others:
        listed = ", ".join(map(repr, sorted(others))) or "no other operator"
        _refuse(f"the graph holds {len(found)} tree ensembles and {listed}; it must hold one alone")
    if found[0].input[0] not in {item.name for item in graph.input}:
        _refuse("the ensemble's features are not the graph's input")
    return found[0]


def _width(graph: Any) -> int:  # noqa: ANN401  (as above)
    """Return how many features the graph says a row has; 0 if it leaves that open."""
    shape = graph.input[0].type.tensor_type.shape.dim
    return int(shape[-1].dim_value) if shape else 0


def _forest(attributes: Attributes, width: int, *, classifier: bool) -> ForestModel:
    if any(name.endswith("_as_tensor") for name in attributes):
        _refuse("its numbers are float64, which is not supported: convert it for float32 inputs")
    average = _word(attributes, "aggregate_function", "SUM") == "AVERAGE"
    weights = _weights(attributes, classifier=classifier)
    base = np.array(attributes.get("base_values", ()), np.float64)
    base = base if base.size else np.zeros(weights.output_count)
    if base.size != weights.output_count:
        _refuse(f"it adds {base.size} bases to {weights.output_count} output(s), not supported")
    if average and base.any():
        _refuse("it averages and adds a base, which is not supported")
    comparison, trees = _trees(attributes)
    expanded = list(_expanded(trees, weights, average=average))
    largest = max((int(tree.feature.max()) for _, tree in expanded), default=0)
    return ForestModel(
        trees=tuple(tree for _, tree in expanded),
        output=np.array([output for output, _ in expanded], np.int32),
        base=base,
        feature_count=width or max(largest + 1, 1),
        comparison=comparison,
        feature_precision="float32",
        sum_precision="float32",
        average=average,
        transform=_transform(attributes, weights.output_count),
    )


def _transform(attributes: Attributes, outputs: int) -> Transform:
    if _word(attributes, "aggregate_function", "SUM") not in ("SUM", "AVERAGE"):
        _refuse(f"the aggregate {attributes['aggregate_function']!r} is not supported")
    name = _word(attributes, "post_transform", "NONE")
    if name not in _TRANSFORMS or (name == "SOFTMAX" and outputs == 1):
        _refuse(f"the transform {name!r} of {outputs} output(s) is not supported")
    return _TRANSFORMS[name]


def _weights(attributes: Attributes, *, classifier: bool) -> _Weights:
    prefix, identifiers = ("class", "class_ids") if classifier else ("target", "target_ids")
    columns = [
        attributes[name]
        for name in (f"{prefix}_treeids", f"{prefix}_nodeids", identifiers, f"{prefix}_weights")
    ]
    if classifier:
        labels = attributes.get("classlabels_int64s") or attributes["classlabels_strings"]
        count = len(labels)
    else:
        count = int(attributes.get("n_targets", 1))
    # Two classes and one weight a leaf: the weight is the second class's, whichever is named.
    single = classifier and count == 2 and len(set(columns[2])) == 1
    if not 1 <= count <= max(len(columns[2]), 1):
        raise ValueError(f"{count} outputs for {len(columns[2])} weights")
    by_tree: dict[int, dict[int, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for tree, node, output, weight in zip(*columns, strict=True):
        place = by_tree[tree][0 if single else output]
        if node in place:
            raise ValueError(f"node {node} of tree {tree} has two weights for one output")
        place[node] = weight
    return _Weights({tree: dict(found) for tree, found in by_tree.items()}, 1 if single else count)


@dataclass(frozen=True)
class _Links:
    """A tree's nodes in the order of the file, children as places in that order."""

    identifiers: list[int]
    feature: list[int]
    threshold: list[float]
    left: list[int]
    right: list[int]


def _trees(attributes: Attributes) -> tuple[Comparison, dict[int, _Links]]:
    columns = [
        attributes[f"nodes_{name}"]
        for name in ("treeids", "nodeids", "modes", "featureids", "values", "truenodeids")
    ]
    nodes: dict[int, dict[int, tuple[Any, ...]]] = defaultdict(dict)
    for tree, node, *rest in zip(*columns, attributes["nodes_falsenodeids"], strict=True):
        if node in nodes[tree]:
            raise ValueError(f"tree {tree} has two nodes {node}")
        nodes[tree][node] = tuple(rest)
    modes = {mode.decode("ascii") for mode in columns[2]} - {"LEAF"}
    if unknown := sorted(modes - set(_MODES)):
        _refuse(f"the comparison {unknown[0]!r} is not supported")
    comparisons = {_MODES[mode][0] for mode in modes}
    if len(comparisons) > 1:
        _refuse("its nodes mix comparisons with and without equality, which is not supported")
    found: Comparison = "<" if "<" in comparisons else "<="
    return found, {tree: _links(of_tree) for tree, of_tree in nodes.items()}


def _links(nodes: dict[int, tuple[Any, ...]]) -> _Links:
    place = {node: index for index, node in enumerate(nodes)}
    links = _Links(list(nodes), [], [], [], [])
    for mode, feature, threshold, when_true, when_false in nodes.values():
        leaf = mode == b"LEAF"
        if not leaf and feature < 0:
            raise ValueError("a node compares a negative feature")
        sides = (0, 0) if leaf else (place[when_true], place[when_false])
        swapped = not leaf and _MODES[mode.decode("ascii")][1]
        links.feature.append(LEAF if leaf else feature)
        links.threshold.append(threshold)
        links.left.append(sides[swapped])
        links.right.append(sides[not swapped])
    return links


def _expanded(
    trees: dict[int, _Links], weights: _Weights, *, average: bool
) -> Iterator[tuple[int, ForestTree]]:
    """Yield each tree once for every output that its leaves add to."""
    for identifier, links in trees.items():
        by_output = weights.by_tree.get(identifier, {})
        # An average divides by all trees, also by those that add nothing.
        for output in range(weights.output_count) if average else sorted(by_output):
            values = by_output.get(output, {})
            value = [values.get(node, 0.0) for node in links.identifiers]
            yield (
                output,
                tree_from_links(links.feature, links.threshold, links.left, links.right, value),
            )


def _word(attributes: Attributes, name: str, default: str) -> str:
    return str(attributes.get(name, default.encode()).decode("ascii"))


def _refuse(reason: str) -> NoReturn:
    raise FormatError(f"this ONNX model cannot be read: {reason}")
