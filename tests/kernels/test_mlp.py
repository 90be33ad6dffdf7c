import numpy as np
import pytest

from slonana_analysis.kernels.mlp import flatten, forward, forward_rows
from slonana_analysis.kernels.models.model import Layer, Mlp
from tests.kernels.perceptrons import loadable, perceptron


def test_agrees_with_the_validator() -> None:
    checked = 0
    for model, values, code, wanted, length in loadable():
        out = np.full(20, -77, np.int32)
        assert forward(out, values, flatten(model)) == (code, length if code == 0 else 0)
        written = min(length, 16) if code == 0 else 0
        assert np.array_equal(out[:written], wanted[:written])
        assert (out[written:] == -77).all()
        checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    ("sizes", "length", "code"),
    [
        ((4, 3, 2), 0, 1),
        ((4, 3, 2), 65, 1),
        ((4, 3, 2), 5, 3),
        ((4, 3, 2), 3, 3),
        ((4, 3, 2), 4, 0),
        ((4,), 4, 5),
        ((4,), 3, 5),
        ((4,), 0, 1),
    ],
)
def test_the_first_failing_check_decides(sizes, length: int, code: int) -> None:
    out = np.full(16, -77, np.int32)
    model = flatten(perceptron(sizes, [0] * len(sizes), 1))
    given = forward(out, np.zeros(length, np.int32), model)
    assert given == (code, 2 if code == 0 else 0)
    assert code == 0 or (out == -77).all()


def test_sizes_are_checked_when_a_layer_is_reached() -> None:
    first, second = (perceptron((4, width), [0], 1).layers[0] for width in (3, 5))
    for layers in ((first, second), (first, first)):
        out = np.full(16, -77, np.int32)
        model = flatten(Mlp(layers, 4, 3))
        assert forward(out, np.ones(4, np.int32), model) == (3, 0)
        assert (out == -77).all()


def test_only_sixteen_outputs_are_written() -> None:
    model = perceptron((3, 40), [0], 2)
    out = np.full(40, -77, np.int32)
    values = np.array([1000, -2000, 30_000], np.int32)
    assert forward(out, values, flatten(model)) == (0, 40)
    layer = model.layers[0]
    wanted = (layer.weights[:16].astype(np.int64) @ values >> 15) + layer.bias[:16]
    assert np.array_equal(out[:16], wanted)
    assert (out[16:] == -77).all()


def test_unknown_activations_do_nothing() -> None:
    known, unknown = (
        Mlp((Layer(np.full((2, 1), -32768, np.int16), np.zeros(2, np.int32), code),), 1, 2)
        for code in (0, 77)
    )
    for model in (known, unknown):
        out = np.zeros(2, np.int32)
        forward(out, np.array([500], np.int32), flatten(model))
        assert out.tolist() == [-500, -500]


def test_rows_are_independent_runs() -> None:
    model = flatten(perceptron((5, 7, 3), [1, 4], 3))
    inputs = np.random.default_rng(4).integers(-10_000, 10_000, (6, 5)).astype(np.int32)
    out = np.zeros((6, 3), np.int32)
    assert forward_rows(out, inputs, model) == (0, 3)
    wanted = np.zeros(3, np.int32)
    for row, values in zip(out, inputs, strict=True):
        forward(wanted, values, model)
        assert np.array_equal(row, wanted)


def test_the_first_refused_row_ends_a_batch() -> None:
    out = np.full((2, 2), -77, np.int32)
    model = flatten(perceptron((4, 2), [0], 1))
    assert forward_rows(out, np.zeros((2, 5), np.int32), model) == (3, 0)
    assert (out == -77).all()
