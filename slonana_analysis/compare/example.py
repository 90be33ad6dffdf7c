"""Made-up runs whose verdicts are the same on every machine, to check the rules by."""

import numpy as np
import pandas as pd

from slonana_analysis.compare.reference_ratio import reference_effects
from slonana_analysis.compare.verdicts import FLOOR, judge_interval
from slonana_analysis.model.reserved import REFERENCE
from slonana_analysis.model.schema import SAMPLES
from slonana_analysis.stats.change_points import change_points
from slonana_analysis.stats.unpaired import trimmed_difference_interval

_LAUNCHES = 4
# Log deviations of four launches: their layouts differ by a few tenths of a percent.
_LAYOUTS = (0.002, -0.001, 0.0, 0.003)
# What each machine was doing meanwhile: the second day is a third slower throughout.
_DAYS = ((1.0, 1.1, 0.9, 1.2), (1.3, 1.4, 1.25, 1.5))
_TIMES = ({"slower": 10.0, "unchanged": 20.0}, {"slower": 11.0, "unchanged": 20.0})


def example() -> dict[str, str]:
    """Return the verdicts on two made-up runs.

    Returns
    -------
    dict of str to str
        Subject to verdict.
    """
    before, after = (
        reference_effects(_samples(times, day)) for times, day in zip(_TIMES, _DAYS, strict=True)
    )
    return {
        subject: judge_interval(
            trimmed_difference_interval(_of(before, subject), _of(after, subject)), _LAUNCHES
        ).word
        for subject in _TIMES[0]
    }


def history_example() -> list[tuple[str, str]]:
    """Return the runs between which a made-up history of 24 runs moved by 3 %.

    Returns
    -------
    list of (str, str)
        Last run of the old level, first run of the new one.
    """
    noise = np.random.default_rng(81).normal(0, 0.004, 24)
    levels = noise + np.where(np.arange(24) < 16, 0.0, np.log(1.03))
    names = [f"run {number + 1}" for number in range(24)]
    return [
        (names[point.index - 1], names[point.index])
        for point in change_points(levels, floor=np.log1p(FLOOR))
    ]


def _of(effects: pd.DataFrame, subject: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return effects.loc[effects["variant"] == subject, "effect"].to_numpy(np.float64)


def _samples(times: dict[str, float], day: tuple[float, ...]) -> pd.DataFrame:
    rows = [
        {
            "run": "",
            "experiment": "made_up",
            "variant": variant,
            "parameters": "{}",
            "launch": launch,
            "round": 0,
            "order": 0,
            "value": time * day[launch] * np.exp(0 if variant == REFERENCE else _LAYOUTS[launch]),
            "unit": "ns",
            "inner": 1,
            "harness_ns": np.nan,
        }
        for launch in range(_LAUNCHES)
        for variant, time in (times | {REFERENCE: 40.0}).items()
    ]
    return SAMPLES.conform(pd.DataFrame(rows))
