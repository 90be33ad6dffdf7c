"""What the validator's layers, trees and networks gave, from every path that can run them."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slonana_analysis.errors import FormatError, UnavailableError
from slonana_analysis.kernels.dense import dense_rows
from slonana_analysis.kernels.mlp import flatten, forward
from slonana_analysis.kernels.models.mlp_file import read_mlp
from slonana_analysis.kernels.models.model import InvalidModelError
from slonana_analysis.kernels.tree import NODE, decision_tree, decision_tree_rows
from slonana_analysis.kernels.vector.dense import dense_packed_rows
from slonana_analysis.kernels.vector.dense_double import dense_double, pack_double
from slonana_analysis.kernels.vector.dense_packing import pack_layer
from slonana_analysis.kernels.vector.mlp import mlp_packed, pack_mlp
from slonana_analysis.kernels.vector.tree import pack_tree, tree_packed
from slonana_analysis.kernels.vector.tree_rows import tree_packed_columns, tree_packed_rows
from tests.kernels import call_rules, oracle, reference
from tests.kernels.conftest import Golden

UNTOUCHED = -77
MODELS = Path(__file__).parents[1] / "data" / "models"


def dense_integers(out, rows, weights, bias):
    used = min(len(bias), 64)
    out[0, :used] = reference.dense(rows[0].tolist(), weights.tolist(), bias.tolist())


def dense_oracle(out, rows, weights, bias):
    out[:, :64] = oracle.dense(rows, weights, bias)


def dense_vector(out, rows, weights, bias):
    dense_packed_rows(out, rows, pack_layer(weights, bias))


def dense_float64(out, rows, weights, bias):
    dense_double(out[0], rows[0], pack_double(weights, bias))


def layers(golden: Golden) -> Iterator[tuple[Any, Any, Any, Any]]:
    dims = golden["dense_dims"]
    ends = [np.concatenate([[0], np.cumsum(each)]) for each in (*dims.T, dims.prod(axis=1))]
    for (rows, columns), row, column, weight in zip(dims, *map(pairwise, ends), strict=True):
        yield (
            golden["dense_in"][slice(*column)],
            golden["dense_w"][slice(*weight)].reshape(rows, columns),
            golden["dense_b"][slice(*row)],
            golden["dense_out"][slice(*row)],
        )


# Layers past 64 of either, which only the portable kernel takes.
@pytest.mark.parametrize(
    ("run", "takes_any_size"),
    [
        (dense_integers, True),
        (dense_oracle, True),
        (dense_rows, True),
        (dense_vector, False),
        (dense_float64, False),
    ],
)
def test_layers(golden: Golden, run, takes_any_size: bool) -> None:
    ran = 0
    for values, weights, bias, wanted in layers(golden):
        if takes_any_size or max(weights.shape) <= 64:
            out = np.full((1, len(bias)), UNTOUCHED, np.int32)
            run(out, values[np.newaxis], weights, bias)
            assert out[0].tolist() == wanted.tolist(), weights.shape
            ran += 1
    assert ran == 30 if takes_any_size else 20 < ran < 30


def tree_integers(features, nodes, depth):
    return reference.tree(
        features.tolist(), [reference.Node(*node) for node in nodes.tolist()], depth
    )


def tree_portable_rows(features, nodes, depth):
    codes, values = np.full(1, 999), np.zeros(1, np.int32)
    decision_tree_rows(codes, values, features[np.newaxis], nodes, depth)
    return codes[0], values[0]


def tree_oracle(features, nodes, depth):
    if not 1 <= features.size <= 64:
        return 1, 0
    if not 1 <= nodes.size <= 256:
        return 5, 0
    codes, values = oracle.tree_codes(features[np.newaxis], nodes, depth)
    return codes[0], values[0]


@pytest.mark.parametrize("run", [tree_integers, tree_oracle, decision_tree, tree_portable_rows])
def test_trees(golden: Golden, run) -> None:
    for features, nodes, depth, wanted in trees(golden):
        assert run(features, nodes, depth) == wanted


def trees(golden: Golden) -> Iterator[tuple[Any, Any, int, tuple[int, int]]]:
    nodes, start = golden["tree_nodes"].reshape(-1).view(NODE), 0
    parts = (golden[f"tree_{part}"].tolist() for part in ("meta", "rc", "result"))
    cases = zip(golden["tree_features"], *parts, strict=True)
    for row, (stored, count, depth, length), code, value in cases:
        # Some calls claim more features than there is room for; they end before one is read.
        features = np.resize(row, max(length, 64))[:length]
        yield features, nodes[start:][:count], depth, (code, 0 if code else value)
        start += stored


def packed_rows(row, blob):
    out = np.full(1, UNTOUCHED, np.int32)
    tree_packed_rows(out, row[np.newaxis], blob)
    return 0, out[0]


def packed_columns(row, blob):
    out = np.full(1, UNTOUCHED, np.int32)
    tree_packed_columns(out, row[:, np.newaxis].copy(), blob)
    return 0, out[0]


@pytest.mark.parametrize("run", [tree_packed, packed_rows, packed_columns])
def test_trees_that_cannot_fail(golden: Golden, run) -> None:
    """Those that can, on whatever features, are left to the portable kernel."""
    ran = 0
    for features, nodes, depth, wanted in trees(golden):
        try:
            blob = pack_tree(nodes, depth, features.size)
        except UnavailableError:
            continue
        assert run(features.copy(), blob) == wanted
        ran += 1
    assert ran > 100


def portable_network(values, model, out):
    return forward(out, values, flatten(read_mlp(model)))


def vector_network(values, model, out):
    return mlp_packed(out, values, pack_mlp(read_mlp(model)))


def network_by_the_rules(values, model, out):
    length = np.zeros(1, np.int64)
    code = call_rules.forward(values, model, out, length)
    return code, length[0]


@pytest.mark.parametrize("run", [network_by_the_rules, portable_network, vector_network])
def test_networks(run) -> None:
    with np.load(MODELS / "golden-models.npz", allow_pickle=False) as arrays:
        calls = dict(arrays)
    files = [(MODELS / f"mlp_{name}.bin").read_bytes() for name in calls["mlp_names"].tolist()]
    ran = 0
    for number, model in enumerate(calls["fwd_model"].tolist()):
        size, code = int(calls["fwd_input_len"][number]), calls["fwd_rc"][number]
        values = np.resize(calls["fwd_input"][number], max(size, 64))[:size]
        out = np.full(20, UNTOUCHED, np.int32)
        try:
            found = run(values, files[model], out)
        except (InvalidModelError, FormatError):
            # Refused when it was read or packed; without inputs that is not looked at.
            assert code != 0
            continue
        assert found == (code, 0 if code else calls["fwd_output_len"][number])
        assert out.tolist() == calls["fwd_output"][number].tolist()
        ran += code == 0
    assert ran == (calls["fwd_rc"] == 0).sum() > 100
