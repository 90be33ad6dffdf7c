"""The verdict on each variant of a measurement, against its case's baseline.

Within a launch the effect is the median of paired log ratios; across launches it is a 20 % trimmed
mean with a Yuen interval at the 1 % level. A change is called only if the interval excludes zero
and the estimate passes the floor: two builds of identical source differ by about 0.1 % for good,
so without a floor enough launches would flag every rebuild. Among the comparisons judged together
false discoveries are controlled.
"""

import json
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.compare.multiplicity import control_false_discoveries
from slonana_analysis.compare.rows import not_measured, verdict_fields
from slonana_analysis.compare.summary import centre, launch_medians
from slonana_analysis.compare.validity import doubt
from slonana_analysis.model import schema
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.verdict import Verdict, VerdictWord
from slonana_analysis.stats.paired import (
    Interval,
    launch_effect,
    minimum_detectable_effect,
    p_value,
    trimmed_mean_interval,
)
from slonana_analysis.units import format_bytes, format_relative

FLOOR = 0.01


def judge_effects(
    effects: NDArray[np.float64], floor: float = FLOOR, resolution: float = 0.0
) -> Verdict:
    """Return the verdict on paired launches.

    Parameters
    ----------
    effects : ndarray of float64, shape (n_launches,)
        Log ratio variant over baseline of each launch, from ``launch_effect``.
    floor : float
        Relative effect below which nothing is called a change.
    resolution : float
        Relative step of the clock in these batches; the effect is not known better than that.

    Returns
    -------
    Verdict
        With estimate, interval and minimum detectable effect as relative effects.
    """
    if effects.size < 2:
        estimate = math.expm1(effects[0]) if effects.size else math.nan
        reason = "a single launch cannot say how far launches differ"
        return Verdict(
            "inconclusive", estimate, math.nan, math.nan, effects.size, floor, math.inf, reason
        )
    # Rounding to a step spreads evenly over it: standard deviation step / sqrt(12).
    interval = trimmed_mean_interval(effects, smallest_error=resolution / math.sqrt(12))
    return judge_interval(interval, effects.size, floor)


def judge_interval(interval: Interval, launches: int, floor: float = FLOOR) -> Verdict:
    """Return the verdict on an interval of log effects.

    Parameters
    ----------
    interval : Interval
        Of log ratios across launches.
    launches : int
        That it rests on.
    floor : float
        Relative effect below which nothing is called a change.

    Returns
    -------
    Verdict
        With estimate, interval and minimum detectable effect as relative effects.
    """
    mde = math.expm1(minimum_detectable_effect(interval, math.log1p(floor)))
    low, high = math.expm1(interval.low), math.expm1(interval.high)
    word = _word(interval, floor)
    reason = ""
    if word == "inconclusive":
        reason = (
            f"the interval {format_relative(low)} to {format_relative(high)} holds both a change "
            f"and none; at this spread {launches} launches find {format_relative(mde)}"
        )
    estimate = math.expm1(interval.estimate)
    return Verdict(word, estimate, low, high, launches, floor, mde, reason, p_value(interval))


def _word(interval: Interval, floor: float) -> VerdictWord:
    edge = math.log1p(floor)
    if interval.low > 0 and interval.estimate > edge:
        return "regressed"
    if interval.high < 0 and interval.estimate < -edge:
        return "improved"
    if -edge <= interval.low and interval.high <= edge:
        return "same"
    return "inconclusive"


def judge(measurement: Measurement, floor: float = FLOOR) -> pd.DataFrame:
    """Return a verdict for every variant that is not its case's baseline.

    Parameters
    ----------
    measurement : Measurement
        Samples and checks of one or more experiments.
    floor : float
        Relative effect below which nothing is called a change.

    Returns
    -------
    DataFrame
        Columns of ``schema.VERDICTS``, in order of first appearance; false discoveries among
        them are controlled together.
    """
    rows = [_row(case, variant, floor) for case in _cases(measurement) for variant in case.variants]
    if not rows:
        return schema.VERDICTS.empty()
    return schema.VERDICTS.conform(control_false_discoveries(pd.DataFrame(rows)))


