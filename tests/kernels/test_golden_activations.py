"""What the validator's activations gave, from every path."""

from functools import partial

import numpy as np
import pytest

from slonana_analysis.kernels import activations
from slonana_analysis.kernels import softmax as portable_softmax
from slonana_analysis.kernels.vector import activations as vector
from slonana_analysis.kernels.vector import softmax as vector_softmax
from tests.kernels import oracle
from tests.kernels.conftest import Golden


def computed(kernel, values):
    out = np.full_like(values, -77)
    kernel(out, values)
    return out


def by_oracle(rule):
    def kernel(out, values):
        out[:] = rule(values)

    return kernel


ELEMENTWISE = {
    "elem_relu": (activations.relu, vector.relu, by_oracle(oracle.relu)),
    "elem_leaky_relu": (
        activations.leaky_relu,
        vector.leaky_relu,
        by_oracle(oracle.leaky_relu),
    ),
    "elem_sigmoid": (activations.sigmoid, vector.sigmoid, by_oracle(oracle.sigmoid)),
    "elem_tanh": (activations.tanh, vector.tanh, by_oracle(oracle.tanh)),
    **{
        f"elem_{kernel.__name__}_scale{scale}": (
            partial(kernel, scale=scale),
            by_oracle(partial(getattr(oracle, kernel.__name__), scale=scale)),
        )
        for kernel in (activations.sigmoid, activations.tanh)
        for scale in (100, 1_000_000)
    },
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise(golden: Golden, name: str) -> None:
    for kernel in ELEMENTWISE[name]:
        assert np.array_equal(computed(kernel, golden["elem_x"]), golden[name]), kernel


@pytest.mark.parametrize(
    ("kind", "name"),
    list(enumerate(["none", "relu", "sigmoid", "tanh", "", "leaky_relu", "unknown6"])),
)
def test_in_place_by_code(golden: Golden, kind: int, name: str) -> None:
    values = golden["elem_x"].copy()
    activations.apply(values, kind)
    if name:
        assert np.array_equal(values, golden[f"elem_{name}"])


SOFTMAX = [
    portable_softmax.softmax,
    vector_softmax.softmax,
    by_oracle(lambda values: oracle.softmax(values[np.newaxis])[0]),
]


@pytest.mark.parametrize("kernel", SOFTMAX, ids=["portable", "vector", "oracle"])
def test_softmax(golden: Golden, kernel) -> None:
    cases = zip(golden["softmax_x"], golden["softmax_len"], golden["softmax_y"], strict=True)
    for values, length, wanted in cases:
        assert computed(kernel, values[:length]).tolist() == wanted[:length].tolist()
        assert values[length:].tolist() == wanted[length:].tolist()


@pytest.mark.parametrize("kernel", SOFTMAX, ids=["portable", "vector", "oracle"])
def test_softmax_where_differences_wrap(golden: Golden, kernel) -> None:
    for values, wanted in zip(golden["softmax_ovf_x"], golden["softmax_ovf_y"], strict=True):
        assert computed(kernel, values).tolist() == wanted.tolist()
