"""The workloads that two builds of one source are timed on, in nanoseconds and in milliseconds.

A workload's amount is the work of one repetition. A slowdown is a larger amount, so every effect
that more real work has on a machine (other placement, other caches, other branches) is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from sys import modules
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.honesty import loops
from slonana_analysis.experiments.honesty.placement import scattered_copy, scattered_empty
from slonana_analysis.kernels.activations import relu
from slonana_analysis.kernels.dense import dense_forward, dense_rows
from slonana_analysis.kernels.inputs import complete_tree, dense_layer, moderate_inputs
from slonana_analysis.kernels.tree import decision_tree_rows
from slonana_analysis.measure.generated import module_from_source
from slonana_analysis.measure.loop_source import Role
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.subject import Variant

BUILDS = ("first", "second")
_FEATURES = 8


@dataclass(frozen=True)
class Workload:
    """One piece of work, ready to be compiled and allocated as often as wanted.

    Attributes
    ----------
    kernel : numba dispatcher
        At the top level of a module file; writes to its first argument.
    roles : tuple of Role
        As for ``timed_loop``.
    arguments : callable
        From an amount to freshly allocated arguments; the same values every time.
    amount : int
        The work of a repetition.
    result : int
        Place of the argument that holds what the kernel computes.
    """

    kernel: Any
    roles: tuple[Role, ...]
    arguments: Callable[[int], tuple[Any, ...]]
    amount: int
    result: int = 0

    def variant(self, build: str, percent: int = 0) -> Variant:
        """Return this workload as compiled by one build, in memory of its own.

        Parameters
        ----------
        build : str
            One of ``BUILDS``: the same source, in another file, compiled by itself.
        percent : int
            Work to do beyond the amount.

        Returns
        -------
        Variant
            Its output is what the timed loop itself wrote, as far as the plain amount reaches.

        Raises
        ------
        UsageError
            If so many percent of the amount are not a whole number.
        """
        extra, rest = divmod(self.amount * percent, 100)
        if rest:
            raise UsageError(f"{percent} % of {self.amount} is no whole amount of work")
        kernel = getattr(_built(self.kernel.py_func.__module__, build), self.kernel.__name__)
        arguments = self.arguments(self.amount + extra)
        batch = bind(timed_loop(kernel, self.roles), *arguments)
        reach = len(self.arguments(self.amount)[self.result])

        def output() -> NDArray[Any]:
            batch(1)
            return np.array(arguments[self.result][:reach])

        more = f", {percent} % more work" if percent else ""
        return Variant(f"{build} build{more}", batch, output)


def find_workload(name: str) -> Workload:
    """Return a workload by name.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in WORKLOADS:
        raise UsageError(f"no workload is called '{name}'; there are {', '.join(WORKLOADS)}")
    return WORKLOADS[name]


def _built(module: str, build: str) -> Any:  # noqa: ANN401  # a module's attributes have any type
    file = modules[module].__file__
    if file is None:
        raise UsageError(f"module '{module}' has no source to compile once more")
    name = f"{module.rpartition('.')[2]}_{build}_build"
    return module_from_source(name, Path(file).read_text("utf-8"))


def _rectified(values: int) -> Workload:
    return Workload(
        relu,
        ("out", "shared"),
        lambda amount: (
            scattered_empty(amount, np.int32),
            scattered_copy(moderate_inputs((amount,), seed=1)),
        ),
        values,
    )


def _dense(rows: int, columns: int) -> Workload:
    def arguments(amount: int) -> tuple[Any, ...]:
        weights, bias = dense_layer(amount, columns, seed=2)
        inputs = moderate_inputs((columns,), seed=3)
        out = scattered_empty(amount, np.int32)
        return out, scattered_copy(inputs), scattered_copy(weights), scattered_copy(bias)

    return Workload(dense_forward, ("out", "shared", "shared", "shared"), arguments, rows)


