"""Timed cases of one or more launches as the tables of a measurement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.measure.cases import TimedCase, TimedVariant
from slonana_analysis.model import schema
from slonana_analysis.model.measurement import Measurement

_UNIT = "ns"


@dataclass(frozen=True)
class TimedLaunch:
    """What a launch timed, the processor it stayed on, and how long it took in all."""

    cases: tuple[TimedCase, ...]
    cpu: int
    seconds: float

    @property
    def start_seconds(self) -> float:
        """What the launch spent outside its cases: starting, importing, ending."""
        return self.seconds - sum(case.seconds for case in self.cases)


def tabulate(launches: Mapping[int, TimedLaunch]) -> Measurement:
    """Return the measurement made of some launches.

    Parameters
    ----------
    launches : mapping of int to TimedLaunch
        By their numbers.

    Returns
    -------
    Measurement
        Rows by launch, case, variant, and round or check; the run column is empty.
    """
    timed = [
        (launch, case, variant)
        for launch, of in launches.items()
        for case in of.cases
        for variant in (*case.variants, *([case.reference] if case.reference else []))
    ]
    return Measurement(_samples(timed), _checks(timed), _launches(launches))


def _launches(launches: Mapping[int, TimedLaunch]) -> pd.DataFrame:
    rows = [
        {
            "run": "",
            "experiment": case.experiment,
            "parameters": case.parameters,
            "launch": launch,
            "cpu": of.cpu,
            "start_s": of.start_seconds,
            "case_s": case.seconds,
        }
        for launch, of in launches.items()
        for case in of.cases
    ]
    return schema.LAUNCHES.conform(pd.DataFrame(rows)) if rows else schema.LAUNCHES.empty()


def _samples(timed: Sequence[tuple[int, TimedCase, TimedVariant]]) -> pd.DataFrame:
    counts = np.array([len(variant.values) for _, _, variant in timed], np.int64)
    subjects = pd.DataFrame(
        {
            "run": "",
            "experiment": [case.experiment for _, case, _ in timed],
            "variant": [variant.name for _, _, variant in timed],
            "parameters": [case.parameters for _, case, _ in timed],
            "launch": [launch for launch, _, _ in timed],
            "unit": _UNIT,
            "inner": [variant.inner for _, _, variant in timed],
            "harness_ns": [variant.harness_ns for _, _, variant in timed],
        }
    )
    rows = subjects.loc[np.repeat(np.arange(len(timed)), counts)].reset_index(drop=True)
    total = int(counts.sum())
    rows["round"] = _joined((range(count) for count in counts), total, np.int32)
    rows["order"] = _joined((variant.order for _, _, variant in timed), total, np.int32)
    rows["value"] = _joined((variant.values for _, _, variant in timed), total, np.float64)
    return schema.SAMPLES.conform(rows) if total else schema.SAMPLES.empty()


def _checks(timed: Sequence[tuple[int, TimedCase, TimedVariant]]) -> pd.DataFrame:
    rows = [
        {
            "run": "",
            "experiment": case.experiment,
            "variant": variant.name,
            "parameters": case.parameters,
            "baseline": case.baseline,
            "launch": launch,
            "check": check.check,
            "passed": check.passed,
            "observed": check.observed,
            "limit": check.limit,
        }
        for launch, case, variant in timed
        for check in variant.checks
    ]
    return schema.CHECKS.conform(pd.DataFrame(rows)) if rows else schema.CHECKS.empty()


def _joined(parts: Iterable[Iterable[float]], total: int, dtype: type) -> NDArray[Any]:
    return np.fromiter(chain.from_iterable(parts), dtype, total)
