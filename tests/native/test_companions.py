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
from slonana_analysis.kernels.tree import NODE
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
    forest_nodes_model,
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
@pytest.mark.parametrize("width", range(1, 18))
def test_softmax(style: Style, width: int) -> None:
    inputs = np.concatenate([5 * moderate_inputs((400, width), 2), extreme_inputs((100, width), 3)])
    inputs[0] = np.resize([0, -50_000, -50_001, -49_999, -1, -10_000], width)
    inputs[1] = np.resize([2**31 - 1, -1, 0], width)  # differences that just wrap, and just do not
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
@pytest.mark.parametrize(
    "shape",
    [(32, 32), (8, 32), (64, 64), (24, 48), (16, 16), (40, 64), (48, 16), (1, 32), (37, 48)],
)
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
        width = -(-shape[0] // 8) * 8  # whole vectors are written
        by_hand = computed("avx2", kernel, inputs, model, width)[:, : shape[0]]
        assert np.array_equal(by_hand, wanted)
        rectified = avx2_dense_model(weights, bias, rectified=True)
        by_hand = computed("avx2", kernel, inputs, rectified, width)[:, : shape[0]]
        assert np.array_equal(by_hand, np.maximum(wanted, 0))


@pytest.mark.parametrize("columns", [16, 32, 48, 64])
def test_dense_layers_on_either_side_of_every_bound(columns: int) -> None:
    """Where a part's sum just fits int32, and where it would not: the largest inputs, all alike."""
    random = np.random.default_rng(columns)
    for weights, bias in layers((40, columns), random):
        model = avx2_dense_model(weights, bias)
        bounds = {int(model[word]) for word in (5, 6, 7, 9)} - {0}
        assert bounds
        rows = [sign * (bound + past) for bound in bounds for past in (0, 1) for sign in (-1, 1)]
        inputs = np.repeat(np.array(rows, np.int32)[:, np.newaxis], columns, axis=1)
        wanted = dense(inputs, weights, bias)
        assert np.array_equal(computed("avx2", "dense", inputs, model, 40), wanted)


def layers(shape, random):
    """Return usual weights, the largest there are, and biases that make every sum overflow."""
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


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("hidden", range(7))
@pytest.mark.parametrize(
    "sizes", [(64, 64, 64, 16), (16, 20, 8, 24, 5), (48, 8, 40, 1), (32, 16, 64), (16, 12)]
)
def test_networks_of_any_size(style: Style, hidden: int, sizes: tuple[int, ...]) -> None:
    random = np.random.default_rng(hidden)
    shapes = list(zip(sizes[1:], sizes, strict=False))
    kinds = [hidden] * (len(shapes) - 1) + [0]
    model = [
        (
            random.integers(-(2**15), 2**15, shape).astype(np.int16),
            random.integers(-(2**31), 2**31, shape[0]).astype(np.int32)
            >> int(random.choice([1, 18])),
            kind,
        )
        for shape, kind in zip(shapes, kinds, strict=True)
    ]
    inputs = np.concatenate(
        [moderate_inputs((32, sizes[0]), 12), extreme_inputs((32, sizes[0]), 13)]
    )
    packed = avx2_mlp_model(model) if style == "avx2" else mlp_model(model)
    values = inputs.astype(np.int64)
    for weights, bias, kind in model:
        values = activated(dense(values, weights, bias), kind)
    written = min(sizes[-1], 16)
    ours = computed(style, "mlp", inputs, packed, 17)
    assert np.array_equal(ours[:, :written], values[:, :written])
    assert (ours[:, written:] == -77).all()


def activated(values, kind):
    named = {1: "relu", 2: "sigmoid", 3: "tanh", 5: "leaky_relu"}.get(kind)
    if kind == 4:
        return np.array([softmax(row) for row in values.tolist()], np.int64)
    return ACTIVATIONS[named](values) if named else values


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("nodes", [benchmark_tree(), complete_tree(5, 8, 8)], ids=["guide", "any"])
def test_trees(style: Style, nodes: NDArray[Any]) -> None:
    inputs = np.concatenate([moderate_inputs((96, 8), 9), extreme_inputs((32, 8), 10)])
    inputs[0], inputs[1] = nodes["threshold"][:8], nodes["threshold"][:8] + 1
    listed = [Node(*map(int, node.tolist())) for node in nodes]
    wanted = np.array([tree(row, listed, 5) for row in inputs.tolist()])[:, 1]
    one = avx2_tree_model(nodes) if style == "avx2" else tree_model(nodes, 8, 5)
    assert np.array_equal(computed(style, "tree", inputs, one, 1)[:, 0], wanted)
    many = avx2_tree_model(nodes, 32) if style == "avx2" else tree_model(nodes, 8, 5, 32)
    batches = inputs.reshape(4, -1)
    assert np.array_equal(computed(style, "tree_rows", batches, many, 32).ravel(), wanted)


def test_trees_that_are_not_written_by_hand() -> None:
    nodes = benchmark_tree()
    with pytest.raises(ValueError, match="perfect one of 31 nodes"):
        avx2_tree_model(nodes[:15])
    for field, value in (("feature", 8), ("feature", -1), ("left", 2), ("right", 1)):
        other = nodes.copy()
        other[field][0] = value
        with pytest.raises(ValueError, match="perfect one of 31 nodes"):
            avx2_tree_model(other)
    with pytest.raises(ValueError, match="tiles of 32, not 40"):
        avx2_tree_model(nodes, 40)


def test_layers_that_are_not_written_by_hand() -> None:
    weights, bias = np.zeros((65, 3), np.int16), np.zeros(65, np.int32)
    for shape in (weights, weights.T, weights[:0]):
        with pytest.raises(ValueError, match="1 to 64 rows and columns"):
            avx2_dense_model(shape, bias[: len(shape)])


def test_arrays_that_c_would_misread() -> None:
    weights, bias = np.zeros((4, 8), np.int16), np.zeros(4, np.int32)
    for pack in (
        dense_model,
        avx2_dense_model,
        lambda *layer: mlp_model([(*layer, 0)]),
        lambda *layer: avx2_mlp_model([(*layer, 0)]),
    ):
        with pytest.raises(ValueError, match="not int16 and int64"):
            pack(weights, bias.astype(np.int64))
        with pytest.raises(ValueError, match="not int32 and int32"):
            pack(weights.astype(np.int32), bias)
        with pytest.raises(ValueError, match="do not fit"):
            pack(weights, bias[:3])


@pytest.mark.parametrize("tiles", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dtype", [np.int16, np.int32])
def test_forests(dtype: type[np.signedinteger[Any]], tiles: int) -> None:
    random = np.random.default_rng(11)
    limits = np.iinfo(dtype)
    features = random.integers(0, 16, (20, 63), np.int32)
    thresholds = random.integers(limits.min, limits.max, (20, 63), dtype, endpoint=True)
    leaves = random.integers(limits.min >> 5, limits.max >> 5, (20, 64), dtype)
    lanes = 32 // np.dtype(dtype).itemsize
    count = tiles * lanes
    inputs = random.integers(limits.min, limits.max, (count, 16), dtype, endpoint=True)
    inputs[0], inputs[1] = limits.min, limits.max
    inputs[2:, features[0, 0]] = thresholds[0, 0]  # equal at a root, where every row passes
    wanted = forest(inputs, features, thresholds, leaves)
    in_tiles = np.ascontiguousarray(inputs.reshape(-1, lanes, 16).swapaxes(1, 2)).reshape(1, -1)
    model = forest_model(features * np.int32(lanes), thresholds, leaves, 16, count)
    kernel = f"forest_{np.dtype(dtype)}"
    assert np.array_equal(computed("avx2", kernel, in_tiles, model, count)[0], wanted)
    rows = inputs.astype(np.int32).reshape(1, -1)
    thresholds, leaves = thresholds.astype(np.int32), leaves.astype(np.int32)
    for style in ("scalar", "plain"):
        plain = forest_model(features, thresholds, leaves, 16, count)
        assert np.array_equal(computed(style, "forest", rows, plain, count)[0], wanted)
        nodes = forest_nodes_model(as_nodes(features, thresholds, leaves), 16, count)
        assert np.array_equal(computed(style, "forest_nodes", rows, nodes, count)[0], wanted)


def test_forests_of_another_depth_are_refused() -> None:
    shallow = np.zeros((1, 7), np.int32)
    model = forest_model(shallow, shallow, np.zeros((1, 8), np.int32), 16, 8)
    try:
        address = companion("avx2", "forest_int32").address
    except UnavailableError as error:
        pytest.skip(str(error))
    out = np.full((1, 8), -77, np.int32)
    assert call_rows(address, out, np.zeros((1, 128), np.int32), model) == 5
    assert (out == -77).all()


def as_nodes(features, thresholds, leaves):
    """Return the trees in the validator's layout."""
    trees = []
    for feature, threshold, leaf in zip(features, thresholds, leaves, strict=True):
        nodes = np.zeros(len(feature) + len(leaf), NODE)
        inner, last = nodes[: len(feature)], nodes[len(feature) :]
        inner["feature"], inner["threshold"] = feature, threshold
        inner["left"] = 2 * np.arange(len(inner)) + 1
        inner["right"] = inner["left"] + 1
        last["feature"], last["leaf_value"] = -1, leaf
        trees.append(nodes)
    return trees


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
