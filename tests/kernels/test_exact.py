"""A million values and more through every kernel, on the portable and on the vector path."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numba import njit

from slonana_analysis.kernels import activations, fixed_point
from slonana_analysis.kernels import softmax as portable_softmax
from slonana_analysis.kernels.dense import dense_rows
from slonana_analysis.kernels.forest import forest_sums
from slonana_analysis.kernels.forest_inputs import random_forest
from slonana_analysis.kernels.inputs import benchmark_tree, complete_tree
from slonana_analysis.kernels.mlp import flatten, forward_rows
from slonana_analysis.kernels.models.model import Layer, Mlp
from slonana_analysis.kernels.tree import decision_tree_rows
from slonana_analysis.kernels.vector import activations as vector
from slonana_analysis.kernels.vector import softmax as vector_softmax
from slonana_analysis.kernels.vector.dense import dense_packed_rows
from slonana_analysis.kernels.vector.dense_double import dense_double, pack_double
from slonana_analysis.kernels.vector.dense_packing import pack_layer
from slonana_analysis.kernels.vector.forest import pack_forest, packed_sums
from slonana_analysis.kernels.vector.mlp import mlp_packed_rows, pack_mlp
from slonana_analysis.kernels.vector.tree_packing import pack_tree
from slonana_analysis.kernels.vector.tree_rows import tree_packed_rows
from tests.kernels import activation_rules, oracle, reference

MILLION = 1_000_000
LIMITS = (2**15, 30_000, 50_000, 2**30, 2**31)
LARGEST = (9, 3000, 10_000, 32_767, 32_768, 2**20, 2**31 - 1)


def drawn(shape, seed):
    """Int32 values: anywhere, near zero, and within a few of everything that limits something."""
    random = np.random.default_rng(seed)
    edges = np.array([sign * limit for limit in LIMITS for sign in (-1, 1)])
    near = random.choice(edges, shape) + random.integers(-3, 4, shape)
    anywhere = random.integers(-(2**31), 2**31, shape)
    small = random.integers(-60_000, 60_001, shape)
    kind = random.integers(0, 3, shape)
    chosen = np.select([kind == 0, kind == 1], [near, anywhere], small)
    return np.clip(chosen, -(2**31), 2**31 - 1).astype(np.int32)


def assert_same(ours, wanted, *inputs):
    """Fail with the first input for which a kernel and the oracle differ."""
    different = np.argwhere(np.atleast_1d(ours != wanted))
    if len(different):
        at = tuple(different[0])
        given = [each[at[0]] if each.shape[:1] == np.shape(ours)[:1] else each for each in inputs]
        pytest.fail(f"{len(different)} differ; at {at} {given} gives {ours[at]}, not {wanted[at]}")


ELEMENTWISE = {
    "relu": (oracle.relu, activations.relu, vector.relu),
    "leaky_relu": (oracle.leaky_relu, activations.leaky_relu, vector.leaky_relu),
    "sigmoid": (oracle.sigmoid, activations.sigmoid, vector.sigmoid),
    "tanh": (oracle.tanh, activations.tanh, vector.tanh),
}


def check_elementwise(rule, kernel, count=MILLION):
    values = drawn(count, 1)
    out = np.full(count + 1, -77, np.int32)
    kernel(out[:-1], values)
    assert_same(out[:-1], rule(values), values)
    assert out[-1] == -77


@pytest.mark.parametrize("path", [1, 2], ids=["portable", "vector"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_activations(name, path):
    check_elementwise(ELEMENTWISE[name][0], ELEMENTWISE[name][path])


@pytest.mark.parametrize("scale", [1, 100, 1_000_000, 2**28])
def test_activations_at_other_scales(scale):
    for rule, kernel in ((oracle.sigmoid, activations.sigmoid), (oracle.tanh, activations.tanh)):
        wanted = partial(rule, scale=scale)
        check_elementwise(
            lambda x, w=wanted: oracle.wrapped(w(x)), partial(kernel, scale=scale), 10**5
        )


SOFTMAX = {"portable": portable_softmax.softmax, "vector": vector_softmax.softmax}


def softmax_rows(kernel, rows):
    out = np.empty_like(rows)
    for each, values in zip(out, rows, strict=True):
        kernel(each, values)
    return out


def check_softmax(kernel):
    for length in range(21):
        rows = drawn((8000, length), length)
        # Half of the rows within the range in which nothing wraps, as networks give them.
        rows[::2] = np.clip(rows[::2], -60_000, 60_000)
        assert_same(softmax_rows(kernel, rows), oracle.softmax(rows), rows)


@pytest.mark.parametrize("path", SOFTMAX)
def test_softmax(path):
    check_softmax(SOFTMAX[path])


def layers():
    """Shapes of every kind, weights and biases up to the ends of their types."""
    random = np.random.default_rng(2)
    shapes = [(1, 1), (64, 64), (32, 32), (8, 32), (64, 1), (1, 64), (63, 17), (33, 49)]
    shapes += [tuple(random.integers(1, 65, 2)) for _ in range(34)]
    for number, shape in enumerate(shapes):
        weights = random.integers(-(2**15), 2**15, shape).astype(np.int16)
        if number % 3 == 1:
            weights = (weights // 2).astype(np.int16)
        if number % 7 == 2:
            weights[:] = -(2**15)
        bias = random.integers(-20_000, 20_001, shape[0]).astype(np.int32)
        if number % 4 == 3:
            bias = random.choice([-(2**31), 2**31 - 1, 2**31 - 9], shape[0]).astype(np.int32)
        yield weights, bias


def layer_inputs(columns, seed, count=112):
    """Rows whose largest magnitudes lie at and around what kernels decide by."""
    random = np.random.default_rng(seed)
    parts = []
    for largest in LARGEST:
        rows = random.integers(-largest, largest, (count, columns), np.int32, endpoint=True)
        rows[0], rows[1] = largest, -largest
        parts.append(rows)
    parts.append(drawn((count, columns), seed))
    return np.concatenate(parts)


def vector_dense(out, rows, weights, bias):
    dense_packed_rows(out, rows, pack_layer(weights, bias))


def double_dense(out, rows, weights, bias):
    packed = pack_double(weights, bias)
    for each, values in zip(out, rows, strict=True):
        dense_double(each, values, packed)


DENSE = {"portable": dense_rows, "vector": vector_dense, "float64": double_dense}


def check_dense(kernel, count=112):
    total = 0
    for seed, (weights, bias) in enumerate(layers()):
        rows = layer_inputs(weights.shape[1], seed, count)
        out = np.full((len(rows), len(bias)), -77, np.int32)
        kernel(out, rows, weights, bias)
        assert_same(out, oracle.dense(rows, weights, bias), rows)
        total += out.size
    return total


@pytest.mark.parametrize("path", DENSE)
def test_dense_layers(path):
    assert check_dense(DENSE[path]) >= MILLION


def networks():
    """Networks of one to eight layers with every activation, unknown ones included."""
    random = np.random.default_rng(3)
    for number in range(30):
        sizes = random.integers(1, 65, random.integers(2, 10))
        if number % 3 == 0:
            sizes = np.array([32, 32, 32, 8])
        yield [
            (
                random.integers(-(2**15), 2**15, (rows, columns)).astype(np.int16),
                drawn(rows, number) if number % 5 == 4 else drawn(rows, number) >> 12,
                int(random.integers(0, 8)),
            )
            for columns, rows in pairwise(sizes)
        ]


def portable_network(out, rows, model):
    return forward_rows(out, rows, flatten(model))


def vector_network(out, rows, model):
    return mlp_packed_rows(out, rows, pack_mlp(model))


@pytest.mark.parametrize("run", [portable_network, vector_network])
def test_networks(run):
    total = 0
    for seed, layers_ in enumerate(networks()):
        inputs, outputs = layers_[0][0].shape[1], len(layers_[-1][1])
        model = Mlp(tuple(Layer(*each) for each in layers_), inputs, min(outputs, 16))
        rows = layer_inputs(inputs, seed, 500)
        out = np.full((len(rows), min(outputs, 16)), -77, np.int32)
        assert tuple(run(out, rows, model)) == (0, outputs)
        assert_same(out, oracle.network(rows, layers_), rows)
        total += out.size
    assert total >= MILLION


def portable_tree(rows, nodes):
    codes, values = np.empty(len(rows), np.int64), np.empty(len(rows), np.int32)
    decision_tree_rows(codes, values, rows, nodes, 32)
    assert not codes.any()
    return values


def vector_tree(rows, nodes):
    values = np.empty(len(rows), np.int32)
    tree_packed_rows(values, rows, pack_tree(nodes, 32, rows.shape[1]))
    return values


@pytest.mark.parametrize("run", [portable_tree, vector_tree])
def test_trees(run):
    random = np.random.default_rng(4)
    trees = [benchmark_tree(), *(complete_tree(levels, 8, levels) for levels in range(1, 9))]
    trees += [complete_tree(int(random.integers(2, 9)), 64, seed) for seed in range(3)]
    for seed, nodes in enumerate(trees):
        width = max(8, int(nodes["feature"].max()) + 1)
        rows = drawn((84_001, width), seed)
        # Equal to a threshold, or next to it.
        rows[:5000] = random.choice(nodes["threshold"], (5000, width)) + random.integers(-1, 2)
        assert_same(run(rows, nodes), oracle.tree(rows, nodes), rows)


@pytest.mark.parametrize("kernel", [activations.argmax, vector.argmax])
def test_argmax(kernel):
    for length in range(1, 21):
        rows = drawn((6000, length), length)
        rows[::3] //= 2**20  # so that maxima stand more than once
        wanted = rows[:, :16].argmax(axis=1)
        assert_same(np.array([kernel(row) for row in rows]), wanted, rows)


def integer_forest(seed):
    return random_forest(30, 6, 16, seed)


def real_valued_forest(seed):
    forest = random_forest(30, 5, 16, seed)
    return replace(
        forest,
        thresholds=forest.thresholds / 7,
        leaves=forest.leaves / 11,
        base=forest.base.astype(np.float64),
    )


@pytest.mark.parametrize("made", [integer_forest, real_valued_forest])
def test_forests(made):
    """The portable kernel and the vectors, both against a walk written in numpy."""
    forest = made(12)
    rows = drawn((65_536, 16), 13)
    rows[:9000] = np.random.default_rng(14).choice(forest.thresholds.ravel(), (9000, 16))
    rows = rows.astype(forest.thresholds.dtype)
    wanted = oracle.forest(rows, forest.features, forest.thresholds, forest.leaves)
    assert_same(forest_sums(forest, rows)[:, 0], wanted, rows)
    assert_same(packed_sums(pack_forest(forest), rows)[:, 0], wanted, rows)


@njit
def each(operation, out, a, b, scale):
    for i in range(out.size):
        out[i] = operation(a[i], b[i], scale)


@pytest.mark.parametrize("name", ["multiply", "divide"])
def test_fixed_point(name):
    a, b = drawn(MILLION, 5), drawn(MILLION, 6)
    b[::9] = 0
    out = np.empty(MILLION, np.int32)
    for scale in (10_000, 1, 127, 2**31 - 1):
        each(getattr(fixed_point, name), out, a, b, scale)
        assert_same(out, getattr(oracle, name)(a, b, scale), a, b)


def test_the_oracle_says_what_python_s_integers_say():
    a, b = drawn(3000, 7), drawn(3000, 8)
    for name in ("multiply", "divide"):
        wanted = [getattr(reference, name)(int(x), int(y), 127) for x, y in zip(a, b, strict=True)]
        assert getattr(oracle, name)(a, b, 127).tolist() == wanted
    weights, bias = next(iter(layers()))
    for weights, bias in list(layers())[:9]:
        rows = layer_inputs(weights.shape[1], 9, 3)
        wanted = [reference.dense(row, weights.tolist(), bias.tolist()) for row in rows.tolist()]
        assert oracle.dense(rows, weights, bias).tolist() == wanted
    nodes = complete_tree(6, 8, 10)
    rows = drawn((500, 8), 11)
    listed = [reference.Node(*map(int, node.tolist())) for node in nodes]
    wanted = [reference.tree(row, listed, 32)[1] for row in rows.tolist()]
    assert oracle.tree(rows, nodes).tolist() == wanted
    for name, rule in activation_rules.RULES.items():
        assert getattr(oracle, name)(a).tolist() == [rule(x) for x in a.tolist()]
    for length in range(1, 18):
        rows = drawn((200, length), length)
        wanted = [activation_rules.softmax(row) for row in rows.tolist()]
        assert oracle.softmax(rows).tolist() == wanted


def flooring_sigmoid(out, values):
    x = values.astype(np.int64)
    line = np.where(x > 30_000, 10_000, 5000 + x // 6)
    out[:] = np.where(x < -30_000, 0, line)


def unwrapped_tanh(out, values):
    out[:] = 2 * oracle.sigmoid(2 * values.astype(np.int64)) - oracle.SCALE


def flooring_softmax(out, values):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oracle, "truncated", np.floor_divide)
        out[:] = oracle.softmax(values[np.newaxis])[0]


def softmax_of_wide_exponentials(out, values):
    """Without the cast to the low 32 bits, where a difference has wrapped."""
    with pytest.MonkeyPatch.context() as patch:
        cast = oracle.wrapped
        patch.setattr(oracle, "wrapped", lambda x: cast(x) if (x <= 0).all() else x)
        out[:] = oracle.softmax(values[np.newaxis])[0]


def unbounded_softmax(out, values):
    out[:] = activation_rules.softmax(values.tolist()[:16]) + values.tolist()[16:]


def wrapping_bias(out, rows, weights, bias):
    sums = rows.astype(np.int64) @ weights.astype(np.int64).T
    out[:] = ((sums >> 15) + bias).astype(np.int32)


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (partial(check_elementwise, oracle.sigmoid), flooring_sigmoid),
        (partial(check_elementwise, oracle.tanh), unwrapped_tanh),
        (check_softmax, flooring_softmax),
        (check_softmax, softmax_of_wide_exponentials),
        (check_softmax, unbounded_softmax),
        (check_dense, wrapping_bias),
    ],
)
def test_a_wrong_kernel_is_found(check, wrong):
    with pytest.raises(pytest.fail.Exception, match="differ; at"):
        check(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("lowered", ["avx2", "portable"])
def test_the_vector_path_of_other_instruction_sets(lowered):
    """The same on what is left when wider instructions, or all of x86's own, are taken away."""
    chosen = "(vector or argmax or largest or forests) and not other"
    files = map(str, sorted(Path(__file__).parent.glob("test_exact*.py")))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    run = subprocess.run(
        [*command, "-k", chosen],
        env={**os.environ, "SLONANA_SIMD": lowered},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
