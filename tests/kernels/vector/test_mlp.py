import dataclasses
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from slonana_analysis.kernels.mlp import flatten, forward
from slonana_analysis.kernels.models.model import Mlp
from slonana_analysis.kernels.vector.mlp import mlp_packed, mlp_packed_rows, pack_mlp
from tests.kernels.perceptrons import loadable, perceptron


def assert_same(model: Mlp, values) -> None:
    wanted, out = np.full(64, -77, np.int32), np.full(64, -77, np.int32)
    assert mlp_packed(out, values, pack_mlp(model)) == forward(wanted, values, flatten(model))
    assert np.array_equal(out, wanted)


def test_agrees_with_the_validator() -> None:
    checked = 0
    for model, values, code, wanted, length in loadable():
        try:
            blob = pack_mlp(model)
        except FormatError:
            assert code != 0
            continue
        out = np.full(20, -77, np.int32)
        assert mlp_packed(out, values, blob) == (code, length if code == 0 else 0)
        written = min(length, 16) if code == 0 else 0
        assert np.array_equal(out[:written], wanted[:written])
        assert (out[written:] == -77).all()
        checked += 1
    assert checked > 50


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([1, 3, 8, 15, 16, 17, 31, 32, 33, 48, 64]), min_size=2, max_size=9),
    st.lists(st.sampled_from([0, 1, 1, 2, 3, 4, 5, 9]), min_size=8, max_size=8),
    st.integers(1, 31),
    st.integers(0, 2**32 - 1),
)
def test_agrees_with_the_portable_kernel(sizes, activations, bits, seed) -> None:
    model = perceptron(sizes, activations, seed)
    random = np.random.default_rng(seed)
    assert_same(model, random.integers(-(2**bits), 2**bits, sizes[0]).astype(np.int32))


@pytest.mark.parametrize(("first", "second"), list(product(range(6), repeat=2)))
def test_every_pair_of_activations(first: int, second: int) -> None:
    for hidden in (8, 16, 32):
        model = perceptron((32, hidden, 8), (first, second), hidden)
        for largest in (100, 20_000, INT32_MAX):
            random = np.random.default_rng(largest)
            assert_same(model, random.integers(-largest, largest, 32).astype(np.int32))


@pytest.mark.parametrize("value", [INT32_MIN, INT32_MAX])
def test_saturated_layers(value: int) -> None:
    model = perceptron((64, 64, 64, 64), (0, 1, 0), 3)
    layers = tuple(
        dataclasses.replace(
            layer, weights=np.full_like(layer.weights, -32768), bias=np.full_like(layer.bias, value)
        )
        for layer in model.layers
    )
    assert_same(dataclasses.replace(model, layers=layers), np.full(64, value, np.int32))


@pytest.mark.parametrize(("length", "code"), [(0, 1), (65, 1), (3, 3), (5, 3)])
def test_wrong_numbers_of_inputs(length: int, code: int) -> None:
    out = np.full(16, -77, np.int32)
    blob = pack_mlp(perceptron((4, 3, 2), (1, 0), 1))
    assert mlp_packed(out, np.zeros(length, np.int32), blob) == (code, 0)
    assert (out == -77).all()


def test_rows_are_independent_runs() -> None:
    blob = pack_mlp(perceptron((5, 7, 3), (1, 4), 3))
    inputs = np.random.default_rng(4).integers(-10_000, 10_000, (6, 5)).astype(np.int32)
    out = np.zeros((6, 3), np.int32)
    assert mlp_packed_rows(out, inputs, blob) == (0, 3)
    wanted = np.zeros(3, np.int32)
    for row, values in zip(out, inputs, strict=True):
        mlp_packed(wanted, values, blob)
        assert np.array_equal(row, wanted)


def test_models_that_cannot_run_are_not_packed() -> None:
    good = perceptron((4, 3, 2), (1, 0), 1)
    first, second = good.layers
    for layers in ((), (second, first), (first, first), (first,) + (second,) * 8):
        with pytest.raises(FormatError):
            pack_mlp(dataclasses.replace(good, layers=layers))
    for size in (0, 65):
        with pytest.raises(FormatError):
            pack_mlp(dataclasses.replace(good, input_size=size))
