"""A multilayer perceptron: dense layers, each followed by an activation."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.activations import apply
from slonana_analysis.kernels.dense import dense_forward
from slonana_analysis.kernels.error_codes import ErrorCode
from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import MAX_FEATURES, MAX_NEURONS, MAX_OUTPUTS
from slonana_analysis.kernels.models.model import Mlp

SUCCESS = int(ErrorCode.SUCCESS)
INVALID_INPUT_LENGTH = int(ErrorCode.INVALID_INPUT_LENGTH)
DIMENSION_MISMATCH = int(ErrorCode.DIMENSION_MISMATCH)
INVALID_MODEL = int(ErrorCode.INVALID_MODEL)

# Columns of FlatMlp.layers.
_INPUTS, _OUTPUTS, _ACTIVATION, _WEIGHTS, _BIAS = range(5)


class FlatMlp(NamedTuple):
    """A model as compiled code takes it: all layers' numbers one after the other.

    Attributes
    ----------
    input_size : int
        What the model's header says.
    layers : ndarray of int64, shape (n_layers, 5)
        Inputs, outputs, activation, first weight, first bias.
    weights : ndarray of int16, shape (n_weights,), Q15
        Row-major, layer after layer.
    bias : ndarray of int32, shape (n_biases,), fixed point at scale 10000
        Layer after layer.
    """

    input_size: int
    layers: NDArray[np.int64]
    weights: NDArray[np.int16]
    bias: NDArray[np.int32]


def flatten(model: Mlp) -> FlatMlp:
    """Return a model as `forward` takes it.

    Parameters
    ----------
    model : Mlp
        Its layers need not fit each other; `forward` reports it.

    Returns
    -------
    FlatMlp
        Copies of the model's numbers.
    """
    layers = np.zeros((len(model.layers), 5), np.int64)
    weight = bias = 0
    for row, layer in zip(layers, model.layers, strict=True):
        row[:] = layer.input_size, layer.output_size, layer.activation, weight, bias
        weight += layer.weights.size
        bias += layer.bias.size
    weights = [np.zeros(0, np.int16), *(layer.weights.ravel() for layer in model.layers)]
    biases = [np.zeros(0, np.int32), *(layer.bias for layer in model.layers)]
    return FlatMlp(model.input_size, layers, np.concatenate(weights), np.concatenate(biases))


@njit(cache=True, error_model="numpy", nogil=True)
def forward(out: NDArray[np.int32], values: NDArray[np.int32], model: FlatMlp) -> tuple[int, int]:
    """Run a model on one row of inputs, with the validator's checks in the validator's order.

    Parameters
    ----------
    out : ndarray of int32, shape (>= min(length, 16),), fixed point at scale 10000
        Receives the last layer's first 16 outputs; untouched where the code is not 0.
    values : ndarray of int32, shape (n,), fixed point at scale 10000
        The inputs.
    model : FlatMlp
        From `flatten`.

    Returns
    -------
    code : int
        `ErrorCode`: 1 without inputs or with more than 64; 5 without layers; 3 where the number
        of inputs is not the header's, or a layer does not take what the one before it gives.
    length : int
        How wide the last layer is, up to 64, although no more than 16 outputs are written; 0
        where the code is not 0.
    """
    if values.size == 0 or values.size > MAX_FEATURES:
        return INVALID_INPUT_LENGTH, 0
    if model.layers.shape[0] == 0:
        return INVALID_MODEL, 0
    if values.size != model.input_size:
        return DIMENSION_MISMATCH, 0
    current, following = np.empty(MAX_NEURONS, np.int32), np.empty(MAX_NEURONS, np.int32)
    length = values.size
    current[:length] = values
    for layer in range(model.layers.shape[0]):
        if length != model.layers[layer, _INPUTS]:
            return DIMENSION_MISMATCH, 0
        length = _run_layer(following, current, model, layer)
        current, following = following, current
    used = min(length, MAX_OUTPUTS)
    out[:used] = current[:used]
    return SUCCESS, length


@njit(cache=True, error_model="numpy", nogil=True)
def _run_layer(
    out: NDArray[np.int32], values: NDArray[np.int32], model: FlatMlp, layer: int
) -> int:
    inputs, outputs = model.layers[layer, _INPUTS], model.layers[layer, _OUTPUTS]
    weight, bias = model.layers[layer, _WEIGHTS], model.layers[layer, _BIAS]
    matrix = model.weights[weight : weight + inputs * outputs].reshape((outputs, inputs))
    dense_forward(out, values, matrix, model.bias[bias : bias + outputs])
    apply(out[:outputs], model.layers[layer, _ACTIVATION], SCALE)
    return int(outputs)


@njit(cache=True, error_model="numpy", nogil=True)
def forward_rows(
    out: NDArray[np.int32], inputs: NDArray[np.int32], model: FlatMlp
) -> tuple[int, int]:
    """Run `forward` over every row of ``inputs``.

    Parameters
    ----------
    out : ndarray of int32, shape (n_inputs, >= min(length, 16)), fixed point at scale 10000
        One row of outputs for each row of inputs.
    inputs : ndarray of int32, shape (n_inputs, n), fixed point at scale 10000
        One row for each run.
    model : FlatMlp
        From `flatten`.

    Returns
    -------
    code : int
        As for `forward`; it is the same for all rows, and 0 when there are none.
    length : int
        As for `forward`.
    """
    code, length = SUCCESS, 0
    for k in range(inputs.shape[0]):
        code, length = forward(out[k], inputs[k], model)
        if code != SUCCESS:
            break
    return code, length
