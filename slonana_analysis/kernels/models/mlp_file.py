"""The validator's file of a multilayer perceptron: ``MLP1``, little-endian and packed.

A header of 28 bytes (magic, version, input size, output size, number of layers, bits, padding,
time stamp), then for each layer inputs, outputs, activation, three unused bytes, the weights row
by row and the biases. Source: slonana.cpp, ``src/svm/ml_inference.cpp``, commit 89d3d58.
"""

import struct

import numpy as np

from slonana_analysis.kernels.limits import MAX_FEATURES, MAX_NEURONS, MAX_OUTPUTS
from slonana_analysis.kernels.models.model import MAX_LAYERS, InvalidModelError, Layer, Mlp

MAGIC = 0x4D4C5031

_HEADER = struct.Struct("<IIIIBBHQ")
_LAYER = struct.Struct("<HHB3x")
# The validator asks for 32 bytes although its header has 28: a file of a header alone is refused.
_SHORTEST = 32


def read_mlp(data: bytes) -> Mlp:
    """Read a perceptron as the validator loads it, with every check it makes and no other.

    Not checked: the version, the bits, the activations, zero sizes, whether the layers fit each
    other or the header, and what follows the last layer.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    Mlp
        Its arrays are copies, aligned and writable.

    Raises
    ------
    InvalidModelError
        If the validator refuses the file; the sentence names the byte.
    """
    if len(data) < _SHORTEST:
        raise _refusal(len(data), f"the file ends before byte {_SHORTEST}")
    header = _HEADER.unpack_from(data)
    magic, version, input_size, output_size, layer_count, quant_bits, padding, timestamp = header
    if magic != MAGIC:
        raise _refusal(0, f"the magic number is {magic:#010x}, not {MAGIC:#010x}")
    if input_size > MAX_FEATURES:
        raise _refusal(8, f"the input size is {input_size}, at most {MAX_FEATURES} is allowed")
    if output_size > MAX_OUTPUTS:
        raise _refusal(12, f"the output size is {output_size}, at most {MAX_OUTPUTS} is allowed")
    if layer_count > MAX_LAYERS:
        raise _refusal(16, f"there are {layer_count} layers, at most {MAX_LAYERS} are allowed")
    layers = []
    offset = _HEADER.size
    for _ in range(layer_count):
        layer, offset = _read_layer(data, offset)
        layers.append(layer)
    return Mlp(tuple(layers), input_size, output_size, version, quant_bits, timestamp, padding)


def _read_layer(data: bytes, offset: int) -> tuple[Layer, int]:
    if offset + _LAYER.size > len(data):
        raise _refusal(offset, "the file ends before the sizes of a layer")
    inputs, outputs, activation = _LAYER.unpack_from(data, offset)
    if inputs > MAX_NEURONS:
        raise _refusal(offset, f"a layer has {inputs} inputs, at most {MAX_NEURONS} are allowed")
    if outputs > MAX_NEURONS:
        raise _refusal(
            offset + 2, f"a layer has {outputs} outputs, at most {MAX_NEURONS} are allowed"
        )
    weights_at = offset + _LAYER.size
    bias_at = weights_at + 2 * inputs * outputs
    end = bias_at + 4 * outputs
    if end > len(data):
        raise _refusal(
            weights_at, f"a layer of {outputs} x {inputs} needs the file to reach byte {end}"
        )
    # Copies: the file's arrays lie at any address, and the kernels' must be aligned.
    weights = np.frombuffer(data, "<i2", inputs * outputs, weights_at).astype(np.int16)
    bias = np.frombuffer(data, "<i4", outputs, bias_at).astype(np.int32)
    return Layer(weights.reshape(outputs, inputs), bias, activation), end


def write_mlp(model: Mlp) -> bytes:
    """Return a perceptron's file, byte for byte as the validator writes it.

    Parameters
    ----------
    model : Mlp
        Also one that the validator would not load, such as one without layers.

    Returns
    -------
    bytes
        The unused bytes of each layer are 0, those of the header are as in ``model``.
    """
    header = _HEADER.pack(
        MAGIC,
        model.version,
        model.input_size,
        model.output_size,
        len(model.layers),
        model.quant_bits,
        model.padding,
        model.timestamp,
    )
    return header + b"".join(map(_layer_bytes, model.layers))


def _layer_bytes(layer: Layer) -> bytes:
    sizes = _LAYER.pack(layer.input_size, layer.output_size, layer.activation)
    weights = layer.weights.astype("<i2", copy=False).tobytes()
    return sizes + weights + layer.bias.astype("<i4", copy=False).tobytes()


def _refusal(offset: int, reason: str) -> InvalidModelError:
    return InvalidModelError(
        f"the validator does not load this perceptron: at byte {offset}, {reason}"
    )
