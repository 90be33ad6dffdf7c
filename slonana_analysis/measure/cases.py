"""Timing one case: outputs, calibration, checks, rounds. No table, no process, no real clock."""

import json
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.measure.calibration import best_of, calibrate
from slonana_analysis.measure.reference import reference_batch_ns, reference_kernel
from slonana_analysis.measure.rounds import RoundTimes, Subject, affordable_rounds, time_rounds
from slonana_analysis.measure.subject import Case, HasEmptyLoop, Variant
from slonana_analysis.measure.validity import (
    CheckResult,
    check_floor,
    check_linear,
    check_outputs,
    check_roof,
)
from slonana_analysis.model.reserved import REFERENCE


@dataclass(frozen=True)
class TimedVariant:
    """One variant of a case in one launch.

    Attributes
    ----------
    name : str
        The variant's name.
    inner : int
        Repetitions per batch; 0 when it was not timed.
    harness_ns : float
        Nanoseconds of one empty repetition; NaN where the batch offers no empty loop.
    values : tuple of float
        Nanoseconds of one repetition, by round; empty when it was not timed.
    order : tuple of int
        Place of its batch within each round.
    checks : tuple of CheckResult
        Output first.
    """

    name: str
    inner: int
    harness_ns: float
    values: tuple[float, ...]
    order: tuple[int, ...]
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True)
class TimedCase:
    """One case in one launch.

    Attributes
    ----------
    experiment : str
        The case's experiment.
    parameters : str
        JSON object with sorted keys.
    variants : tuple of TimedVariant
        The baseline first.
    reference : TimedVariant or None
        The frozen kernel in the same rounds; None on a machine that cannot run it.
    seconds : float
        Spent on the case: checks, calibration and rounds.
    """

    experiment: str
    parameters: str
    variants: tuple[TimedVariant, ...]
    reference: TimedVariant | None = None
    seconds: float = 0.0

    @property
    def baseline(self) -> str:
        """Name of the first variant."""
        return self.variants[0].name


def launch_random(seed: int, launch: int) -> np.random.Generator:
    """Return the generator of a launch: independent of other launches', the same every time."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(launch,)))


def time_cases(
    cases: Iterable[Case], *, random: np.random.Generator, case_seconds: float
) -> Iterator[TimedCase]:
    """Time cases one after the other.

    Parameters
    ----------
    cases : iterable of Case
        May be a generator; a case is let go before the next is asked for.
    random : Generator
        Draws the order of every round.
    case_seconds : float
        Seconds to spend on the rounds of each case.

    Yields
    ------
    TimedCase
        In the order of the cases.

    Raises
    ------
    UsageError
        If a case has no variants, names two alike or one like the frozen kernel, or has parameters
        that are not JSON.
    """
    for case in cases:
        yield time_case(case, random=random, case_seconds=case_seconds)
        del case


def time_case(case: Case, *, random: np.random.Generator, case_seconds: float) -> TimedCase:
    """Time one case; a variant whose output differs from the baseline's is checked, not timed."""
    started = time.monotonic()
    parameters = _parameters(case)
    _require_names(case)
    outputs = check_outputs(case)
    ready = [
        _prepare(variant)
        for variant, check in zip(case.variants, outputs, strict=True)
        if check.passed
    ]
    subjects = [prepared.subject for prepared in ready]
    rounds = affordable_rounds(subjects, case_seconds)
    reference = _reference(subjects)
    times = time_rounds(subjects + ([reference] if reference else []), rounds, random)
    timed = {
        prepared.variant.name: _timed(prepared, times, column)
        for column, prepared in enumerate(ready)
    }
    return TimedCase(
        case.experiment,
        parameters,
        tuple(
            _with_output_check(timed.get(variant.name) or _untimed(variant), check)
            for variant, check in zip(case.variants, outputs, strict=True)
        ),
        _timed_reference(reference, times) if reference else None,
        time.monotonic() - started,
    )


def _reference(subjects: Sequence[Subject]) -> Subject | None:
    """Return the frozen kernel, in batches that suit the subjects'; None where it cannot run."""
    try:
        kernel = reference_kernel()
    except UnavailableError:
        return None
    shortest = min(subject.elapsed_ns for subject in subjects)
    return Subject(kernel, *calibrate(kernel, reference_batch_ns(shortest)))


def _timed_reference(reference: Subject, times: RoundTimes) -> TimedVariant:
    values, order = times.values[:, -1].tolist(), times.order[:, -1].tolist()
    return TimedVariant(REFERENCE, reference.inner, math.nan, tuple(values), tuple(order), ())


def _parameters(case: Case) -> str:
    try:
        return json.dumps(dict(case.parameters), sort_keys=True)
    except TypeError as error:
        raise UsageError(
            f"a case of '{case.experiment}' has parameters that are not JSON values: {error}"
        ) from error


def _require_names(case: Case) -> None:
    names = [variant.name for variant in case.variants]
    if not names:
        raise UsageError(f"a case of '{case.experiment}' has no variants")
    if REFERENCE in names:
        raise UsageError(
            f"a case of '{case.experiment}' names a variant '{REFERENCE}', as only the"
            " frozen kernel is called"
        )
    if len(set(names)) < len(names):
        raise UsageError(f"a case of '{case.experiment}' names two variants alike: {names}")


@dataclass(frozen=True)
class _Prepared:
    """A variant that is about to be timed: calibrated, and checked for work that is not there."""

    variant: Variant
    subject: Subject
    linear: CheckResult
    harness_ns: float


def _prepare(variant: Variant) -> _Prepared:
    variant.batch(1)  # compiles, or loads from the cache; touches the data for the first time
    inner, elapsed = calibrate(variant.batch)
    return _Prepared(
        variant,
        Subject(variant.batch, inner, elapsed),
        check_linear(variant.batch, inner),
        _harness_ns(variant.batch),
    )


def _harness_ns(batch: object) -> float:
    if not isinstance(batch, HasEmptyLoop):
        return math.nan
    batch.empty(1)
    inner, elapsed = calibrate(batch.empty)
    return min(elapsed, best_of(batch.empty, inner)) / inner


def _timed(prepared: _Prepared, times: RoundTimes, column: int) -> TimedVariant:
    values = times.values[:, column]
    return TimedVariant(
        prepared.variant.name,
        prepared.subject.inner,
        prepared.harness_ns,
        tuple(values.tolist()),
        tuple(times.order[:, column].tolist()),
        (
            prepared.linear,
            check_floor(values, prepared.harness_ns),
            check_roof(values, prepared.variant.minimum_ns),
        ),
    )


def _untimed(variant: Variant) -> TimedVariant:
    return TimedVariant(variant.name, 0, math.nan, (), (), ())


def _with_output_check(timed: TimedVariant, output: CheckResult) -> TimedVariant:
    return replace(timed, checks=(output, *timed.checks))
