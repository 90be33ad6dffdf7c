"""What the figures of experiment 60 say, and what could not be measured."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slonana_analysis.experiments.inference.opponents import (
    C_NAME,
    NUMBA_NAME,
    NUMPY_NAME,
    missing_c,
)
from slonana_analysis.native.compiler import compiler_facts
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
    """Nanoseconds of one kernel by variant, with the ends of the numba interval."""

    kernel: str
    ns: Mapping[str, float]
    low: float
    high: float
    launches: int


def kernel_times(summary: "pd.DataFrame") -> Iterator[KernelTimes]:
    """Yield the times of each kernel in a summary of experiment 60, in its order."""
    names = summary["parameters"].map(lambda text: json.loads(text)["kernel"])
    for kernel, rows in summary.groupby(names, sort=False):
        numba = rows[rows["variant"] == NUMBA_NAME]
        yield KernelTimes(
            kernel=str(kernel),
            ns=dict(zip(rows["variant"], rows["value"], strict=True)),
            low=float(numba["low"].iloc[0]),
            high=float(numba["high"].iloc[0]),
            launches=int(numba["launches"].iloc[0]),
        )


def reading(summary: "pd.DataFrame") -> str:
    """Return a line per kernel and a paragraph on the guide's figures, as Markdown.

    Parameters
    ----------
    summary : DataFrame
        Columns of ``schema.SUMMARY``, of experiment 60.

    Returns
    -------
    str
        Markdown; it holds no text that did not come from this package.
    """
    kernels = list(kernel_times(summary))
    lines = [_line(times) for times in kernels]
    return "\n".join([*lines, "", _compiler(), "", _guide(kernels)])


def _compiler() -> str:
    if reason := missing_c():
        return f"C was not measured: {reason}."
    compiler = compiler_facts()
    return (
        f"C was compiled by `{compiler.version}` with `{' '.join(compiler.flags)}`. numba compiles "
        "with LLVM: where the two differ, the compilers differ, for the arithmetic is the same."
    )


def _line(times: KernelTimes) -> str:
    numba = times.ns[NUMBA_NAME]
    text = (
        f"- **{times.kernel}**: numba {format_time(numba)} ({format_time(times.low)} to "
        f"{format_time(times.high)}, {times.launches} launches)"
    )
    if C_NAME in times.ns:
        text += f"; C {format_time(times.ns[C_NAME])}, {_ratio(numba, times.ns[C_NAME])}"
    if NUMPY_NAME in times.ns:
        text += f"; NumPy called row by row {format_time(times.ns[NUMPY_NAME])}"
    return text + "."


def _ratio(ours: float, theirs: float) -> str:
    if ours < theirs:
        return f"so numba takes {ours / theirs:.2f} of C's time"
    return f"so numba takes {ours / theirs:.2f} times as long"


def _guide(kernels: list[KernelTimes]) -> str:
    known = {times.kernel: times for times in kernels}
    compared = [
        f"{kernel} {format_time(guide)} against {format_time(known[kernel].ns[NUMBA_NAME])} here"
        for kernel, guide in GUIDE_NS.items()
        if kernel in known
    ]
    text = "**The guide's figures** are of another machine and of C++ built without `-march=native`"
    text += f": {'; '.join(compared)}." if compared else "."
    if {"tree 31", "tree 31, constant row"} <= set(known):
        varied = known["tree 31"].ns[NUMBA_NAME]
        constant = known["tree 31, constant row"].ns[NUMBA_NAME]
        text += (
            f" The tree's figure is that of one row asked again and again: on rows that vary the"
            f" same tree takes {varied / constant:.1f} times as long: its branches can no longer be"
            f" predicted."
            if varied > 1.1 * constant
            else " On rows that vary the tree takes no longer here than on the one constant row:"
            " the compiler made selections of its decisions, so that no branch is mispredicted."
        )
    return text
