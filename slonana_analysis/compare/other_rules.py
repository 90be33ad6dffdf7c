"""What other tools' decision rules say about the samples that a self-test has stored.

The rules are re-implemented here from their documentation, papers and sources, and named so: what
is compared is how one decides, not anybody's program, which would also measure in another way. Each
rule judges each block of launches once. What it is given depends on the design: processes of their
own, one after the other, as these tools measure two versions, or one process in which the two
alternate, which only a paired harness offers.

References
----------
Welch, B. L. (1947), The generalization of Student's problem, Biometrika 34.
Mann, H. B. and Whitney, D. R. (1947), On a test of whether one of two random variables is
stochastically larger than the other, Ann. Math. Statist. 18.
Criterion.rs, "Analysis Process" (bootstrapped t-test at 5 %, noise threshold of 1 %), user guide.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from slonana_analysis.compare.reference_ratio import reference_effects
from slonana_analysis.compare.self_test import Block, Outcome, blocks, self_test, tally
from slonana_analysis.compare.verdicts import FLOOR, judge_interval
from slonana_analysis.model import schema
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.verdict import VerdictWord
from slonana_analysis.stats.unpaired import trimmed_difference_interval

LEVEL = 0.05
"""What these tools test at unless told otherwise."""

CRITERION_NOISE = 0.01
"""Criterion's default noise threshold."""

THRESHOLD = 0.10
"""Relative difference of medians that the rule of thumb calls a change."""

_RESAMPLES = 1_000  # Criterion draws 100,000; a level of 5 % is known well enough from these

STORED_RUNS = "this suite: two stored runs, by reference kernel"
"""Name in ``schema.SELF_TEST`` of our own rule for launches that share no process."""

Times: TypeAlias = NDArray[np.float64]
Rule: TypeAlias = Callable[[Times, Times], VerdictWord]


@dataclass(frozen=True)
class _Launch:
    """A case's times in one launch, by round: of the first variant and of the second."""

    baseline: Times
    variant: Times


def all_rules(measurement: Measurement, launches_per_verdict: int) -> pd.DataFrame:
    """Judge the blocks of a self-test by the production rule and by all others.

    Parameters
    ----------
    measurement, launches_per_verdict
        As for ``self_test``.

    Returns
    -------
    DataFrame
        Columns of ``schema.SELF_TEST``, the production rule first.

    Raises
    ------
    UsageError
        As ``self_test``.
    """
    ours = self_test(measurement, launches_per_verdict)
    others = other_rules(measurement, launches_per_verdict)
    return schema.SELF_TEST.conform(pd.concat([ours, others]))


def other_rules(measurement: Measurement, launches_per_verdict: int) -> pd.DataFrame:
    """Judge the blocks of a self-test by the rules of others, and by ours for stored runs.

    Parameters
    ----------
    measurement : Measurement
        As for ``self_test``.
    launches_per_verdict : int
        As for ``self_test``; two launches are enough for the others' rules, so their seconds are
        those of the launches they looked at.

    Returns
    -------
    DataFrame
        Columns of ``schema.SELF_TEST``.

    Raises
    ------
    UsageError
        As ``self_test``.
    """
    found = blocks(measurement, launches_per_verdict)
    cut = [(block, _launches(block)) for block in found]
    tables = [
        tally(f"{name}, {design}", _outcomes(cut, rule, choose))
        for design, choose in _DESIGNS.items()
        for name, rule in RULES.items()
    ]
    tables.append(tally(STORED_RUNS, _stored_runs(found)))
    return schema.SELF_TEST.conform(pd.concat(tables))


def _variants(block: Block) -> list[str]:
    first, second = block.measurement.checks["variant"].unique()[:2]
    return [str(first), str(second)]


def _launches(block: Block) -> list[_Launch]:
    """Return what each launch of a block timed; launches that lack a variant are left out."""
    samples, (first, second) = block.measurement.samples, _variants(block)
    times = {
        key: group["value"].to_numpy(np.float64)
        for key, group in samples.groupby(["launch", "variant"])
    }
    return [
        _Launch(times[launch, first], times[launch, second])
        for launch in sorted(samples["launch"].unique())
        if (launch, first) in times and (launch, second) in times
    ]


def _one_process_each(launches: list[_Launch]) -> tuple[Times, Times]:
    return launches[0].baseline, launches[1].variant


def _interleaved(launches: list[_Launch]) -> tuple[Times, Times]:
    return launches[0].baseline, launches[0].variant


_DESIGNS: dict[str, Callable[[list[_Launch]], tuple[Times, Times]]] = {
    "one process each": _one_process_each,
    "interleaved": _interleaved,
}


def _outcomes(
    cut: Iterable[tuple[Block, list[_Launch]]],
    rule: Rule,
    choose: Callable[[list[_Launch]], tuple[Times, Times]],
) -> Iterator[Outcome]:
    for block, launches in cut:
        word: VerdictWord = "not measured" if len(launches) < 2 else rule(*choose(launches))
        share = (2 if choose is _one_process_each else 1) / max(len(launches), 1)
        yield Outcome(block.workload, block.slowdown, word, share * block.seconds)


