"""The cases of ReLU and the dense layer."""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.inference.opponents import (
    NUMBA_NAME,
    c_variant,
    numpy_variant,
)
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.kernels.activations import relu
from slonana_analysis.kernels.dense import dense_forward, dense_rows
from slonana_analysis.kernels.inputs import dense_layer, moderate_inputs
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.native import rows
from slonana_analysis.native.timed import TimedKernel, time_dense, time_relu
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

WIDTH = 64
NEURONS = 32
_INPUTS = 64


def relu_case(machine: Machine) -> Case:
    """Return ReLU over 64 values, out of place.

    In place, the first call leaves nothing for the others to do: the validator's benchmark
    rectifies one buffer 100,000 times.
    """
    inputs = aligned_copy(moderate_inputs((_INPUTS, WIDTH), seed=1))
    out = aligned_empty(WIDTH, np.int32)
    fastest = machine.nanoseconds(inputs[0].nbytes, "read L1")
    numba = Variant(
        NUMBA_NAME,
        bind(timed_loop(relu, ("out", "rotate")), out, inputs),
        lambda: _relu_rows(inputs),
        fastest,
        operations=WIDTH,
    )
    c = c_variant(
        TimedKernel(time_relu, out, inputs),
        inputs,
        lambda: rows.relu_rows(inputs),
        fastest,
        operations=WIDTH,
    )
    numpy = numpy_variant(lambda row: np.maximum(row, 0), inputs)
    parameters = {"kernel": "relu 64"}
    return Case("ml_inference", parameters, (*c, numba, numpy))


def _relu_rows(inputs: NDArray[np.int32]) -> NDArray[np.int32]:
    out = np.empty_like(inputs)
    relu(out.reshape(-1), inputs.reshape(-1))
    return out


def dense_case(machine: Machine) -> Case:
    """Return a dense layer of 32 by 32 with the weights of the validator's benchmark."""
    inputs = aligned_copy(moderate_inputs((_INPUTS, NEURONS), seed=2))
    weights, bias = (aligned_copy(array) for array in dense_layer(NEURONS, NEURONS, seed=3))
    out = aligned_empty(NEURONS, np.int32)
    # The densest multiplication there is: pairs of 16-bit products. What needs 64-bit sums stays
    # below it; what splits its inputs into halves can come near.
    fastest = machine.nanoseconds(weights.size, "multiply-add int16")
    numba = Variant(
        NUMBA_NAME,
        bind(
            timed_loop(dense_forward, ("out", "rotate", "shared", "shared")),
            *(out, inputs, weights, bias),
        ),
        lambda: _dense_rows(inputs, weights, bias),
        fastest,
        operations=2 * weights.size,
    )
    c = c_variant(
        TimedKernel(time_dense, out, inputs, weights, bias),
        inputs,
        lambda: rows.dense_rows(inputs, weights, bias),
        fastest,
        operations=2 * weights.size,
    )
    wide = weights.astype(np.int64)
    numpy = numpy_variant(lambda row: _numpy_dense(row, wide, bias), inputs)
    parameters = {"kernel": "dense 32x32"}
    return Case("ml_inference", parameters, (*c, numba, numpy))


def _dense_rows(
    inputs: NDArray[np.int32], weights: NDArray[np.int16], bias: NDArray[np.int32]
) -> NDArray[np.int32]:
    out = np.empty((len(inputs), len(bias)), np.int32)
    dense_rows(out, inputs, weights, bias)
    return out


def _numpy_dense(
    row: NDArray[np.int32], weights: NDArray[np.int64], bias: NDArray[np.int32]
) -> NDArray[np.int32]:
    sums: NDArray[np.int64] = (weights @ row >> 15) + bias
    return np.clip(sums, INT32_MIN, INT32_MAX).astype(np.int32)
