"""The two kinds of model that the validator runs, as arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.kernels.error_codes import ErrorCode
from slonana_analysis.kernels.limits import (
    MAX_FEATURES,
    MAX_NEURONS,
    MAX_OUTPUTS,
    MAX_TREE_DEPTH,
    MAX_TREE_NODES,
)
from slonana_analysis.kernels.tree import NODE

MAX_LAYERS = 8

_UINT8_MAX = 2**8 - 1
_UINT16_MAX = 2**16 - 1
_UINT32_MAX = 2**32 - 1
_UINT64_MAX = 2**64 - 1


class InvalidModelError(FormatError):
    """A model file that the validator does not load.

    Attributes
    ----------
    code : ErrorCode
        What the validator's inference call returns for such a file.
    """

    code = ErrorCode.INVALID_MODEL


@dataclass(frozen=True, eq=False)
class Layer:
    """One dense layer and the activation that follows it.

    Attributes
    ----------
    weights : ndarray of int16, shape (outputs, inputs), Q15, C-contiguous
        One row for each output; both sizes 0 to 64.
    bias : ndarray of int32, shape (outputs,), fixed point at scale 10000
        Added after the products.
    activation : int
        0 to 255; codes past 5 act as none, as in the validator.

    Raises
    ------
    ValueError
        If an array has another type or shape, or the activation is no byte.
    """

    weights: NDArray[np.int16]
    bias: NDArray[np.int32]
    activation: int = 0

    def __post_init__(self) -> None:
        _require_array(self.weights, "weights", np.dtype(np.int16), dimensions=2)
        _require_array(self.bias, "bias", np.dtype(np.int32), dimensions=1)
        if max(self.weights.shape) > MAX_NEURONS:
            raise ValueError(f"no layer is wider than {MAX_NEURONS}: {self.weights.shape}")
        if self.weights.shape[0] != self.bias.size:
            raise ValueError(f"{self.bias.size} biases for {self.weights.shape[0]} outputs")
        _require_range(self.activation, "activation", _UINT8_MAX)

    @property
    def input_size(self) -> int:
        """How many values the layer takes."""
        return int(self.weights.shape[1])

    @property
    def output_size(self) -> int:
        """How many values the layer gives."""
        return int(self.weights.shape[0])


@dataclass(frozen=True, eq=False)
class Mlp:
    """A multilayer perceptron as the validator keeps it.

    Attributes
    ----------
    layers : tuple of Layer
        In order. Their sizes need not fit each other: the validator notices when it gets there.
    input_size, output_size : int
        What the header says. The validator compares the first with the input's length and the
        second with nothing.
    version, quant_bits, timestamp, padding : int
        Other fields of the header; they change no result. ``padding`` is the header's two unused
        bytes, which the validator writes as it read them.

    Raises
    ------
    ValueError
        If a field does not fit its place in the file.
    """

    layers: tuple[Layer, ...]
    input_size: int
    output_size: int
    version: int = 1
    quant_bits: int = 16
    timestamp: int = 0
    padding: int = 0

    def __post_init__(self) -> None:
        _require_range(len(self.layers), "number of layers", _UINT8_MAX)
        _require_range(self.input_size, "input_size", _UINT32_MAX)
        _require_range(self.output_size, "output_size", _UINT32_MAX)
        _require_range(self.version, "version", _UINT32_MAX)
        _require_range(self.quant_bits, "quant_bits", _UINT8_MAX)
        _require_range(self.timestamp, "timestamp", _UINT64_MAX)
        _require_range(self.padding, "padding", _UINT16_MAX)

    @property
    def is_valid(self) -> bool:
        """What the validator's ``is_valid()`` says: 1 to 8 layers, input <= 64, output <= 16."""
        return (
            1 <= len(self.layers) <= MAX_LAYERS
            and self.input_size <= MAX_FEATURES
            and self.output_size <= MAX_OUTPUTS
        )


@dataclass(frozen=True, eq=False)
class Tree:
    """A decision tree as the validator keeps it.

    Attributes
    ----------
    nodes : ndarray of NODE, shape (n_nodes,), C-contiguous
        The first is the root (see `slonana_analysis.kernels.tree`). Nothing says that they form
        a tree: the validator checks a node when it reaches it.
    max_depth : int
        How many nodes may be visited.
    num_features, num_classes, version, timestamp : int
        Other fields of the header; they change no result.

    Raises
    ------
    ValueError
        If the nodes have another type, or a field does not fit its place in the file.
    """

    nodes: NDArray[Any]
    max_depth: int
    num_features: int
    num_classes: int
    version: int = 1
    timestamp: int = 0

    def __post_init__(self) -> None:
        _require_array(self.nodes, "nodes", NODE, dimensions=1)
        _require_range(self.nodes.size, "number of nodes", _UINT16_MAX)
        _require_range(self.max_depth, "max_depth", _UINT16_MAX)
        _require_range(self.num_features, "num_features", _UINT32_MAX)
        _require_range(self.num_classes, "num_classes", _UINT32_MAX)
        _require_range(self.version, "version", _UINT32_MAX)
        _require_range(self.timestamp, "timestamp", _UINT64_MAX)

    @property
    def is_valid(self) -> bool:
        """What the validator's ``is_valid()`` says: 1 to 256 nodes, and the other limits."""
        return (
            1 <= self.nodes.size <= MAX_TREE_NODES
            and self.max_depth <= MAX_TREE_DEPTH
            and self.num_features <= MAX_FEATURES
        )


def _require_array(
    array: NDArray[Any], name: str, dtype: "np.dtype[Any]", *, dimensions: int
) -> None:
    if array.dtype != dtype or array.ndim != dimensions:
        raise ValueError(
            f"{name} must be an array of {dtype} with {dimensions} dimension(s), "
            f"not one of {array.dtype} with {array.ndim}"
        )
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} must be contiguous: pass numpy.ascontiguousarray(...)")


def _require_range(value: int, name: str, largest: int) -> None:
    if not 0 <= value <= largest:
        raise ValueError(f"{name} must lie between 0 and {largest}: {value}")
