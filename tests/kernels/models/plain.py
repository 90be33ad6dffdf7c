"""Forests followed node by node, a row at a time, in plain Python."""

import numpy as np

from slonana_analysis.kernels.models.forests import ForestModel, ForestTree


def leaf(tree: ForestTree, features: list[float], comparison: str) -> int:
    node = 0
    while tree.feature[node] >= 0:
        compared, threshold = features[tree.feature[node]], float(tree.threshold[node])
        holds = compared < threshold if comparison == "<" else compared <= threshold
        node = int(tree.left[node] if holds else tree.right[node])
    return node


def sums(model: ForestModel, row: list[float]) -> list[float]:
    rounded = np.array(row).astype(model.feature_precision).tolist()
    number = np.dtype(model.sum_precision).type
    totals = [number(base) for base in model.base]
    for tree, output in zip(model.trees, model.output.tolist(), strict=True):
        totals[output] += number(tree.value[leaf(tree, rounded, model.comparison)])
    if model.average:
        counts = [model.output.tolist().count(output) for output in range(len(totals))]
        totals = [number(total / number(n)) for total, n in zip(totals, counts, strict=True)]
    return [float(total) for total in totals]
