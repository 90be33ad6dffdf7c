"""The contests of the activations and of argmax."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.inference.contest import Contest, Opponent, plainly
from slonana_analysis.experiments.inference.opponents import numpy_variant
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.kernels.entries import activations as entries
from slonana_analysis.kernels.vector import activations as vector
from slonana_analysis.kernels.vector.softmax import softmax
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.native.companions import length_model
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

_INPUTS = 64
# Beyond the 3.0 where sigmoid and tanh end, so that each of their branches is taken.
_LARGEST = 40_000


@dataclass(frozen=True)
class _Activation:
    """What tells the activations apart: names, length, kernel and entry."""

    function: str
    width: int
    kernel: Any
    entry: Any
    call: Callable[[NDArray[np.int32]], NDArray[Any]] | None = None


_ACTIVATIONS: Mapping[str, _Activation] = {
    "relu 64": _Activation(
        "relu", 64, vector.relu, entries.relu_entry, lambda row: np.maximum(row, 0)
    ),
    "leaky relu 64": _Activation("leaky_relu", 64, vector.leaky_relu, entries.leaky_relu_entry),
    "sigmoid 64": _Activation("sigmoid", 64, vector.sigmoid, entries.sigmoid_entry),
    "tanh 64": _Activation("tanh", 64, vector.tanh, entries.tanh_entry),
    "softmax 8": _Activation("softmax", 8, softmax, entries.softmax_entry),
}
ACTIVATIONS = tuple(_ACTIVATIONS)
"""Names of the contests."""


def activation_contest(name: str, machine: Machine) -> Contest:
    """Return an activation out of place.

    In place, the first call leaves nothing for the others to do: the validator's benchmark
    rectifies one buffer 100,000 times.

    Parameters
    ----------
    name : str
        Among ``ACTIVATIONS``.
    machine : Machine
        With its roofs.
    """
    chosen = _ACTIVATIONS[name]
    random = np.random.default_rng(1)
    drawn = random.integers(-_LARGEST, _LARGEST + 1, (_INPUTS, chosen.width), dtype=np.int32)
    inputs = aligned_copy(drawn)
    model = length_model(chosen.width)
    out = aligned_empty(chosen.width, np.int32)

    def result() -> NDArray[np.int32]:
        results = np.empty_like(inputs)
        for row, values in zip(results, inputs, strict=True):
            chosen.kernel(row, values)
        return results

    return Contest(
        kernel=name,
        inputs=inputs,
        width=chosen.width,
        opponents=plainly(chosen.function, model) | {"avx2": Opponent(chosen.function, model)},
        entry=chosen.entry,
        model=model,
        alone=lambda: bind(timed_loop(chosen.kernel, ("out", "rotate")), out, inputs),
        result=result,
        fastest=machine.nanoseconds(inputs[0].nbytes, "read L1"),
        operations=chosen.width,
        others=(numpy_variant(chosen.call, inputs),) if chosen.call else (),
    )


def argmax_contest(machine: Machine) -> Contest:
    """Return argmax over sixteen values, as many as the validator looks at."""
    width = 16
    inputs = aligned_copy(
        np.random.default_rng(2).integers(-_LARGEST, _LARGEST, (_INPUTS, width), dtype=np.int32)
    )
    model = length_model(width)
    return Contest(
        kernel="argmax 16",
        inputs=inputs,
        width=1,
        opponents=plainly("argmax", model) | {"avx2": Opponent("argmax", model)},
        entry=entries.argmax_entry,
        model=model,
        alone=lambda: bind(timed_loop(vector.argmax, ("rotate",)), inputs),
        result=lambda: np.array([[vector.argmax(row)] for row in inputs], np.int32),
        fastest=machine.nanoseconds(inputs[0].nbytes, "read L1"),
        operations=width,
    )
