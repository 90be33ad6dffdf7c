"""What follows a layer: six activations, and the choice of the largest output."""

from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import SCALE
from slonana_analysis.kernels.limits import MAX_OUTPUTS
from slonana_analysis.kernels.softmax import softmax


class Activation(IntEnum):
    """Codes of the activations in model files and calls; the values are the validator's."""

    NONE = 0
    RELU = 1
    SIGMOID = 2
    TANH = 3
    SOFTMAX = 4
    LEAKY_RELU = 5


# Compiled code takes plain integers as constants, and not members of an enumeration.
_RELU = int(Activation.RELU)
_SIGMOID = int(Activation.SIGMOID)
_TANH = int(Activation.TANH)
_SOFTMAX = int(Activation.SOFTMAX)
_LEAKY_RELU = int(Activation.LEAKY_RELU)

_LEAK_BITS = 7
_SLOPE = 6
_SATURATION = 3


@njit(cache=True, error_model="numpy", inline="always", nogil=True)
def relu(out: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Write ``max(value, 0)`` of every value.

    Parameters
    ----------
    out : ndarray of int32, shape (n,), fixed point
        Receives the result; shares no memory with ``values`` (see `relu_in_place`).
    values : ndarray of int32, shape (n,), fixed point
        Any length; a longer ``out`` keeps its tail.
    """
    for i in range(values.size):
        out[i] = max(values[i], np.int32(0))


@njit(cache=True, error_model="numpy", inline="always", nogil=True)
def relu_in_place(values: NDArray[np.int32]) -> None:
    """Replace every negative value by zero, as the validator does.

    A function of its own, because compiled code checks whether input and output overlap and
    leaves the vectorised loop when they do.

    Parameters
    ----------
    values : ndarray of int32, shape (n,), fixed point
        Any length; overwritten.
    """
    for i in range(values.size):
        values[i] = max(values[i], np.int32(0))


@njit(cache=True, error_model="numpy", inline="always", nogil=True)
def leaky_relu(out: NDArray[np.int32], values: NDArray[np.int32]) -> None:
    """Write every value, the negative ones divided by 128 and rounded down.

    The validator's documents say 0.01; its code shifts by seven bits.

    Parameters
    ----------
    out, values : ndarray of int32, shape (n,), fixed point
        As for `relu`.
    """
    for i in range(values.size):
        value = values[i]
        out[i] = value if value > 0 else value >> np.int32(_LEAK_BITS)


@njit(cache=True, error_model="numpy", nogil=True)
def sigmoid_of(value: np.int64, scale: np.int64) -> np.int64:
    """Return the validator's sigmoid of one value: a straight line between two levels.

    Parameters
    ----------
    value : int64
        In the range of int32, scaled by ``scale``.
    scale : int64
        Positive.

    Returns
    -------
    int64
        0 below -3, ``scale`` above 3, and ``scale / 2 + value / 6`` between, both truncated.
    """
    limit = _SATURATION * scale
    if value < -limit:
        return np.int64(0)
    if value > limit:
        return scale
    # C divides towards zero; // rounds down.
    sixth = value // _SLOPE if value >= 0 else -(-value // _SLOPE)
    return scale // 2 + sixth


@njit(cache=True, error_model="numpy", nogil=True)
def sigmoid(out: NDArray[np.int32], values: NDArray[np.int32], scale: int = SCALE) -> None:
    """Write the validator's piecewise linear sigmoid of every value.

    Parameters
    ----------
    out, values : ndarray of int32, shape (n,), scaled by ``scale``
        As for `relu`; they may be the same array.
    scale : int32
        Positive; the validator's default is 10000.
    """
    for i in range(values.size):
        out[i] = sigmoid_of(np.int64(values[i]), np.int64(scale))


@njit(cache=True, error_model="numpy", nogil=True)
def tanh(out: NDArray[np.int32], values: NDArray[np.int32], scale: int = SCALE) -> None:
    """Write ``2 sigmoid(2 x) - 1`` of every value, with the validator's overflow.

    Twice a value wraps in int32, so from 2^30 on the sign of the result is that of the remainder.

    Parameters
    ----------
    out, values : ndarray of int32, shape (n,), scaled by ``scale``
        As for `sigmoid`.
    scale : int32
        Positive; the validator's default is 10000.
    """
    for i in range(values.size):
        doubled = np.int32(np.int64(values[i]) << 1)
        out[i] = 2 * sigmoid_of(np.int64(doubled), np.int64(scale)) - scale


@njit(cache=True, error_model="numpy", nogil=True)
def apply(values: NDArray[np.int32], kind: int, scale: int = SCALE) -> None:
    """Apply an activation in place, as a layer of the validator does.

    Parameters
    ----------
    values : ndarray of int32, shape (n,), scaled by ``scale``
        Any length; overwritten.
    kind : int
        `Activation`. Any other code leaves the values as they are: only the call that programs
        make checks it.
    scale : int32
        Positive; the validator's default is 10000.
    """
    if kind == _RELU:
        relu_in_place(values)
    elif kind == _SIGMOID:
        sigmoid(values, values, scale)
    elif kind == _TANH:
        tanh(values, values, scale)
    elif kind == _SOFTMAX:
        softmax(values, values, scale)
    elif kind == _LEAKY_RELU:
        leaky_relu(values, values)


@njit(cache=True, error_model="numpy", nogil=True)
def argmax(values: NDArray[np.int32]) -> int:
    """Return where the first maximum stands among the first 16 values.

    Parameters
    ----------
    values : ndarray of int32, shape (n,), fixed point
        Values past the 16th, the validator's widest output, are not looked at.

    Returns
    -------
    int
        Index of the first maximum; 0 when there is no value.
    """
    best = 0
    for i in range(1, min(values.size, MAX_OUTPUTS)):
        if values[i] > values[best]:
            best = i
    return best


@njit(cache=True, error_model="numpy", nogil=True)
def largest(values: NDArray[np.int32]) -> np.int32:
    """Return the maximum of the first 16 values.

    Parameters
    ----------
    values : ndarray of int32, shape (n,), fixed point
        As for `argmax`.

    Returns
    -------
    int32
        0 when there is no value.
    """
    return values[argmax(values)] if values.size > 0 else np.int32(0)
