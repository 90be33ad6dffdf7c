"""Verdicts on two result files of another benchmark tool, matched by the benchmarks' names."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from slonana_analysis.compare.multiplicity import control_false_discoveries
from slonana_analysis.compare.rows import verdict_fields
from slonana_analysis.compare.summary import centre
from slonana_analysis.compare.unpaired import LAUNCH, SESSION, Allowances, Side, judge_unpaired
from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.bench import BenchResults
from slonana_analysis.model.verdict import Verdict

_BASELINE = "old"
_NO_PARAMETERS = json.dumps({})

# Under which name a tool notes the processor; where both sides note one, they have to agree.
_PROCESSOR_FACTS = ("cpu_model_name", "cpu brand_raw", "cpu", "cpu_count", "num_cpus")


def compare_benches(
    old: BenchResults,
    new: BenchResults,
    *,
    floor: float,
    session: float = SESSION,
    launch: float = LAUNCH,
) -> pd.DataFrame:
    """Return a verdict for every benchmark of two result files of one tool.

    Parameters
    ----------
    old, new : BenchResults
        Recorded one after the other. A larger value counts as worse, whatever its unit.
    floor : float
        Relative effect below which nothing is called a change.
    session : float
        What two sessions of identical code differ by on the machine; 0.25 allows for a factor of
        1.25 either way.
    launch : float
        The same of two single processes, for files that hold fewer than eight a side.

    Returns
    -------
    DataFrame
        Columns of ``schema.VERDICTS``: the old file's benchmarks in its order, then what only the
        new one has. The reason is never empty. False discoveries are controlled over all rows
        together; on different processors nothing is called a change.

    Raises
    ------
    UsageError
        If the files are of different tools, or the floor or an allowance is negative.
    """
    if old.tool != new.tool:
        raise UsageError(
            f"{old.source} is of {old.tool} and {new.source} of {new.tool}; compare results of "
            "one tool"
        )
    if not all(limit >= 0 for limit in (floor, session, launch)):
        raise UsageError("the floor and the allowances of a comparison may not be negative")
    olds, news = dict(_subjects(old)), dict(_subjects(new))
    elsewhere = _different_processors(old, new)
    rows = []
    for name in dict.fromkeys([*olds, *old.unmeasured, *news, *new.unmeasured]):
        before, after = olds.get(name), news.get(name)
        doubt = _missing(name, old, olds) or _missing(name, new, news) or _unlike(before, after)
        if doubt or before is None or after is None:
            nan = math.nan
            verdict = Verdict("not measured", nan, nan, nan, 0, floor, nan, doubt)
            before = after = None
        else:
            verdict = judge_unpaired(before.side, after.side, floor, Allowances(session, launch))
            if elsewhere:
                reason = f"{elsewhere}; {verdict.reason}"
                verdict = replace(verdict, word="inconclusive", reason=reason)
        rows.append(_row(old.tool, name, verdict) | _own_values(before, after))
    return _controlled(rows)


class _Subject:
    """One benchmark in one file."""

    def __init__(self, rows: pd.DataFrame) -> None:
        known = rows[rows["process"] >= 0]
        self.unit = str(rows["unit"].iloc[0])
        self.side = Side(
            rows["value"].to_numpy(np.float64),
            known.groupby("process", sort=True)["value"].median().to_numpy(np.float64),
        )

    @property
    def has_ratio(self) -> bool:
        return bool((self.side.observations > 0).all())

    def centre(self) -> tuple[float, float, float]:
        """Return value, low and high across processes, or across observations of one process."""
        medians = self.side.medians
        values = medians if medians.size >= 2 else self.side.observations
        try:
            return centre(values)
        except OverflowError:
            # Two values a universe apart: their interval ends beyond the largest number.
            return float(np.median(values)), 0.0, math.inf


def _subjects(results: BenchResults) -> Iterator[tuple[str, _Subject]]:
    for name, rows in results.values.groupby("name", sort=False):
        yield str(name), _Subject(rows)


def _missing(name: str, results: BenchResults, subjects: dict[str, _Subject]) -> str:
    """Why a benchmark has no value in a file; empty when it has."""
    if name in subjects:
        return ""
    why = results.unmeasured.get(name)
    return f"in {results.source} it has no value: {why}" if why else f"{results.source} lacks it"


def _unlike(before: _Subject | None, after: _Subject | None) -> str:
    """Why two values have no ratio; empty when they have."""
    if before is None or after is None:
        return ""
    if before.unit != after.unit:
        return f"it is in {before.unit} on the old side and in {after.unit} on the new one"
    if not (before.has_ratio and after.has_ratio):
        return "a value of it is not positive, so there is no ratio"
    return ""


def _different_processors(old: BenchResults, new: BenchResults) -> str:
    """Say that the sides come from different processors; empty if they may be of the same."""
    for fact in _PROCESSOR_FACTS:
        before, after = old.host.get(fact), new.host.get(fact)
        if before is not None and after is not None and before != after:
            return f"the sides come from different machines ({fact} {before}, then {after})"
    return ""


def _row(tool: str, name: str, verdict: Verdict) -> dict[str, object]:
    return {
        "run": "",
        "experiment": tool,
        "variant": name,
        "parameters": _NO_PARAMETERS,
        "name": name,
        "baseline": _BASELINE,
        **verdict_fields(verdict),
    }


def _own_values(before: _Subject | None, after: _Subject | None) -> dict[str, object]:
    if before is None or after is None:
        nan = math.nan
        value, low, high, baseline_value, unit = nan, nan, nan, nan, ""
    else:
        (value, low, high), baseline_value = after.centre(), before.centre()[0]
        unit = after.unit
    return {
        "value": value,
        "value_low": low,
        "value_high": high,
        "baseline_value": baseline_value,
        "unit": unit,
    }


def _controlled(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Control false discoveries; what is taken back still says what it was judged on."""
    if not rows:
        return schema.VERDICTS.empty()
    judged = pd.DataFrame(rows)
    controlled = control_false_discoveries(judged)
    taken_back = controlled["verdict"] != judged["verdict"]
    both = controlled["reason"] + "; " + judged["reason"]
    reasons = controlled["reason"].where(~taken_back, both)
    return schema.VERDICTS.conform(controlled.assign(reason=reasons))