class _Case:
    """Samples and checks that share experiment and parameters."""

    def __init__(self, samples: pd.DataFrame, checks: pd.DataFrame) -> None:
        self.samples = samples
        self.checks = checks
        self.experiment = str(checks["experiment"].iloc[0])
        self.parameters = str(checks["parameters"].iloc[0])
        self.baseline = str(checks["baseline"].iloc[0])
        self.variants = [name for name in checks["variant"].unique() if name != self.baseline]

    def of(self, variant: str) -> pd.DataFrame:
        return self.samples[self.samples["variant"] == variant]

    def doubt(self, variant: str) -> str:
        """Why this variant's timing may not be believed; empty when it may."""
        found = doubt(self.checks[self.checks["variant"] == variant])
        return found or ("" if len(self.of(variant)) else "no batch of it was timed")

    def resolution(self, variant: str) -> float:
        """Smallest difference between two of its batches, relative to a batch; 0 if none differ."""
        samples = self.of(variant)
        durations = np.rint((samples["value"] * samples["inner"]).to_numpy(np.float64))
        steps = np.diff(np.unique(durations))
        return float(steps.min() / np.median(durations)) if steps.size else 0.0

    def effects(self, variant: str) -> NDArray[np.float64]:
        """Log ratio to the baseline of each launch that timed both, in launch order."""
        keys = ["launch", "round"]
        pairs = self.of(variant).merge(self.of(self.baseline), on=keys, suffixes=("", "_base"))
        return np.array(
            [
                launch_effect(group["value_base"].to_numpy(), group["value"].to_numpy())
                for _, group in pairs.groupby("launch", sort=True)
            ]
        )


def _cases(measurement: Measurement) -> Iterator[_Case]:
    keys = ["experiment", "parameters"]
    samples = dict(iter(measurement.samples.groupby(keys, sort=False)))
    for key, checks in measurement.checks.groupby(keys, sort=False):
        yield _Case(samples.get(key, measurement.samples.iloc[:0]), checks)


def _row(case: _Case, variant: str, floor: float) -> dict[str, object]:
    why_not = case.doubt(variant)
    if not why_not and (base_doubt := case.doubt(case.baseline)):
        why_not = f"its baseline cannot be believed: {base_doubt}"
    if why_not:
        verdict = not_measured(why_not, floor)
    else:
        resolution = math.hypot(case.resolution(variant), case.resolution(case.baseline))
        verdict = judge_effects(case.effects(variant), floor, resolution)
    identity = {
        "run": "",
        "experiment": case.experiment,
        "variant": variant,
        "parameters": case.parameters,
        "name": comparison_name(case.experiment, variant, case.parameters),
        "baseline": case.baseline,
    }
    return identity | verdict_fields(verdict) | _own_values(case, variant, believed=not why_not)


def _own_values(case: _Case, variant: str, *, believed: bool) -> dict[str, object]:
    own, base = case.of(variant), case.of(case.baseline)
    if not believed or own.empty or base.empty:
        value = low = high = baseline_value = math.nan
    else:
        value, low, high = centre(launch_medians(own))
        baseline_value = centre(launch_medians(base))[0]
    return {
        "value": value,
        "value_low": low,
        "value_high": high,
        "baseline_value": baseline_value,
        "unit": str(case.samples["unit"].iloc[0]) if len(case.samples) else "ns",
    }


def comparison_name(experiment: str, variant: str, parameters: str) -> str:
    """Return what a comparison is called in text.

    Parameters
    ----------
    experiment, variant : str
        Their names.
    parameters : str
        JSON object, as stored in the tables.

    Returns
    -------
    str
        For example ``"loop unrolling, 4-fold (16.0 KiB, dtype float64, level L1)"``.
    """
    listed = ", ".join(
        format_bytes(value) if key == "bytes" else f"{key} {value}"
        for key, value in json.loads(parameters).items()
    )
    title = f"{experiment.replace('_', ' ')}, {variant}"
    return f"{title} ({listed})" if listed else title
