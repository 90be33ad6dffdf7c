"""The kernels in C against Python's integers and numpy, at the ends of int32 and everywhere."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.kernels.inputs import (
    benchmark_tree,
    complete_tree,
    extreme_inputs,
    moderate_inputs,
)
from slonana_analysis.native.avx2_models import (
    avx2_dense_model,
    avx2_mlp_model,
    avx2_tree_model,
)
from slonana_analysis.native.calls import call_rows
from slonana_analysis.native.companions import (
    Style,
    blob,
    companion,
    dense_model,
    forest_model,
    length_model,
    mlp_model,
    tree_model,
)
from tests.kernels.reference import Node, tree

pytestmark = pytest.mark.requires_cc

STYLES: tuple[Style, ...] = ("scalar", "avx2", "plain")
SCALE = 10_000
BOTH = (moderate_inputs, extreme_inputs)


def computed(style: Style, kernel: str, inputs: NDArray[Any], model: NDArray[np.int32], width: int):
    """What a companion writes for each input; skipped where this processor lacks AVX2."""
    try:
        address = companion(style, kernel).address
    except UnavailableError as error:
        pytest.skip(str(error))
    out = np.full((len(inputs), width), -77, np.int32)
    assert call_rows(address, out, np.ascontiguousarray(inputs), model) == 0
    return out


def wrapped(values):
    return values.astype(np.int64).astype(np.int32).astype(np.int64)


def truncated(numerator, denominator):
    return np.sign(numerator) * (np.abs(numerator) // denominator)


def sigmoid(values):
    line = SCALE // 2 + truncated(values, 6)
    return np.where(values < -3 * SCALE, 0, np.where(values > 3 * SCALE, SCALE, line))


ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, x >> 7),
    "sigmoid": sigmoid,
    "tanh": lambda x: 2 * sigmoid(wrapped(2 * x)) - SCALE,
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("width", [1, 7, 8, 16, 31, 64, 100])
def test_activations(style: Style, name: str, width: int) -> None:
    inputs = np.concatenate([draw((256, width), 1) for draw in BOTH])
    inputs[-1] = np.resize([-30_001, -30_000, -29_999, 29_999, 30_000, 30_001], width)
    wanted = ACTIVATIONS[name](inputs.astype(np.int64))
    assert np.array_equal(computed(style, name, inputs, length_model(width), width), wanted)


def softmax(values: list[int]) -> list[int]:
    """The rule in Python's integers."""
    if not 0 < len(values) <= 16:
        return values
    parts = []
    for value in values:
        x = (value - max(values) + 2**31) % 2**32 - 2**31
        parabola = SCALE + x + x * x // (2 * SCALE)
        low = (parabola + 2**31) % 2**32 - 2**31
        parts.append(1 if x < -5 * SCALE or parabola <= 0 else low)
    total = sum(parts)
    if total <= 0:
        return values
    shares = [part * SCALE for part in parts]
    return [share // total if share >= 0 else -(-share // total) for share in shares]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("width", [1, 2, 5, 7, 8, 9, 16, 17])
def test_softmax(style: Style, width: int) -> None:
    inputs = np.concatenate([5 * moderate_inputs((400, width), 2), extreme_inputs((100, width), 3)])
    wanted = [softmax(row) for row in inputs.tolist()]
    assert computed(style, "softmax", inputs, length_model(width), width).tolist() == wanted


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("width", [1, 5, 8, 11, 16, 20])
def test_argmax_takes_the_first_of_sixteen(style: Style, width: int) -> None:
    inputs = np.concatenate(
        [moderate_inputs((64, width), 4) // 5000, extreme_inputs((64, width), 5)]
    )
    wanted = inputs[:, :16].argmax(axis=1)
    assert np.array_equal(computed(style, "argmax", inputs, length_model(width), 1)[:, 0], wanted)


def dense(inputs, weights, bias):
    sums = inputs.astype(np.int64) @ weights.astype(np.int64).T
    return np.clip((sums >> 15) + bias, -(2**31), 2**31 - 1)


@pytest.mark.parametrize("largest", [100, 3000, 10_000, 32_767, 32_768, 2**20, 2**31 - 1])
@pytest.mark.parametrize("shape", [(32, 32), (8, 32), (64, 64), (24, 48), (16, 16), (40, 64)])
@pytest.mark.parametrize("kernel", ["dense", "dense_double"])
def test_dense_layers(kernel: str, shape: tuple[int, int], largest: int) -> None:
    random = np.random.default_rng(largest)
    inputs = random.integers(-largest, largest, (64, shape[1]), np.int32, endpoint=True)
    inputs[0], inputs[1] = largest, -largest
    for weights, bias in layers(shape, random):
        wanted = dense(inputs, weights, bias)
        if kernel == "dense":
            scalar = computed("scalar", "dense", inputs, dense_model(weights, bias), shape[0])
            assert np.array_equal(scalar, wanted)
        model = avx2_dense_model(weights, bias)
        assert np.array_equal(computed("avx2", kernel, inputs, model, shape[0]), wanted)
        rectified = avx2_dense_model(weights, bias, rectified=True)
        ours = computed("avx2", kernel, inputs, rectified, shape[0])
        assert np.array_equal(ours, np.maximum(wanted, 0))


def layers(shape, random):
    """Usual weights, the largest there are, and biases that make every sum overflow."""
    usual = random.integers(-16_384, 16_385, shape).astype(np.int16)
    largest = np.full(shape, -32_768, np.int16)
    none = np.zeros(shape[0], np.int32)
    ends = random.choice([-(2**31), 2**31 - 1], shape[0]).astype(np.int32)
    return [(usual, none), (usual, ends), (largest, none), (largest, ends)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("last", range(7))
def test_networks(style: Style, last: int) -> None:
    random = np.random.default_rng(last)
    shapes, kinds = [(32, 32), (32, 32), (8, 32)], [1, 5, last]
    model = [
        (
            random.integers(-16_384, 16_385, shape).astype(np.int16),
            random.integers(-5000, 5000, shape[0]).astype(np.int32),
            kind,
        )
        for shape, kind in zip(shapes, kinds, strict=True)
    ]
    inputs = np.concatenate([moderate_inputs((64, 32), 6), extreme_inputs((64, 32), 7)])
    packed = avx2_mlp_model(model) if style == "avx2" else mlp_model(model)
    values = inputs.astype(np.int64)
    for weights, bias, kind in model:
        values = activated(dense(values, weights, bias), kind)
    assert np.array_equal(computed(style, "mlp", inputs, packed, 8), values)


def activated(values, kind):
    named = {1: "relu", 2: "sigmoid", 3: "tanh", 5: "leaky_relu"}.get(kind)
    if kind == 4:
        return np.array([softmax(row) for row in values.tolist()])
    return ACTIVATIONS[named](values) if named else values


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("nodes", [benchmark_tree(), complete_tree(5, 8, 8)], ids=["guide", "any"])
def test_trees(style: Style, nodes: NDArray[Any]) -> None:
    inputs = np.concatenate([moderate_inputs((96, 8), 9), extreme_inputs((32, 8), 10)])
    inputs[0, :] = nodes["threshold"][:8]
    listed = [Node(*map(int, node.tolist())) for node in nodes]
    wanted = np.array([tree(row, listed, 5) for row in inputs.tolist()])[:, 1]
    one = avx2_tree_model(nodes) if style == "avx2" else tree_model(nodes, 8, 5)
    assert np.array_equal(computed(style, "tree", inputs, one, 1)[:, 0], wanted)
    many = avx2_tree_model(nodes, 32) if style == "avx2" else tree_model(nodes, 8, 5, 32)
    batches = inputs.reshape(4, -1)
    assert np.array_equal(computed(style, "tree_rows", batches, many, 32).ravel(), wanted)


@pytest.mark.parametrize("dtype", [np.int16, np.int32])
def test_forests(dtype: type[np.signedinteger[Any]]) -> None:
    random = np.random.default_rng(11)
    features = random.integers(0, 16, (20, 63), np.int32)
    thresholds = random.integers(-30_000, 30_000, (20, 63)).astype(dtype)
    leaves = random.integers(-30_000, 30_000, (20, 64)).astype(dtype)
    inputs = random.integers(-30_000, 30_000, (64, 16)).astype(dtype)
    wanted = forest(inputs, features, thresholds, leaves)
    lanes = 32 // np.dtype(dtype).itemsize
    tiles = np.ascontiguousarray(inputs.reshape(-1, lanes, 16).swapaxes(1, 2)).reshape(1, -1)
    model = forest_model(features * np.int32(lanes), thresholds, leaves, 16, 64)
    kernel = f"forest_{np.dtype(dtype)}"
    assert np.array_equal(computed("avx2", kernel, tiles, model, 64)[0], wanted)
    plain = forest_model(features, thresholds.astype(np.int32), leaves.astype(np.int32), 16, 64)
    rows = inputs.astype(np.int32).reshape(1, -1)
    assert np.array_equal(computed("scalar", "forest", rows, plain, 64)[0], wanted)


def forest(inputs, features, thresholds, leaves):
    sums = np.zeros(len(inputs), np.int64)
    for row, values in enumerate(inputs):
        for each in range(len(features)):
            node = 0
            while node < 63:
                node = 2 * node + 1 + int(values[features[each, node]] > thresholds[each, node])
            sums[row] += leaves[each, node - 63]
    return sums


def test_parts_of_a_model_begin_at_cache_lines() -> None:
    words, starts = blob([7, 8], np.arange(3, dtype=np.int16), np.arange(20.0))
    assert words.ctypes.data % 64 == 0
    assert starts == [16, 32]
    assert words[:2].tolist() == [7, 8]
    assert words[16:].view(np.int16)[:3].tolist() == [0, 1, 2]
    assert words[32:72].view(np.float64).tolist() == list(range(20))
