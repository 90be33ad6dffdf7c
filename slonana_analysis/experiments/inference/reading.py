"""What the figures of experiment 60 say, and what could not be measured."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from slonana_analysis.experiments.inference.contest import CHAINED, INDEPENDENT
from slonana_analysis.experiments.inference.opponents import (
    AVX2_NAME,
    C_NAME,
    NUMBA_NAME,
    NUMPY_NAME,
    PLAIN_NAME,
    missing_avx2,
    missing_c,
)
from slonana_analysis.kernels.softmax import softmax
from slonana_analysis.native.compiler import compiler_facts
from slonana_analysis.simd.target import INSTRUCTION_SET
from slonana_analysis.units import format_time

if TYPE_CHECKING:  # launches import this module, and need no table: a fifth of a second each
    import pandas as pd

# The guide's figures, in ns, of the validator's C++ at -O3 without -march=native.
GUIDE_NS: Mapping[str, float] = {
    "relu 64": 9.1,
    "dense 32x32": 634.0,
    "tree 31, constant row": 9.7,
}


@dataclass(frozen=True)
class KernelTimes:
    """Nanoseconds of one kernel by variant, with the ends of the numba interval.

    Attributes
    ----------
    kernel, calls : str
        Names, as in the tables.
    ns : mapping of str to float
        By variant.
    low, high : float
        Of numba's interval across launches.
    launches : int
        How many the figures rest on.
    """

    kernel: str
    calls: str
    ns: Mapping[str, float]
    low: float
    high: float
    launches: int


def kernel_times(summary: "pd.DataFrame") -> Iterator[KernelTimes]:
    """Yield the times of each kernel and kind of calls in a summary of experiment 60."""
    for parameters, rows in summary.groupby("parameters", sort=False):
        named = json.loads(str(parameters))
        numba = rows[rows["variant"] == NUMBA_NAME]
        yield KernelTimes(
            kernel=str(named["kernel"]),
            calls=str(named["calls"]),
            ns=dict(zip(rows["variant"], rows["value"], strict=True)),
            low=float(numba["low"].iloc[0]),
            high=float(numba["high"].iloc[0]),
            launches=int(numba["launches"].iloc[0]),
        )


def reading(summary: "pd.DataFrame") -> str:
    """Return a line per kernel and what it says of the guide's figures, as Markdown.

    Parameters
    ----------
    summary : DataFrame
        Columns of ``schema.SUMMARY``, of experiment 60.

    Returns
    -------
    str
        Markdown; it holds no text that did not come from this package.
    """
    times = list(kernel_times(summary))
    throughput = [each for each in times if each.calls == INDEPENDENT]
    chained = {each.kernel: each for each in times if each.calls == CHAINED}
    lines = [_line(each, chained.get(each.kernel)) for each in throughput]
    known = {each.kernel: each for each in throughput}
    said = [_compilers(), _guide(known), _tree(known), _softmax()]
    return "\n".join([*lines, *(f"\n{text}" for text in said if text)])


def _line(times: KernelTimes, chained: KernelTimes | None) -> str:
    ours = times.ns[NUMBA_NAME]
    interval = f"{format_time(times.low)} to {format_time(times.high)}, {times.launches} launches"
    parts = [f"- **{times.kernel}**: {format_time(ours)} a call ({interval})"]
    if chained:
        parts.append(f"{format_time(chained.ns[NUMBA_NAME])} when calls wait for each other")
    parts += [
        f"{name} takes {_times(times.ns[name] / ours)}"
        for name in (C_NAME, AVX2_NAME)
        if name in times.ns
    ]
    if NUMPY_NAME in times.ns:
        parts.append(f"NumPy called row by row {format_time(times.ns[NUMPY_NAME])}")
    return "; ".join(parts) + "."


def _times(ratio: float) -> str:
    return f"{ratio:.2f} times as long" if ratio < 10 else f"{ratio:.0f} times as long"


def _compilers() -> str:
    if reason := missing_c():
        return (
            f"C was not measured: {reason}. Without it kernels are not called through a pointer "
            "but in a loop of their own, and calls that wait for each other are not measured."
        )
    compiler = compiler_facts()
    text = (
        f"C was compiled by `{compiler.version}` with `{' '.join(compiler.flags)}`, numba's "
        f"kernels by LLVM for {INSTRUCTION_SET}. Every kernel is called through a pointer, about "
        "two nanoseconds of each time."
    )
    if reason := missing_avx2():
        text += f" C by hand was not measured: {reason}."
    return text


def _guide(known: Mapping[str, KernelTimes]) -> str:
    compared = [
        f"{kernel} {format_time(guide)}, here {format_time(known[kernel].ns[PLAIN_NAME])} in C "
        f"at -O3, {format_time(known[kernel].ns[C_NAME])} with -march=native and "
        f"{format_time(known[kernel].ns[NUMBA_NAME])} in vectors"
        for kernel, guide in GUIDE_NS.items()
        if kernel in known and {PLAIN_NAME, C_NAME} <= known[kernel].ns.keys()
    ]
    if not compared:
        return ""
    return (
        "**The guide's figures** are of another machine and of C++ built for any x86 processor: "
        f"{'; '.join(compared)}. What it calls the speed of a kernel is the speed of a build."
    )


def _tree(known: Mapping[str, KernelTimes]) -> str:
    if not {"tree 31", "tree 31, constant row"} <= known.keys():
        return ""
    varied, constant = known["tree 31"].ns, known["tree 31, constant row"].ns
    name = C_NAME if C_NAME in varied else NUMBA_NAME
    ratio = varied[name] / constant[name]
    text = (
        "**The guide's tree** is timed on one constant row, with calls that overlap. On random "
        f"rows the same code ({name}) takes {ratio:.2f} times as long: "
    )
    if ratio > 1.15:
        return text + "what a branch predictor learns from one row does not help with the next."
    return text + "its decisions are compiled to selections, so no branch is mispredicted."


def _softmax() -> str:
    shares = np.empty(2, np.int32)
    softmax(shares, np.array([0, -30_000], np.int32))
    near = shares[1] / shares.sum()
    softmax(shares, np.array([0, -49_999], np.int32))
    far = shares[1] / shares.sum()
    return (
        "**The validator's softmax is not monotone.** Its exponential is a parabola: a value 3.0 "
        f"below the largest gets {near:.0%} of the whole and one 4.9999 below gets {far:.0%}. "
        "Its leaky ReLU is x / 128, not 0.01 x. Both are reproduced to the bit, and are worth "
        "reporting."
    )
