"""One small call of every kernel that Python code calls: what there is to compile."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from slonana_analysis.kernels import activations, dense, fixed_point, forest, mlp, softmax, tree
from slonana_analysis.kernels.asynchronous.ring_buffers import RingBuffers
from slonana_analysis.kernels.asynchronous.rules import MIN_BUFFER_BYTES, TimerMode, Trigger
from slonana_analysis.kernels.asynchronous.timers import Timers
from slonana_analysis.kernels.asynchronous.watchers import Watchers
from slonana_analysis.kernels.entries import activations as activation_entries
from slonana_analysis.kernels.entries import dense as dense_entries
from slonana_analysis.kernels.entries import forest as forest_entries
from slonana_analysis.kernels.entries import mlp as mlp_entries
from slonana_analysis.kernels.entries import tree as tree_entries
from slonana_analysis.kernels.forest_inputs import random_forest
from slonana_analysis.kernels.inputs import benchmark_tree, dense_layer, moderate_inputs
from slonana_analysis.kernels.models.model import Layer, Mlp
from slonana_analysis.kernels.sigmoid_table import sigmoid_lut
from slonana_analysis.kernels.vector import activations as vector_activations
from slonana_analysis.kernels.vector import dense as vector_dense
from slonana_analysis.kernels.vector import fixed_point as vector_fixed_point
from slonana_analysis.kernels.vector import mlp as vector_mlp
from slonana_analysis.kernels.vector import softmax as vector_softmax
from slonana_analysis.kernels.vector.dense_double import dense_double, pack_double
from slonana_analysis.kernels.vector.dense_packing import pack_layer
from slonana_analysis.kernels.vector.forest import pack_forest, packed_sums
from slonana_analysis.kernels.vector.forest_packing import pack_int32
from slonana_analysis.kernels.vector.forest_tiles import (
    clamp_rows,
    copy_rows,
    empty_int16_tiles,
    empty_int32_tiles,
)
from slonana_analysis.kernels.vector.forest_traversal import forest_int32
from slonana_analysis.kernels.vector.tree import tree_packed
from slonana_analysis.kernels.vector.tree_packing import pack_tree
from slonana_analysis.kernels.vector.tree_rows import tree_packed_columns, tree_packed_rows

_WIDTH = 8
_ROWS = 4
_LEVELS = 5
_FOREST_DEPTH = 6
_ENTRY = "_entry"


@dataclass(frozen=True)
class Example:
    """A function and what to call it with.

    Attributes
    ----------
    function : callable
        Of a module in `slonana_analysis.kernels`: compiled, or Python that calls compiled ones.
    arguments : tuple
        Of the types that Python code calls it with; outputs are overwritten.
    keywords : mapping of str to object
        Likewise.
    """

    function: Callable[..., object]
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Where the function is, within `slonana_analysis.kernels`."""
        _, _, module = self.function.__module__.partition(".kernels.")
        return f"{module}.{self.function.__qualname__}"

    def call(self) -> None:
        """Call it; what it returns is nobody's business."""
        self.function(*self.arguments, **self.keywords)


def examples() -> Iterator[Example]:
    """Yield a call of every public kernel whose arguments are numbers and arrays, and every entry.

    Yields
    ------
    Example
        Kernels that take pointers are left out: they are compiled with what calls them.
    """
    yield from _numbers()
    yield from _activations()
    yield from _layers()
    yield from _trees()
    yield from _forests()
    yield from _asynchronous()
    yield from _entries()


def _numbers() -> Iterator[Example]:
    yield Example(fixed_point.saturate, (1,))
    for kernel in (fixed_point.multiply, fixed_point.divide):
        yield Example(kernel, (np.int32(1), np.int32(2)))
    numbers = np.ones(_WIDTH, np.int32)
    for rows_kernel in (vector_fixed_point.multiply_rows, vector_fixed_point.divide_rows):
        yield Example(rows_kernel, (np.empty_like(numbers), numbers, numbers, fixed_point.SCALE))
    yield Example(fixed_point.from_float, (np.float32(0.5),))
    yield Example(fixed_point.to_float, (np.int32(1),))
    yield Example(activations.sigmoid_of, (1, fixed_point.SCALE))
    yield Example(softmax.exponential, (np.int32(-1), fixed_point.SCALE))