def _stored_runs(found: Iterable[Block]) -> Iterator[Outcome]:
    """Take two blocks that follow each other for two runs: one of the old, one of the new version.

    Each side is known only as a ratio to the frozen kernel beside it, as in runs of two days.
    """
    for _, group in groupby(found, key=lambda block: (block.workload, block.slowdown)):
        listed = list(group)
        for before, after in zip(listed[::2], listed[1::2], strict=False):
            old, _ = _against_reference(before)
            _, new = _against_reference(after)
            word: VerdictWord = "not measured"
            if min(old.size, new.size) >= 2:
                interval = trimmed_difference_interval(old, new)
                word = judge_interval(interval, min(old.size, new.size), FLOOR).word
            yield Outcome(before.workload, before.slowdown, word, before.seconds + after.seconds)


def _against_reference(block: Block) -> tuple[Times, Times]:
    effects = reference_effects(block.measurement.samples)
    first, second = (
        effects.loc[effects["variant"] == name, "effect"].to_numpy(np.float64)
        for name in _variants(block)
    )
    return first, second


def welch(baseline: Times, variant: Times) -> VerdictWord:
    """Call a change where Welch's t-test finds different means at 5 %.

    Parameters
    ----------
    baseline, variant : ndarray of float64, shape (n,) and (m,), any one unit
        At least two times each.

    Returns
    -------
    str
        ``regressed``, ``improved`` or ``same``.
    """
    t = float(_t_statistic(baseline, variant))
    if not math.isfinite(t):
        return _word(t)
    a, b = baseline.var(ddof=1) / baseline.size, variant.var(ddof=1) / variant.size
    spread = a**2 / (baseline.size - 1) + b**2 / (variant.size - 1)
    if spread == 0:
        return "same"
    p = 2 * special.stdtr((a + b) ** 2 / spread, -abs(t))
    return _word(t) if p < LEVEL else "same"


def mann_whitney(baseline: Times, variant: Times) -> VerdictWord:
    """Call a change where the Mann-Whitney U test finds one side larger at 5 %.

    Parameters
    ----------
    baseline, variant : ndarray of float64, shape (n,) and (m,), any one unit
        Enough times for the normal approximation, which is corrected for ties and continuity.

    Returns
    -------
    str
        ``regressed``, ``improved`` or ``same``.
    """
    n, m = baseline.size, variant.size
    ordered = np.sort(baseline)
    below = np.searchsorted(ordered, variant, "left")
    up_to = np.searchsorted(ordered, variant, "right")
    # How often a time of the variant exceeds one of the baseline, ties counting half.
    difference = float((below + up_to).sum() / 2 - n * m / 2)
    counts = np.unique(np.concatenate([baseline, variant]), return_counts=True)[1].astype(float)
    ties = float((counts**3 - counts).sum()) / ((n + m) * (n + m - 1))
    spread = math.sqrt(n * m / 12 * (n + m + 1 - ties))
    if spread == 0:
        return "same"
    p = 2 * special.ndtr(-max(abs(difference) - 0.5, 0.0) / spread)
    return _word(difference) if p < LEVEL else "same"


def criterion(baseline: Times, variant: Times) -> VerdictWord:
    """Call a change as Criterion does: a bootstrapped t-test, then a threshold on the means.

    Parameters
    ----------
    baseline, variant : ndarray of float64, shape (n,) and (m,), any one unit
        At least two times each.

    Returns
    -------
    str
        ``regressed``, ``improved`` or ``same``: the p-value of the t statistic among resamples of
        both sides pooled is below 5 %, and the 95 % percentile interval of the relative difference
        of means lies beyond 1 % on one side.
    """
    random = np.random.default_rng(0)  # the same samples get the same answer every time
    pooled = np.concatenate([baseline, variant])
    drawn = [_resampled(pooled, side.size, random) for side in (baseline, variant)]
    null, seen = _t_statistic(*drawn), abs(_t_statistic(baseline, variant))
    if np.mean(np.abs(null) >= seen) >= LEVEL:
        return "same"
    means = [_resampled(side, side.size, random).mean(axis=1) for side in (baseline, variant)]
    low, high = np.quantile(means[1] / means[0] - 1, [LEVEL / 2, 1 - LEVEL / 2])
    if low > CRITERION_NOISE:
        return "regressed"
    return "improved" if high < -CRITERION_NOISE else "same"


def threshold(baseline: Times, variant: Times) -> VerdictWord:
    """Call a change where the medians differ by more than 10 %.

    Parameters
    ----------
    baseline, variant : ndarray of float64, shape (n,) and (m,), any one unit
        At least one time each.

    Returns
    -------
    str
        ``regressed``, ``improved`` or ``same``.
    """
    ratio = float(np.median(variant) / np.median(baseline)) - 1
    return _word(ratio) if abs(ratio) > THRESHOLD else "same"


RULES: dict[str, Rule] = {
    "Welch's t, 5 %": welch,
    "Mann-Whitney, 5 %": mann_whitney,
    "Criterion's rule": criterion,
    "10 % on the median": threshold,
}
"""Re-implemented rules by the names they are shown under."""


def _resampled(values: Times, size: int, random: np.random.Generator) -> Times:
    return values[random.integers(0, values.size, (_RESAMPLES, size))]


def _t_statistic(baseline: Times, variant: Times) -> Times:
    """Welch's t along the last axis; infinite where sides differ that do not vary."""
    error = np.sqrt(
        baseline.var(axis=-1, ddof=1) / baseline.shape[-1]
        + variant.var(axis=-1, ddof=1) / variant.shape[-1]
    )
    difference = variant.mean(axis=-1) - baseline.mean(axis=-1)
    certain = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    t: Times = np.divide(difference, error, out=certain, where=error > 0)
    return t


def _word(difference: float) -> VerdictWord:
    if difference == 0:
        return "same"
    return "regressed" if difference > 0 else "improved"
