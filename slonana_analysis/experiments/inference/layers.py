"""The contests of dense layers and of a small network."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.inference.contest import Contest, Opponent, plainly
from slonana_analysis.experiments.inference.opponents import numpy_variant
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.kernels.activations import Activation
from slonana_analysis.kernels.entries.dense import dense_entry
from slonana_analysis.kernels.entries.mlp import mlp_entry
from slonana_analysis.kernels.inputs import dense_layer, moderate_inputs
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from slonana_analysis.kernels.models.model import Layer, Mlp
from slonana_analysis.kernels.vector.dense import dense_packed, dense_packed_rows
from slonana_analysis.kernels.vector.dense_packing import pack_layer
from slonana_analysis.kernels.vector.mlp import mlp_packed, mlp_packed_rows, pack_mlp
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.native.avx2_models import avx2_dense_model, avx2_mlp_model
from slonana_analysis.native.companions import dense_model, mlp_model
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

_INPUTS = 64
# Rows and columns, and the largest input: the benchmark's, or whatever an int32 holds.
_LAYERS: Mapping[str, tuple[int, int]] = {
    "dense 32x32": (32, 10_000),
    "dense 64x64": (64, 10_000),
    "dense 32x32, any int32": (32, INT32_MAX),
}
LAYERS = tuple(_LAYERS)
"""Names of the contests of single layers."""


def dense_contest(name: str, machine: Machine) -> Contest:
    """Return a dense layer with the weights of the validator's benchmark.

    Parameters
    ----------
    name : str
        Among ``LAYERS``.
    machine : Machine
        With its roofs.
    """
    size, largest = _LAYERS[name]
    random = np.random.default_rng(2)
    drawn = random.integers(-largest, largest, (_INPUTS, size), dtype=np.int32, endpoint=True)
    inputs = aligned_copy(drawn)
    weights, bias = (aligned_copy(array) for array in dense_layer(size, size, seed=3))
    packed = pack_layer(weights, bias)
    wide = weights.astype(np.int64)
    out = aligned_empty(size, np.int32)

    def result() -> NDArray[np.int32]:
        results = np.empty_like(inputs)
        dense_packed_rows(results, inputs, packed)
        return results

    return Contest(
        kernel=name,
        inputs=inputs,
        width=size,
        opponents=plainly("dense", dense_model(weights, bias))
        | {"avx2": Opponent("dense", avx2_dense_model(weights, bias))},
        entry=dense_entry,
        model=packed,
        alone=lambda: bind(
            timed_loop(dense_packed, ("out", "rotate", "shared")), out, inputs, packed
        ),
        result=result,
        # The densest multiplication there is: pairs of 16-bit products. Nothing that is exact can
        # do with less than one for each weight.
        fastest=machine.nanoseconds(weights.size, "multiply-add int16"),
        operations=2 * weights.size,
        others=(numpy_variant(lambda row: _numpy_dense(row, wide, bias), inputs),),
    )


def _numpy_dense(
    row: NDArray[np.int32], weights: NDArray[np.int64], bias: NDArray[np.int32]
) -> NDArray[np.int32]:
    sums: NDArray[np.int64] = (weights @ row >> 15) + bias
    return np.clip(sums, INT32_MIN, INT32_MAX).astype(np.int32)


def network_contest(machine: Machine) -> Contest:
    """Return a network of 32 inputs, two hidden layers of 32 with ReLU, and 8 softmax outputs."""
    inputs = aligned_copy(moderate_inputs((_INPUTS, 32), seed=4))
    model = network()
    packed = pack_mlp(model)
    layers = [(each.weights, each.bias, int(each.activation)) for each in model.layers]
    weights = sum(each.weights.size for each in model.layers)
    out = aligned_empty(8, np.int32)

    def result() -> NDArray[np.int32]:
        results = np.empty((_INPUTS, 8), np.int32)
        mlp_packed_rows(results, inputs, packed)
        return results

    return Contest(
        kernel="mlp 32-32-32-8",
        inputs=inputs,
        width=8,
        opponents=plainly("mlp", mlp_model(layers))
        | {"avx2": Opponent("mlp", avx2_mlp_model(layers))},
        entry=mlp_entry,
        model=packed,
        alone=lambda: bind(
            timed_loop(mlp_packed, ("out", "rotate", "shared")), out, inputs, packed
        ),
        result=result,
        fastest=machine.nanoseconds(weights, "multiply-add int16"),
        operations=2 * weights,
    )


def network() -> Mlp:
    """Return the network that is measured, with the weights of the validator's benchmark."""
    sizes = ((32, 32, Activation.RELU), (32, 32, Activation.RELU), (8, 32, Activation.SOFTMAX))
    layers = [
        Layer(*dense_layer(rows, columns, seed), activation=int(activation))
        for seed, (rows, columns, activation) in enumerate(sizes, start=5)
    ]
    return Mlp(tuple(layers), input_size=32, output_size=8)
