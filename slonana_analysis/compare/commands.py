"""The verdict on two commands, metric by metric, from pairs of their launches."""

import json
import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.compare.multiplicity import control_false_discoveries
from slonana_analysis.compare.rows import not_measured, verdict_fields
from slonana_analysis.compare.summary import centre
from slonana_analysis.compare.verdicts import FLOOR, judge_effects
from slonana_analysis.model import schema
from slonana_analysis.model.verdict import Verdict

_PAGE_BYTES = 4096
# The process that starts commands grows by a few pages after it has told its peak.
_PEAK_MARGIN = 1.05
# The kernel accounts processor time to the microsecond; finer differences are rounding.
_ACCOUNT_NS = 1_000.0


def judge_commands(
    samples: pd.DataFrame, *, floor: float = FLOOR, least_peak_bytes: int = 0
) -> pd.DataFrame:
    """Return a verdict on B against A for every metric.

    Parameters
    ----------
    samples : DataFrame
        Columns of ``schema.SAMPLES``, as ``measure.commands.pairs`` leaves them: variants ``A``
        and ``B``, a launch being a pair.
    floor : float
        Relative effect below which nothing is called a change.
    least_peak_bytes : int
        Peak memory below which none can be told.

    Returns
    -------
    DataFrame
        Columns of ``schema.VERDICTS``, a row per metric; false discoveries among them are
        controlled together. Positive is more of it.
    """
    rows = [
        _row(str(parameters), group, floor, least_peak_bytes)
        for parameters, group in samples.groupby("parameters", sort=False)
    ]
    if not rows:
        return schema.VERDICTS.empty()
    return schema.VERDICTS.conform(control_false_discoveries(pd.DataFrame(rows)))


def _row(parameters: str, group: pd.DataFrame, floor: float, least: int) -> dict[str, object]:
    pairs = group.pivot_table(index="launch", columns="variant", values="value", sort=True)
    before, after = (pairs[name].to_numpy(np.float64) for name in ("A", "B"))
    unit = str(group["unit"].iloc[0])
    verdict = _verdict(before, after, unit, floor, least)
    measured = verdict.word != "not measured"
    nothing = (math.nan, math.nan, math.nan)
    value, low, high = centre(after) if measured else nothing
    return {
        "run": "",
        "experiment": str(group["experiment"].iloc[0]),
        "variant": "B",
        "parameters": parameters,
        "name": _metric(parameters),
        "baseline": "A",
        "value": value,
        "value_low": low,
        "value_high": high,
        "baseline_value": centre(before)[0] if measured else math.nan,
        "unit": unit,
        **verdict_fields(verdict),
    }


def _metric(parameters: str) -> str:
    return str(json.loads(parameters)["metric"])


def _verdict(
    before: NDArray[np.float64], after: NDArray[np.float64], unit: str, floor: float, least: int
) -> Verdict:
    if np.any(before <= 0) or np.any(after <= 0):
        return not_measured("some launches used none of it that the kernel accounts for", floor)
    if unit == "bytes" and max(before.max(), after.max()) <= _PEAK_MARGIN * least:
        reason = "both stay below the peak of the process that starts them, so neither can be told"
        return not_measured(reason, floor)
    step = _PAGE_BYTES if unit == "bytes" else _ACCOUNT_NS
    resolution = step / float(min(np.median(before), np.median(after)))
    return judge_effects(np.log(after) - np.log(before), floor, resolution)
