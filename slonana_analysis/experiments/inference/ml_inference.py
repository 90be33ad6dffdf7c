"""How fast the validator's kernels run from Python, and against what that is to be judged."""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.inference.layers import dense_case, relu_case
from slonana_analysis.experiments.inference.reading import reading
from slonana_analysis.experiments.inference.trees import constant_row_case, tree_case
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.experiments.registry import Experiment, Preset
from slonana_analysis.kernels.activations import relu
from slonana_analysis.kernels.dense import dense_rows
from slonana_analysis.kernels.inputs import (
    benchmark_tree,
    dense_layer,
    extreme_inputs,
)
from slonana_analysis.kernels.tree import decision_tree_rows
from slonana_analysis.measure.subject import Case

__all__ = ["EXPERIMENT", "KERNELS", "cases", "checksums", "reading", "roof_times"]

_CASES: Mapping[str, Callable[[Machine], Case]] = {
    "relu 64": relu_case,
    "dense 32x32": dense_case,
    "tree 31": tree_case,
    "tree 31, constant row": constant_row_case,
}
KERNELS = tuple(_CASES)

EXPERIMENT = Experiment(
    name="ml_inference",
    question="How fast do the validator's inference kernels run from Python?",
    claim="A tree takes 9.7 ns, a dense layer of 32 by 32 634 ns, ReLU over 64 values 9.1 ns.",
    entry="slonana_analysis.experiments.inference.ml_inference:cases",
    presets={
        "smoke": Preset(2, 0.01, {"kernels": list(KERNELS)}),
        "quick": Preset(10, 0.1, {"kernels": list(KERNELS)}),
        "full": Preset(20, 0.4, {"kernels": list(KERNELS)}),
    },
)


def cases(settings: Mapping[str, Any]) -> Iterator[Case]:
    """Yield one case per kernel.

    Parameters
    ----------
    settings : mapping
        ``kernels`` (list of names among ``KERNELS``), ``machine`` (``Machine`` as JSON).

    Yields
    ------
    Case
        The first variant is C where there is a compiler.

    Raises
    ------
    UsageError
        If a kernel is unknown.
    """
    machine = Machine.from_json(settings["machine"])
    for kernel in settings["kernels"]:
        if kernel not in _CASES:
            raise UsageError(f"no kernel is called '{kernel}'; there are {', '.join(KERNELS)}")
        yield _CASES[kernel](machine)


def roof_times(machine: Machine, kernels: Sequence[str] = KERNELS) -> dict[str, float]:
    """Return the least time of a call of each kernel on this machine.

    Parameters
    ----------
    machine : Machine
        With its roofs.
    kernels : sequence of str
        Names among ``KERNELS``.

    Returns
    -------
    dict of str to float
        The case's parameters, as stored in tables, to nanoseconds; 0 where no roof applies.
    """
    built = (_CASES[kernel](machine) for kernel in kernels)
    return {
        json.dumps(dict(case.parameters), sort_keys=True): case.variants[0].minimum_ns
        for case in built
    }


def checksums() -> dict[str, str]:
    """Return what the kernels compute on fixed inputs at the limits of int32, as CRC-32.

    Returns
    -------
    dict of str to str
        Kernel name to eight hexadecimal digits; the same on every machine.
    """
    inputs = extreme_inputs((256, 64), seed=60)
    rectified = np.empty_like(inputs)
    relu(rectified.reshape(-1), inputs.reshape(-1))
    weights, bias = dense_layer(32, 32, seed=60)
    layer = np.empty((256, 32), np.int32)
    dense_rows(layer, np.ascontiguousarray(inputs[:, :32]), weights, bias)
    codes, values = np.empty(256, np.int64), np.zeros(256, np.int32)
    decision_tree_rows(codes, values, np.ascontiguousarray(inputs[:, :8]), benchmark_tree(), 5)
    outputs: dict[str, NDArray[Any]] = {
        "relu 64": rectified,
        "dense 32x32": layer,
        "tree 31": np.stack([codes, values]),
    }
    return {name: f"{zlib.crc32(output.tobytes()):08x}" for name, output in outputs.items()}
