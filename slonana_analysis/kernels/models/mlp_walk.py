"""What a perceptron gives, computed plainly with numpy's int64: a measure for kernels."""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.kernels.error_codes import ErrorCode
from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import INT32_MAX, INT32_MIN, MAX_FEATURES, MAX_OUTPUTS
from slonana_analysis.kernels.models.model import Layer, Mlp

_RELU, _SIGMOID, _TANH, _SOFTMAX, _LEAKY_RELU = 1, 2, 3, 4, 5


def mlp_code(model: Mlp, input_length: int) -> ErrorCode:
    """Return the code of the validator's ``forward``; it depends on no value.

    Parameters
    ----------
    model : Mlp
        The perceptron.
    input_length : int
        How many values are put in.

    Returns
    -------
    ErrorCode
        The first check that fails, or success.
    """
    if not 1 <= input_length <= MAX_FEATURES:
        return ErrorCode.INVALID_INPUT_LENGTH
    if not model.layers:
        return ErrorCode.INVALID_MODEL
    sizes = [model.input_size] + [layer.output_size for layer in model.layers]
    wanted = [layer.input_size for layer in model.layers]
    fits = input_length == model.input_size and sizes[:-1] == wanted
    return ErrorCode.SUCCESS if fits else ErrorCode.DIMENSION_MISMATCH


def mlp_outputs(model: Mlp, inputs: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return all outputs of the last layer for every row.

    Parameters
    ----------
    model : Mlp
        The perceptron.
    inputs : ndarray of int32, shape (n_rows, n_inputs), fixed point at scale 10000
        One input a row.

    Returns
    -------
    ndarray of int32, shape (n_rows, n_outputs), fixed point at scale 10000
        The validator gives the first 16 of them.

    Raises
    ------
    ValueError
        If the validator would refuse such an input or model.
    """
    code = mlp_code(model, inputs.shape[1])
    if code != ErrorCode.SUCCESS:
        raise ValueError(f"the validator returns code {int(code)} ({code.name}) for such an input")
    values = inputs.astype(np.int64)
    for layer in model.layers:
        values = _activated(_dense(layer, values), layer.activation)
    return values.astype(np.int32)


def _dense(layer: Layer, values: NDArray[np.int64]) -> NDArray[np.int64]:
    total: NDArray[np.int64] = values @ layer.weights.T.astype(np.int64)
    biased: NDArray[np.int64] = (total >> 15) + layer.bias
    return biased.clip(INT32_MIN, INT32_MAX)


def _activated(values: NDArray[np.int64], activation: int) -> NDArray[np.int64]:
    if activation == _RELU:
        return np.maximum(values, 0)
    if activation == _LEAKY_RELU:
        return np.where(values > 0, values, values >> 7)
    if activation == _SIGMOID:
        return _sigmoid(values)
    if activation == _TANH:
        return 2 * _sigmoid(_wrapped(2 * values)) - SCALE
    return _softmax(values) if activation == _SOFTMAX else values


def _sigmoid(values: NDArray[np.int64]) -> NDArray[np.int64]:
    line = SCALE // 2 + _quotient(values, np.full(1, 6))
    return np.where(values < -3 * SCALE, 0, np.where(values > 3 * SCALE, SCALE, line))


def _softmax(values: NDArray[np.int64]) -> NDArray[np.int64]:
    if not 1 <= values.shape[1] <= MAX_OUTPUTS:
        return values
    x = _wrapped(values - values.max(axis=1, keepdims=True))
    power = SCALE + x + x * x // (2 * SCALE)
    power = np.where((x < -5 * SCALE) | (power <= 0), 1, _wrapped(power))
    total = power.sum(axis=1, keepdims=True)
    share = _wrapped(_quotient(power * SCALE, np.maximum(total, 1)))
    return np.where(total > 0, share, values)


def _wrapped(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return values.astype(np.int32).astype(np.int64)


def _quotient(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.int64]:
    # The validator divides as C does, towards zero; // rounds down. Denominators are positive.
    return np.sign(numerator) * (np.abs(numerator) // denominator)