def _dense_batch(rows: int, neurons: int, columns: int) -> Workload:
    def arguments(amount: int) -> tuple[Any, ...]:
        weights, bias = dense_layer(neurons, columns, seed=4)
        inputs = moderate_inputs((amount, columns), seed=5)
        out = scattered_empty((amount, neurons), np.int32)
        return out, scattered_copy(inputs), scattered_copy(weights), scattered_copy(bias)

    return Workload(dense_rows, ("out", "shared", "shared", "shared"), arguments, rows)


def _tree(levels: int, rows: int = 100) -> Workload:
    def arguments(amount: int) -> tuple[Any, ...]:
        values, codes = scattered_empty(amount, np.int32), scattered_empty(amount, np.int64)
        values[:] = 0
        inputs = moderate_inputs((amount, _FEATURES), seed=6)
        nodes = complete_tree(levels, _FEATURES, seed=7)
        return codes, values, scattered_copy(inputs), scattered_copy(nodes), levels

    roles: tuple[Role, ...] = ("out", "out", "shared", "shared", "scalar")
    return Workload(decision_tree_rows, roles, arguments, rows, result=1)


def _pairs(kernel: Any, pairs: int) -> Workload:  # noqa: ANN401  # numba's dispatchers carry no type
    def arguments(amount: int) -> tuple[Any, ...]:
        left, right = (scattered_copy(moderate_inputs((amount,), seed=seed)) for seed in (8, 9))
        return scattered_empty(amount, np.int32), left, right

    return Workload(kernel, ("out", "shared", "shared"), arguments, pairs)


def _total(values: int) -> Workload:
    return Workload(
        loops.total,
        ("out", "shared"),
        lambda amount: (scattered_empty(1, np.float64), scattered_copy(_fractions(amount))),
        values,
    )


def _chase(places: int, steps: int) -> Workload:
    def arguments(amount: int) -> tuple[Any, ...]:
        order = np.random.default_rng(10).permutation(places)
        following = np.empty(places, np.int64)
        following[order] = np.roll(order, -1)
        return scattered_empty(1, np.int64), scattered_copy(following), amount

    return Workload(loops.chase, ("out", "shared", "scalar"), arguments, steps)


def _scramble(steps: int) -> Workload:
    return Workload(
        loops.scramble,
        ("out", "scalar"),
        lambda amount: (scattered_empty(1, np.uint64), amount),
        steps,
    )


def _gradient(side: int, repetitions: int) -> Workload:
    def arguments(amount: int) -> tuple[Any, ...]:
        out = scattered_empty((side, side), np.float64)
        out[:] = 0
        return out, scattered_copy(_fractions(side * side).reshape(side, side)), amount

    return Workload(loops.gradient, ("out", "shared", "scalar"), arguments, repetitions)


def _totals(values: int, repetitions: int) -> Workload:
    return Workload(
        loops.totals,
        ("out", "shared", "scalar"),
        lambda amount: (scattered_empty(1, np.float64), scattered_copy(_fractions(values)), amount),
        repetitions,
    )


def _fractions(count: int) -> NDArray[np.float64]:
    return np.random.default_rng(11).random(count)


SHORT: Mapping[str, Workload] = {
    "relu 64": _rectified(64),
    "relu 1,000": _rectified(1000),
    "relu 20,000": _rectified(20_000),
    "dense 32x32": _dense(32, 32),
    "dense 64x64": _dense(64, 64),
    "dense 100 rows": _dense_batch(100, 1, 32),
    "tree of 31": _tree(5),
    "tree of 255": _tree(8),
    "multiply 300": _pairs(loops.products, 300),
    "divide 100": _pairs(loops.quotients, 100),
    "sum 500 in order": _total(500),
    "chase 100 in 256 KiB": _chase(32_768, 100),
    "scramble 100": _scramble(100),
}
"""Workloads of nanoseconds to a few microseconds."""

LONG: Mapping[str, Workload] = {
    "gradient, 10 ms": _gradient(256, 200),
    "sums of 4 MiB, 10 ms": _totals(1 << 19, 200),
}
"""Workloads of about ten milliseconds."""

WORKLOADS: Mapping[str, Workload] = {**SHORT, **LONG}
