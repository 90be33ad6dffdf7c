"""A multilayer perceptron in vector instructions; hidden layers never leave the stack.

A packed model is one array of int32 that begins at a cache line: 16 words of header (number of
layers, inputs, last width), then for each layer 16 words (activation, words to the next layer) and
the packed layer. A rectifier is part of its layer's last step.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.activations import Activation
from slonana_analysis.kernels.limits import MAX_FEATURES, MAX_OUTPUTS
from slonana_analysis.kernels.mlp import DIMENSION_MISMATCH, INVALID_INPUT_LENGTH, SUCCESS
from slonana_analysis.kernels.models.model import MAX_LAYERS, Layer, Mlp
from slonana_analysis.kernels.vector.activations import (
    leaky_relu_of,
    sigmoid_values,
    tanh_values,
)
from slonana_analysis.kernels.vector.dense_chain import dense_chained, narrow_for
from slonana_analysis.kernels.vector.dense_packing import ROWS, pack_layer
from slonana_analysis.kernels.vector.softmax import softmax_values
from slonana_analysis.simd.aligned import aligned_copy
from slonana_analysis.simd.memory import (
    as_int32,
    load_int32x8,
    read,
    scratch_int16,
    scratch_int32,
    store,
)
from slonana_analysis.simd.vectors import Memory

_LAYERS, _INPUTS, _LENGTH = range(3)
_ACTIVATION, _WORDS = range(2)
_HEADER = 16
_LINE = 16

_RELU = int(Activation.RELU)
_SIGMOID = int(Activation.SIGMOID)
_TANH = int(Activation.TANH)
_SOFTMAX = int(Activation.SOFTMAX)
_LEAKY_RELU = int(Activation.LEAKY_RELU)


def pack_mlp(model: Mlp) -> NDArray[np.int32]:
    """Return a model as `mlp_packed` takes it, its sizes checked once and for all.

    Parameters
    ----------
    model : Mlp
        1 to 8 layers, each of which takes what the one before it gives.

    Returns
    -------
    ndarray of int32, shape (n_words,)
        The layout is this module's; it begins at a cache line.

    Raises
    ------
    FormatError
        If the validator would refuse to run the model. `slonana_analysis.kernels.mlp.forward`
        gives the validator's code for it.
    """
    if not 1 <= len(model.layers) <= MAX_LAYERS or not 1 <= model.input_size <= MAX_FEATURES:
        raise FormatError(
            f"a model of {len(model.layers)} layers and {model.input_size} inputs cannot be "
            f"packed: the validator runs 1 to {MAX_LAYERS} layers and 1 to {MAX_FEATURES} inputs"
        )
    size = model.input_size
    for number, layer in enumerate(model.layers):
        if layer.input_size != size:
            raise FormatError(
                f"layer {number} takes {layer.input_size} values and is given {size}: the "
                "validator refuses such a model when it gets there; repair its sizes"
            )
        size = layer.output_size
    header = np.zeros(_HEADER, np.int32)
    header[[_LAYERS, _INPUTS, _LENGTH]] = len(model.layers), model.input_size, size
    return aligned_copy(np.concatenate([header, *map(_packed, model.layers)]))


def _packed(layer: Layer) -> NDArray[np.int32]:
    blob = pack_layer(layer.weights, layer.bias, rectified=layer.activation == _RELU)
    words = -(-(_HEADER + blob.size) // _LINE) * _LINE
    packed = np.zeros(words, np.int32)
    packed[[_ACTIVATION, _WORDS]] = layer.activation, words
    packed[_HEADER : _HEADER + blob.size] = blob
    return packed


@njit(cache=True, error_model="numpy", nogil=True)
def mlp_packed(
    out: NDArray[np.int32], values: NDArray[np.int32], blob: NDArray[np.int32]
) -> tuple[int, int]:
    """Do what `slonana_analysis.kernels.mlp.forward` does, from a packed model.

    Parameters
    ----------
    out : ndarray of int32, shape (>= min(length, 16),), fixed point at scale 10000
        Receives the last layer's first 16 outputs; untouched where the code is not 0.
    values : ndarray of int32, shape (n,), fixed point at scale 10000
        The inputs.
    blob : ndarray of int32
        From `pack_mlp`.

    Returns
    -------
    code : int
        `ErrorCode`: 1 without inputs or with more than 64, 3 where their number is not the
        model's.
    length : int
        How wide the last layer is, up to 64; 0 where the code is not 0.
    """
    if values.size == 0 or values.size > MAX_FEATURES:
        return INVALID_INPUT_LENGTH, 0
    if values.size != read(blob, _INPUTS):
        return DIMENSION_MISMATCH, 0
    run_packed(as_int32(out, 0), as_int32(values, 0), as_int32(blob, 0))
    return SUCCESS, int(read(blob, _LENGTH))


@njit(cache=True, error_model="numpy", nogil=True)
def mlp_packed_rows(
    out: NDArray[np.int32], inputs: NDArray[np.int32], blob: NDArray[np.int32]
) -> tuple[int, int]:
    """Run `mlp_packed` over every row of ``inputs``.

    Parameters
    ----------
    out : ndarray of int32, shape (n_inputs, >= min(length, 16)), fixed point, C-contiguous
        One row of outputs for each row of inputs.
    inputs : ndarray of int32, shape (n_inputs, n), fixed point, C-contiguous
        One row for each run.
    blob : ndarray of int32
        From `pack_mlp`.

    Returns
    -------
    code : int
        As for `mlp_packed`; it is the same for all rows, and 0 when there are none.
    length : int
        As for `mlp_packed`.
    """
    code, length = SUCCESS, 0
    for k in range(inputs.shape[0]):
        code, length = mlp_packed(out[k], inputs[k], blob)
        if code != SUCCESS:
            break
    return code, length


@njit(cache=True, error_model="numpy", nogil=True)
def run_packed(out: Memory, values: Memory, blob: Memory) -> None:
    """Run a packed model on as many inputs as it takes; all arguments are pointers."""
    first, second = scratch_int32(64), scratch_int32(64)
    awaiting, following = scratch_int16(80), scratch_int16(80)
    layers, length = read(blob, _LAYERS), read(blob, _LENGTH)
    layer, current = as_int32(blob, _HEADER), values
    narrow_for(awaiting, values, read(blob, _INPUTS))
    for number in range(layers - 1):
        target = second if number & 1 else first
        kind, rows = read(layer, _ACTIVATION), read(layer, _HEADER + ROWS)
        packed = as_int32(layer, _HEADER)
        if not dense_chained(target, current, packed, awaiting, following) or kind > _RELU:
            _activate(target, kind, rows)
            narrow_for(following, target, rows)
        awaiting, following = following, awaiting
        layer, current = as_int32(layer, read(layer, _WORDS)), target
    # Up to 16 outputs are computed where the caller wants them.
    target = out if length <= MAX_OUTPUTS else (second if layers & 1 == 0 else first)
    dense_chained(target, current, as_int32(layer, _HEADER), awaiting, following)
    _activate(target, read(layer, _ACTIVATION), length)
    if length > MAX_OUTPUTS:
        store(out, 0, load_int32x8(target, 0))
        store(out, 8, load_int32x8(target, 8))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _activate(values: Memory, kind: int, count: int) -> None:
    """Apply what is no rectifier; unknown codes do nothing."""
    if kind == _SOFTMAX:
        softmax_values(values, values, count)
    elif kind == _SIGMOID:
        sigmoid_values(values, values, count)
    elif kind == _TANH:
        tanh_values(values, values, count)
    elif kind == _LEAKY_RELU:
        leaky_relu_of(values, values, count)
