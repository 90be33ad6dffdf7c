"""Experiment 21: what unrolling a sum by hand gains, and when the compiler makes it pointless.

The guide unrolls ``sum += d[i] + d[i+1] + d[i+2] + d[i+3]``. What can be gained is not the loop
counter (it runs beside the additions for free) but the dependency chain: each addition onto one
accumulator waits for the one before it. The variants therefore separate three things that are
all called unrolling: the guide's form, several additions onto one accumulator, and as many
accumulators as additions.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.assembly import Loop, hot_loop
from slonana_analysis.experiments.cpu.sum_source import (
    DTYPES,
    SumVariant,
    sum_source,
    sum_variants,
)
from slonana_analysis.experiments.cpu.unrolling_reading import reading
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.experiments.registry import Experiment, Preset
from slonana_analysis.measure.generated import module_from_source
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.model.observation import observed
from slonana_analysis.simd.aligned import aligned_empty

if TYPE_CHECKING:  # launches import this module, and need no table: a fifth of a second each
    import pandas as pd

SHOWN = ("1-fold", "4-fold, guide form", "4-fold, many accumulators", "vectorised")
_PAGE = 4096
_PERIOD = 1009  # a prime: no page of the array is like another
__all__ = ["EXPERIMENT", "cases", "machine_code", "minimum_ns", "reading", "tabulate"]

LEVELS = ("L1", "L2", "L3", "DRAM")

EXPERIMENT = Experiment(
    name="loop_unrolling",
    question="Does unrolling a sum by hand pay, and when does the compiler make it pointless?",
    claim="Writing sum += d[i] + d[i+1] + d[i+2] + d[i+3] instead of sum += d[i] is faster.",
    entry="slonana_analysis.experiments.cpu.loop_unrolling:cases",
    presets={
        "smoke": Preset(2, 0.01, {"dtypes": ["int32", "float32"], "levels": ["L1"]}),
        "quick": Preset(7, 0.04, {"dtypes": list(DTYPES), "levels": list(LEVELS)}),
        "full": Preset(15, 0.2, {"dtypes": list(DTYPES), "levels": list(LEVELS)}),
    },
)


def cases(settings: Mapping[str, Any]) -> Iterator[Case]:
    """Yield one case per dtype and level of the memory hierarchy.

    Parameters
    ----------
    settings : mapping
        ``dtypes`` and ``levels`` (lists of names), ``machine`` (``Machine`` as JSON).

    Yields
    ------
    Case
        All ways to sum one array; a repetition is one sum. Arrays are released between cases. A
        level that this machine does not have (a third cache, memory for a large array) has none.

    Raises
    ------
    UsageError
        If there is no such dtype or level anywhere.
    """
    _require_known(settings["dtypes"], DTYPES, "element type")
    _require_known(settings["levels"], LEVELS, "level")
    machine = Machine.from_json(settings["machine"])
    for dtype in settings["dtypes"]:
        module = module_from_source(f"sums_{dtype}", sum_source(dtype))
        for level in settings["levels"]:
            if level not in machine.working_sets:
                continue
            values = _values(dtype, machine.working_sets[level])
            fastest = minimum_ns(machine, dtype, values.size, values.nbytes)
            yield Case(
                experiment=EXPERIMENT.name,
                parameters={"bytes": values.nbytes, "dtype": dtype, "level": level},
                variants=tuple(
                    _variant(module, variant, values, fastest) for variant in sum_variants()
                ),
            )


def _require_known(given: Sequence[str], known: Sequence[str], what: str) -> None:
    if unknown := [name for name in given if name not in known]:
        raise UsageError(f"no {what} is called {', '.join(unknown)}; there are {', '.join(known)}")


def minimum_ns(machine: Machine, dtype: str, elements: int, size: int) -> float:
    """Return the time of one sum that this machine cannot beat: its loads or its additions.

    Parameters
    ----------
    machine : Machine
        With the roofs measured on it; without them nothing is known and 0 is returned.
    dtype : str
        Element type.
    elements, size : int
        Elements summed and bytes read.

    Returns
    -------
    float
        Nanoseconds.
    """
    loads = machine.nanoseconds(size, machine.read_roof(size))
    additions = machine.nanoseconds(elements, f"add {dtype}")
    return max(loads, additions)


def _values(dtype: str, size: int) -> NDArray[Any]:
    # -1, 0 and 1 sum exactly in float32 in any order, so all variants must agree to the bit.
    values = aligned_empty(size // np.dtype(dtype).itemsize, dtype)
    period = np.random.default_rng(21).integers(-1, 2, _PERIOD).astype(dtype)
    values[:] = np.resize(period, values.size)
    return values


def _variant(
    module: ModuleType, variant: SumVariant, values: NDArray[Any], fastest: float
) -> Variant:
    kernel = getattr(module, variant.function)
    return Variant(
        name=variant.name,
        batch=bind(timed_loop(kernel, ("shared",)), values),
        output=lambda: np.array([kernel(values)]),
        minimum_ns=fastest,
        operations=values.size,
    )


def tabulate(summary: "pd.DataFrame", machine: Machine) -> "pd.DataFrame":
    """Return times per element, ready to be drawn over the unrolling.

    Parameters
    ----------
    summary : DataFrame
        Columns of ``schema.SUMMARY``.
    machine : Machine
        With the roofs and the core clock measured on it.

    Returns
    -------
    DataFrame
        ``dtype``, ``level``, ``form``, ``fold``, ``variant``, ``ns``, ``low``, ``high`` and
        ``roof`` (nanoseconds per element) and ``cycles`` (per element).
    """
    known = {variant.name: variant for variant in sum_variants()}
    settings = summary["parameters"].map(json.loads).to_list()
    sizes = np.array([each["bytes"] for each in settings])
    elements = sizes / [np.dtype(each["dtype"]).itemsize for each in settings]
    table = (
        summary[[]]
        .reset_index(drop=True)
        .assign(
            dtype=[each["dtype"] for each in settings],
            level=[each["level"] for each in settings],
            variant=summary["variant"].to_numpy(),
            form=[known[name].form for name in summary["variant"]],
            fold=[known[name].fold for name in summary["variant"]],
        )
    )
    for name, column in (("ns", "value"), ("low", "low"), ("high", "high")):
        table[name] = summary[column].to_numpy() / elements
    table["roof"] = [
        minimum_ns(machine, dtype, int(count), int(size)) / count
        for dtype, count, size in zip(table["dtype"], elements, sizes, strict=True)
    ]
    return table.assign(cycles=table["ns"] * machine.ghz)


@observed()
def machine_code(dtype: str, names: Sequence[str] = SHOWN) -> dict[str, Loop]:
    """Return the innermost loop of the timed functions, compiled here as they are for timing.

    Parameters
    ----------
    dtype : str
        Element type.
    names : sequence of str
        Variants to show.

    Returns
    -------
    dict of str to Loop
        By variant name.
    """
    module = module_from_source(f"sums_{dtype}", sum_source(dtype))
    values = _values(dtype, _PAGE)
    loops = {}
    for variant in sum_variants():
        if variant.name in names:
            timed = timed_loop(getattr(module, variant.function), ("shared",)).batch
            # Once more without the cache: numba shows no machine code of what it found there.
            batch = numba.njit(nogil=True, error_model="numpy")(timed.py_func)
            batch(1, 0, values)
            loops[variant.name] = hot_loop(batch.inspect_asm(batch.signatures[0]))
    return loops