def _activations() -> Iterator[Example]:
    values = moderate_inputs((_WIDTH,), 0)
    for kernel in (
        *(activations.relu, activations.leaky_relu, activations.sigmoid, activations.tanh),
        *(softmax.softmax, sigmoid_lut, vector_softmax.softmax),
        *(vector_activations.relu, vector_activations.leaky_relu),
        *(vector_activations.sigmoid, vector_activations.tanh),
    ):
        yield Example(kernel, (np.empty_like(values), values))
    for reader in (
        *(activations.relu_in_place, activations.argmax, activations.largest),
        *(vector_activations.argmax, vector_activations.largest),
    ):
        yield Example(reader, (values.copy(),))
    yield Example(activations.apply, (values.copy(), activations.Activation.RELU.value))


def _layers() -> Iterator[Example]:
    layer = dense_layer(_WIDTH, _WIDTH, 0)
    inputs = moderate_inputs((_ROWS, _WIDTH), 0)
    out = np.empty_like(inputs)
    yield Example(dense.dense_forward, (out[0], inputs[0], *layer))
    yield Example(dense.dense_rows, (out, inputs, *layer))
    yield Example(vector_dense.dense_packed, (out[0], inputs[0], pack_layer(*layer)))
    yield Example(vector_dense.dense_packed_rows, (out, inputs, pack_layer(*layer)))
    yield Example(dense_double, (out[0], inputs[0], pack_double(*layer)))
    model = Mlp((Layer(*layer),), _WIDTH, _WIDTH)
    yield Example(mlp.forward, (out[0], inputs[0], mlp.flatten(model)))
    yield Example(mlp.forward_rows, (out, inputs, mlp.flatten(model)))
    yield Example(vector_mlp.mlp_packed, (out[0], inputs[0], vector_mlp.pack_mlp(model)))
    yield Example(vector_mlp.mlp_packed_rows, (out, inputs, vector_mlp.pack_mlp(model)))


def _trees() -> Iterator[Example]:
    nodes = benchmark_tree()
    inputs = moderate_inputs((_ROWS, _WIDTH), 0)
    codes, values = np.empty(_ROWS, np.int64), np.empty(_ROWS, np.int32)
    yield Example(tree.decision_tree, (inputs[0], nodes, _LEVELS))
    yield Example(tree.decision_tree_rows, (codes, values, inputs, nodes, _LEVELS))
    packed = pack_tree(nodes, _LEVELS, _WIDTH)
    yield Example(tree_packed, (inputs[0], packed))
    yield Example(tree_packed_rows, (values, inputs, packed))
    yield Example(tree_packed_columns, (values, np.ascontiguousarray(inputs.T), packed))


def _forests() -> Iterator[Example]:
    """Of the deepest trees that are common: there is machine code of its own for every depth."""
    few = random_forest(2, _FOREST_DEPTH, _WIDTH, 0)
    inputs = moderate_inputs((_ROWS, _WIDTH), 0)
    arrays = few.features, few.thresholds, few.leaves, few.output
    yield Example(forest.forest_rows, (np.zeros((_ROWS, 1), np.int64), inputs, *arrays))
    yield Example(clamp_rows, (empty_int16_tiles(_ROWS, _WIDTH), inputs))
    yield Example(packed_sums, (pack_forest(few), inputs))
    tiles = empty_int32_tiles(_ROWS, _WIDTH)
    yield Example(copy_rows, (tiles, inputs))
    yield Example(forest_int32, (np.empty(tiles.size // _WIDTH, np.int32), tiles, pack_int32(few)))


def _asynchronous() -> Iterator[Example]:
    """Through the classes that own the kernels' arrays."""
    timers = Timers()
    yield Example(timers.create, ("program", TimerMode.ONE_SHOT, 1))
    yield Example(timers.check, (1,))
    yield Example(timers.timer, (1,))
    yield Example(timers.cancel, (1,))
    yield Example(timers.clean_up)
    watchers = Watchers()
    watchers.create("program", "account", Trigger.ANY_CHANGE)
    yield Example(watchers.check, ("account", b"old", b"new"), {"lamports": (1, 2), "slot": 1})
    buffers = RingBuffers()
    buffer = buffers.create("program", MIN_BUFFER_BYTES)
    yield Example(buffers.push, (buffer, b"data"))
    yield Example(buffers.pop, (buffer,))


def _entries() -> Iterator[Example]:
    for module in (activation_entries, dense_entries, mlp_entries, tree_entries, forest_entries):
        for name, value in vars(module).items():
            if name.endswith(_ENTRY):
                yield Example(value)
