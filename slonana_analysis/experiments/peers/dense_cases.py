"""A dense layer of 32 by 32 and a small network, in numpy, OpenBLAS and ONNX Runtime.

The validator's layer is int32 inputs times int16 weights with 64-bit sums, shifted and saturated.
numpy can do that in integers, or in float64, whose 53 bits hold every such sum exactly; both are
equal work. float32 and 8-bit products are less work with another result, and are cases apart.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.peers.availability import those_available
from slonana_analysis.experiments.peers.onnx_models import (
    INPUT,
    OUTPUT,
    FloatLayer,
    float32_layers,
    int8_layers,
    session,
)
from slonana_analysis.experiments.peers.our_layers import our_variants
from slonana_analysis.experiments.peers.work import (
    EQUAL,
    FLOAT32,
    INT8,
    from_python,
    peer_case,
)
from slonana_analysis.kernels.activations import Activation
from slonana_analysis.kernels.inputs import dense_layer, moderate_inputs
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN
from slonana_analysis.kernels.models.model import Layer, Mlp
from slonana_analysis.measure.subject import Case, Variant

NUMPY_INT64 = "numpy, int64 matmul"
NUMPY_FLOAT64 = "numpy, float64 dgemm, exact"
OPENBLAS = "OpenBLAS sgemm through numpy (float32)"
ORT_FLOAT32 = "ONNX Runtime MatMul (float32)"
ORT_INT8 = "ONNX Runtime MatMulInteger (uint8 x int8)"

DENSE = "dense 32x32"
MLP = "MLP 32-32-32-8"
_SIZES = {DENSE: (32, 32), MLP: (32, 32, 32, 8)}
_ROWS = 4096
_Q15 = 2.0**15


@dataclass(frozen=True)
class Network:
    """Layers with rows for them.

    Attributes
    ----------
    mlp : Mlp
        ReLU after every layer but the last: what every peer has.
    batches : ndarray of int32, shape (n_batches, batch, 32), fixed point
        Between -1.0 and 1.0; the number of batches is a power of two.
    """

    mlp: Mlp
    batches: NDArray[np.int32]


def dense_cases(kernel: str, batch: int) -> Iterator[Case]:
    """Yield the cases of a network at one batch size: equal work, float32, int8.

    Parameters
    ----------
    kernel : {"dense 32x32", "MLP 32-32-32-8"}
        Which network.
    batch : int
        Rows of a repetition; a power of two up to 4096.

    Yields
    ------
    Case
        Ours is the baseline of each. A case without a peer is left out.
    """
    network = network_of(kernel, batch)
    makers: dict[str, tuple[Callable[[Network], Variant], ...]] = {
        EQUAL: (_numpy_int64, _numpy_float64),
        FLOAT32: (_openblas, _onnx_float32),
        INT8: (_onnx_int8,),
    }
    for work, of_kind in makers.items():
        peers = those_available(partial(make, network) for make in of_kind)
        if peers:
            ours = our_variants(network.mlp, network.batches)
            yield peer_case(kernel, batch, work, (*ours, *peers))


def network_of(kernel: str, batch: int) -> Network:
    """Return a seeded network with weights as the validator's benchmark draws them."""
    sizes = _SIZES[kernel]
    last = len(sizes) - 2
    layers = tuple(
        Layer(
            *dense_layer(outputs, inputs, seed=number),
            activation=int(Activation.NONE if number == last else Activation.RELU),
        )
        for number, (inputs, outputs) in enumerate(pairwise(sizes))
    )
    rows = moderate_inputs((_ROWS, sizes[0]), seed=9)
    return Network(Mlp(layers, sizes[0], sizes[-1]), rows.reshape(-1, batch, sizes[0]))


def _numpy_int64(network: Network) -> Variant:
    layers = [
        (layer.weights.T.astype(np.int64), layer.bias.astype(np.int64), _rectifies(layer))
        for layer in network.mlp.layers
    ]

    def predict(rows: NDArray[np.int32]) -> NDArray[np.int32]:
        values: NDArray[Any] = rows.astype(np.int64)
        for weights, bias, rectify in layers:
            sums = (values @ weights >> 15) + bias
            values = sums.clip(0 if rectify else INT32_MIN, INT32_MAX)
        return values.astype(np.int32)

    return from_python(NUMPY_INT64, predict, network.batches)


def _numpy_float64(network: Network) -> Variant:
    # |sum| <= 32 * 2**31 * 2**15 = 2**51, so that no float64 on the way is ever rounded.
    layers = [
        (layer.weights.T / _Q15, layer.bias.astype(np.float64), _rectifies(layer))
        for layer in network.mlp.layers
    ]

    def predict(rows: NDArray[np.int32]) -> NDArray[np.int32]:
        values: NDArray[Any] = rows.astype(np.float64)
        for weights, bias, rectify in layers:
            sums = np.floor(values @ weights) + bias
            values = sums.clip(0 if rectify else INT32_MIN, INT32_MAX)
        return values.astype(np.int32)

    return from_python(NUMPY_FLOAT64, predict, network.batches)


def _openblas(network: Network) -> Variant:
    layers = _float_layers(network.mlp)

    def predict(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        values = rows
        for weights, bias, rectify in layers:
            values = values @ weights
            values += bias
            if rectify:
                np.maximum(values, 0, out=values)
        return values

    return from_python(OPENBLAS, predict, network.batches.astype(np.float32))


def _onnx_float32(network: Network) -> Variant:
    return _onnx(ORT_FLOAT32, float32_layers(_float_layers(network.mlp)), network)


def _onnx_int8(network: Network) -> Variant:
    return _onnx(ORT_INT8, int8_layers(_float_layers(network.mlp)), network)


def _onnx(name: str, model: bytes, network: Network) -> Variant:
    run = session(model).run

    def predict(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        result: NDArray[np.float32] = run([OUTPUT], {INPUT: rows})[0]
        return result

    return from_python(name, predict, network.batches.astype(np.float32))


def _float_layers(mlp: Mlp) -> list[FloatLayer]:
    return [
        (
            np.ascontiguousarray(layer.weights.T / _Q15, np.float32),
            layer.bias.astype(np.float32),
            _rectifies(layer),
        )
        for layer in mlp.layers
    ]


def _rectifies(layer: Layer) -> bool:
    return layer.activation == Activation.RELU
