"""Two stored runs: what got faster or slower between them, as far as that can be known.

Each subject's launches are ratios to the frozen kernel; the two runs are two independent sets of
them, compared by trimmed means with a Yuen-Welch interval. What the frozen kernel does not share
with a subject (another memory layout, another neighbour's taste) stays in the difference, so this
rule finds less than a comparison inside one run; the self-test measures how often it errs.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from slonana_analysis.compare.environment import Comparability, comparability
from slonana_analysis.compare.multiplicity import control_false_discoveries
from slonana_analysis.compare.reference_ratio import SUBJECT, reference_effects, subjects_of
from slonana_analysis.compare.rows import not_measured, verdict_fields
from slonana_analysis.compare.summary import centre
from slonana_analysis.compare.validity import doubts
from slonana_analysis.compare.verdicts import FLOOR, comparison_name, judge_interval
from slonana_analysis.model import schema
from slonana_analysis.model.reserved import SELF_TEST_EXPERIMENT
from slonana_analysis.model.run import RunManifest
from slonana_analysis.model.verdict import Verdict
from slonana_analysis.stats.unpaired import trimmed_difference_interval

_NAN = math.nan


class StoredRun(Protocol):
    """What is compared: ``runs.run.Run``, or one that is still under way."""

    @property
    def manifest(self) -> RunManifest:
        """What the run is."""

    def samples(self) -> pd.DataFrame:
        """Return columns of ``schema.SAMPLES``."""

    def checks(self) -> pd.DataFrame:
        """Return columns of ``schema.CHECKS``."""

    def counts(self) -> pd.DataFrame:
        """Return columns of ``schema.COUNTS``."""


@dataclass(frozen=True)
class RunComparison:
    """What two runs say together.

    Attributes
    ----------
    before, after : RunManifest
        The runs.
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``; ``baseline`` names the earlier run.
    counts : DataFrame
        Columns of ``schema.VERDICTS``; instructions per repetition, which have no noise.
    comparability : Comparability
        Whether a gate may rest on the verdicts, and why not.
    """

    before: RunManifest
    after: RunManifest
    verdicts: pd.DataFrame
    counts: pd.DataFrame
    comparability: Comparability


def compare_runs(before: StoredRun, after: StoredRun, floor: float = FLOOR) -> RunComparison:
    """Compare two runs.

    Parameters
    ----------
    before, after : StoredRun
        The baseline, and what is held against it.
    floor : float
        Relative effect below which nothing is called a change.

    Returns
    -------
    RunComparison
        A subject that only one run measured, or whose timing is in doubt in either, is
        ``not measured`` and says why. Runs of different processors are compared, but every change
        stays ``inconclusive``: a ratio of ratios of two processors is no verdict.
    """
    judged = comparability(before.manifest, after.manifest)
    rows = [_row(subject, before.manifest.run, floor) for subject in _subjects(before, after)]
    verdicts = schema.VERDICTS.empty()
    if rows:
        verdicts = control_false_discoveries(pd.DataFrame(rows))
        if not judged.gated:
            verdicts = _ungated(verdicts, judged.reasons[0])
        verdicts = schema.VERDICTS.conform(verdicts)
    return RunComparison(
        before.manifest,
        after.manifest,
        verdicts,
        compare_counts(before.counts(), after.counts(), before.manifest.run, floor),
        judged,
    )


@dataclass(frozen=True)
class _Subject:
    """One variant of one case in both runs; a side that lacks it is None."""

    experiment: str
    variant: str
    parameters: str
    before: pd.DataFrame | None
    after: pd.DataFrame | None
    doubt: str


def _subjects(before: StoredRun, after: StoredRun) -> Iterator[_Subject]:
    samples = [run.samples() for run in (before, after)]
    sides = [_by_subject(reference_effects(each)) for each in samples]
    doubted = doubts(before.checks()) | doubts(after.checks())
    named = [_by_subject(subjects_of(each)) for each in reversed(samples)]
    for key in dict.fromkeys([*named[0], *named[1], *doubted]):
        if key[0] == SELF_TEST_EXPERIMENT:
            continue  # its subjects are compared by the self-test, and differ on purpose
        yield _Subject(*key, sides[0].get(key), sides[1].get(key), doubted.get(key, ""))


def _by_subject(effects: pd.DataFrame) -> dict[tuple[str, str, str], pd.DataFrame]:
    return dict(iter(effects.groupby(SUBJECT, sort=False)))  # type: ignore[arg-type]  # three columns give triples


def _row(subject: _Subject, before: str, floor: float) -> dict[str, object]:
    return {
        "run": "",
        "experiment": subject.experiment,
        "variant": subject.variant,
        "parameters": subject.parameters,
        "name": comparison_name(subject.experiment, subject.variant, subject.parameters),
        "baseline": f"run {before}",
    } | _judged(subject, floor)


def _judged(subject: _Subject, floor: float) -> dict[str, object]:
    if subject.before is None or subject.after is None:
        return {**verdict_fields(not_measured(_absence(subject), floor)), **_NO_VALUES}
    if subject.doubt:
        return {**verdict_fields(not_measured(subject.doubt, floor)), **_NO_VALUES}
    before, after = (
        side["effect"].to_numpy(np.float64) for side in (subject.before, subject.after)
    )
    launches = min(before.size, after.size)
    if launches < 2:
        reason = "a run with a single launch cannot say how far launches differ"
        estimate = math.expm1(float(after.mean() - before.mean()))
        verdict = Verdict("inconclusive", estimate, _NAN, _NAN, launches, floor, math.inf, reason)
    else:
        verdict = judge_interval(trimmed_difference_interval(before, after), launches, floor)
    value, low, high = centre(subject.after["value"].to_numpy(np.float64))
    return verdict_fields(verdict) | {
        "value": value,
        "value_low": low,
        "value_high": high,
        "baseline_value": centre(subject.before["value"].to_numpy(np.float64))[0],
        "unit": str(subject.after["unit"].iloc[0]),
    }


def _absence(subject: _Subject) -> str:
    if subject.doubt:
        return subject.doubt
    if subject.before is None and subject.after is None:
        return "neither run measured it beside the frozen kernel"
    which = "earlier" if subject.before is None else "later"
    return f"the {which} run did not measure it beside the frozen kernel"


_NO_VALUES: Mapping[str, object] = {
    "value": _NAN,
    "value_low": _NAN,
    "value_high": _NAN,
    "baseline_value": _NAN,
    "unit": "ns",
}


def _ungated(verdicts: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Return the verdicts without any that a gate or a reader could rest on."""
    measured = verdicts["verdict"] != "not measured"
    words = verdicts["verdict"].where(~measured, "inconclusive")
    return verdicts.assign(verdict=words, reason=verdicts["reason"].where(~measured, reason))


