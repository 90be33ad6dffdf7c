"""How fast the validator's kernels run from Python, and against what that is to be judged."""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.inference.activations import (
    ACTIVATIONS,
    activation_contest,
    argmax_contest,
)
from slonana_analysis.experiments.inference.contest import CALLS, Contest
from slonana_analysis.experiments.inference.forests import forest_contest
from slonana_analysis.experiments.inference.layers import (
    LAYERS,
    dense_contest,
    network,
    network_contest,
)
from slonana_analysis.experiments.inference.reading import reading
from slonana_analysis.experiments.inference.trees import (
    constant_row_contest,
    tree_contest,
    tree_rows_contest,
)
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.experiments.registry import Experiment, Preset
from slonana_analysis.kernels.inputs import benchmark_tree, dense_layer, extreme_inputs
from slonana_analysis.kernels.vector import activations
from slonana_analysis.kernels.vector.dense import dense_packed_rows
from slonana_analysis.kernels.vector.dense_packing import pack_layer
from slonana_analysis.kernels.vector.mlp import mlp_packed_rows, pack_mlp
from slonana_analysis.kernels.vector.softmax import softmax
from slonana_analysis.kernels.vector.tree_packing import pack_tree
from slonana_analysis.kernels.vector.tree_rows import tree_packed_rows
from slonana_analysis.measure.subject import Case

if TYPE_CHECKING:  # launches import this module, and need no table: a fifth of a second each
    import pandas as pd

__all__ = [
    "EXPERIMENT",
    "KERNELS",
    "calls_of_kind",
    "cases",
    "checksums",
    "reading",
    "roof_times",
]

_CONTESTS: Mapping[str, Callable[[Machine], Contest]] = {
    **{name: partial(activation_contest, name) for name in ACTIVATIONS},
    "argmax 16": argmax_contest,
    **{name: partial(dense_contest, name) for name in LAYERS},
    "mlp 32-32-32-8": network_contest,
    "tree 31": lambda _: tree_contest(),
    "tree 31, constant row": lambda _: constant_row_contest(),
    "tree 31, 1024 rows": tree_rows_contest,
    "forest 100 x 6 int16, 1024 rows": partial(forest_contest, "int16"),
    "forest 100 x 6 int32, 1024 rows": partial(forest_contest, "int32"),
}
KERNELS = tuple(_CONTESTS)

_EVERYTHING: Mapping[str, object] = {"kernels": list(KERNELS), "calls": list(CALLS)}

EXPERIMENT = Experiment(
    name="ml_inference",
    question="How fast do the validator's inference kernels run from Python?",
    claim="A tree takes 9.7 ns, a dense layer of 32 by 32 634 ns, ReLU over 64 values 9.1 ns.",
    entry="slonana_analysis.experiments.inference.ml_inference:cases",
    presets={
        "smoke": Preset(2, 0.01, _EVERYTHING),
        "quick": Preset(10, 0.05, _EVERYTHING),
        "full": Preset(20, 0.4, _EVERYTHING),
    },
)


def cases(settings: Mapping[str, Any]) -> Iterator[Case]:
    """Yield one case per kernel and kind of calls.

    Parameters
    ----------
    settings : mapping
        ``kernels`` (list of names among ``KERNELS``), ``calls`` (list of ``"independent"`` and
        ``"chained"``), ``machine`` (``Machine`` as JSON).

    Yields
    ------
    Case
        The first variant is C where there is a compiler.

    Raises
    ------
    UsageError
        If a kernel or a kind of calls is unknown.
    """
    machine = Machine.from_json(settings["machine"])
    for contest in _contests(machine, settings["kernels"]):
        yield from contest.cases(_known_calls(settings["calls"]))


def _contests(machine: Machine, kernels: Sequence[str]) -> Iterator[Contest]:
    for kernel in kernels:
        if kernel not in _CONTESTS:
            raise UsageError(f"no kernel is called '{kernel}'; there are {', '.join(KERNELS)}")
        yield _CONTESTS[kernel](machine)


def _known_calls(calls: Sequence[str]) -> Sequence[str]:
    if unknown := sorted(set(calls) - set(CALLS)):
        raise UsageError(f"calls are {' or '.join(CALLS)}, not {', '.join(unknown)}")
    return calls


def roof_times(machine: Machine, kernels: Sequence[str] = ()) -> dict[str, float]:
    """Return the least time of a call of each kernel on this machine.

    Parameters
    ----------
    machine : Machine
        With its roofs.
    kernels : sequence of str
        Names among ``KERNELS``; empty for all.

    Returns
    -------
    dict of str to float
        The case's parameters, as stored in tables, to nanoseconds; 0 where no roof applies.
    """
    return {
        json.dumps({"calls": kind, "kernel": contest.kernel}, sort_keys=True): contest.fastest
        for contest in _contests(machine, kernels or KERNELS)
        for kind in contest.calls
    }


def calls_of_kind(table: "pd.DataFrame", kind: str) -> "pd.DataFrame":
    """Return the rows of one kind of calls.

    Parameters
    ----------
    table : DataFrame
        With a column ``parameters``, of this experiment.
    kind : {"independent", "chained"}
        Throughput or latency.

    Returns
    -------
    DataFrame
        The same columns.

    Raises
    ------
    UsageError
        If there is no such kind.
    """
    _known_calls([kind])
    chosen = table["parameters"].map(lambda text: json.loads(text).get("calls") == kind)
    return table[chosen.astype(bool)].reset_index(drop=True)


def checksums() -> dict[str, str]:
    """Return what the kernels compute on fixed inputs at the limits of int32, as CRC-32.

    Returns
    -------
    dict of str to str
        Kernel name to eight hexadecimal digits; the same on every machine.
    """
    inputs = extreme_inputs((256, 64), seed=60)
    narrow = np.ascontiguousarray(inputs[:, :32])
    layer, outputs = np.empty((256, 32), np.int32), np.empty((256, 8), np.int32)
    dense_packed_rows(layer, narrow, pack_layer(*dense_layer(32, 32, seed=60)))
    mlp_packed_rows(outputs, narrow, pack_mlp(network()))
    leaves = np.empty(256, np.int32)
    tree_packed_rows(leaves, np.ascontiguousarray(inputs[:, :8]), pack_tree(benchmark_tree(), 5, 8))
    computed: dict[str, NDArray[Any]] = {
        "relu": _each_row(activations.relu, inputs),
        "leaky relu": _each_row(activations.leaky_relu, inputs),
        "sigmoid": _each_row(activations.sigmoid, inputs),
        "tanh": _each_row(activations.tanh, inputs),
        "softmax 8": _each_row(softmax, np.ascontiguousarray(inputs[:, :8])),
        "dense 32x32": layer,
        "mlp 32-32-32-8": outputs,
        "tree 31": leaves,
    }
    return {name: f"{zlib.crc32(output.tobytes()):08x}" for name, output in computed.items()}


def _each_row(
    kernel: Callable[[NDArray[np.int32], NDArray[np.int32]], None], inputs: NDArray[np.int32]
) -> NDArray[np.int32]:
    out = np.empty_like(inputs)
    for row, values in zip(out, inputs, strict=True):
        kernel(row, values)
    return out