def compare_counts(
    before: pd.DataFrame, after: pd.DataFrame, baseline: str, floor: float = FLOOR
) -> pd.DataFrame:
    """Compare instructions per repetition: exact on both sides, so every difference is real.

    Parameters
    ----------
    before, after : DataFrame
        Columns of ``schema.COUNTS``.
    baseline : str
        Id of the earlier run.
    floor : float
        Relative difference below which nothing is called a change.

    Returns
    -------
    DataFrame
        Columns of ``schema.VERDICTS``, of what both sides counted for the same instruction set;
        both ends of the interval are the estimate.
    """
    keys = [*SUBJECT, "event", "target"]
    known = [side[side["reason"] == ""] for side in (before, after)]
    pairs = known[0].merge(known[1], on=keys, suffixes=("_before", ""))
    if pairs.empty:
        return schema.VERDICTS.empty()
    effect = pairs["value"] / pairs["value_before"] - 1
    subjects = zip(*(pairs[column].astype(str) for column in [*SUBJECT, "event"]), strict=True)
    names = [f"{comparison_name(*subject)}, {event}" for *subject, event in subjects]
    words = np.select([effect > floor, effect < -floor], ["regressed", "improved"], "same")
    rows = pairs[SUBJECT].assign(
        run="",
        name=names,
        baseline=f"run {baseline}",
        verdict=words,
        estimate=effect,
        low=effect,
        high=effect,
        launches=pairs["repeats"],
        floor=floor,
        mde=floor,
        value=pairs["value"],
        value_low=pairs["value"],
        value_high=pairs["value"],
        baseline_value=pairs["value_before"],
        unit=pairs["event"],
        reason="",
        p_value=_NAN,
        comparisons=0,
    )
    return schema.VERDICTS.conform(rows)
