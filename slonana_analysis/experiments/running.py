"""From an experiment's name to its measurement: preset, overrides, launches, progress."""

from collections.abc import Callable
from typing import TypeAlias

import pandas as pd

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.experiments.registry import Experiment, Preset, find_experiment
from slonana_analysis.measure.core_clock import measure_core_clock
from slonana_analysis.measure.counts.counting import CountEvent, count_instructions
from slonana_analysis.measure.harness import LaunchEvent, measure
from slonana_analysis.measure.host import collect_host_facts
from slonana_analysis.measure.roofs import measure_roofs
from slonana_analysis.model.measurement import Measurement

Progress: TypeAlias = Callable[[str, int, int], None]


def measured_machine(
    roofs: pd.DataFrame | None = None,
    *,
    seconds: float = 2.0,
    on_roof: Callable[[str], None] | None = None,
) -> tuple[Machine, pd.DataFrame]:
    """Return this machine with its roofs and core clock.

    Parameters
    ----------
    roofs : DataFrame, optional
        Columns of ``schema.ROOFS``; measured now when absent.
    seconds : float
        How long to measure roofs, in all.
    on_roof : callable, optional
        Called with the name of each roof as it is measured.

    Returns
    -------
    Machine, DataFrame
        The machine, and the roofs it was given or measured.
    """
    table = measure_roofs(seconds=seconds, on_roof=on_roof) if roofs is None else roofs
    return Machine.describe(collect_host_facts(), table, measure_core_clock().ghz), table


def measure_experiment(
    name: str,
    machine: Machine,
    preset: str = "quick",
    *,
    launches: int = 0,
    seed: int = 0,
    on_progress: Progress | None = None,
    **overrides: object,
) -> Measurement:
    """Run an experiment on this machine.

    Parameters
    ----------
    name : str
        Experiment name, for example ``"loop_unrolling"``.
    machine : Machine
        This machine, from ``measured_machine``. With its roofs, results beyond one are flagged.
    preset : str
        ``smoke`` (seconds), ``quick`` (a minute) or ``full``.
    launches : int
        Fresh processes; 0 takes the preset's number.
    seed : int
        Seeds the order of the rounds.
    on_progress : callable, optional
        Called as ``on_progress(what, done, total)`` after every finished case.
    **overrides
        The experiment's own settings, for example ``dtypes=["float32"]``. An empty list keeps
        what the preset says.

    Returns
    -------
    Measurement
        Samples and checks; a variant that computes something else than the baseline has a failed
        check and no samples.

    Raises
    ------
    UsageError
        If the experiment, preset or an override is unknown.
    """
    experiment = find_experiment(name)
    chosen = experiment.preset(preset)
    settings = _settings(experiment, chosen, overrides) | {"machine": machine.as_json()}
    return measure(
        experiment.entry,
        settings,
        launches=launches or chosen.launches,
        seed=seed,
        case_seconds=chosen.case_seconds,
        on_launch=None if on_progress is None else _told(experiment.name, on_progress),
    )


def count_experiment(
    name: str,
    machine: Machine,
    preset: str = "quick",
    *,
    on_progress: Progress | None = None,
    **overrides: object,
) -> pd.DataFrame:
    """Count the instructions of one repetition of every variant of an experiment.

    Parameters
    ----------
    name, machine, preset, on_progress, **overrides
        As for ``measure_experiment``.

    Returns
    -------
    DataFrame
        Columns of ``schema.COUNTS``.

    Raises
    ------
    UsageError
        If the experiment, preset or an override is unknown.
    UnavailableError
        If this machine cannot count; the sentence says what is missing.
    """
    experiment = find_experiment(name)
    settings = _settings(experiment, experiment.preset(preset), overrides)

    def listen(event: CountEvent) -> None:
        if on_progress is not None:
            on_progress(f"{name}, instructions", event.case, event.cases)

    return count_instructions(
        experiment.entry, settings | {"machine": machine.as_json()}, on_case=listen
    )


def _told(name: str, on_progress: Progress) -> Callable[[LaunchEvent], None]:
    """Turn a launch's events into steps of the whole; before a launch ended cases are unknown."""

    def listen(event: LaunchEvent) -> None:
        if event.cases:
            done = event.launch * event.cases + event.case
            on_progress(name, done, event.launches * event.cases)

    return listen


def _settings(
    experiment: Experiment, preset: Preset, overrides: dict[str, object]
) -> dict[str, object]:
    unknown = sorted(set(overrides) - set(preset.settings))
    if unknown:
        raise UsageError(
            f"experiment '{experiment.name}' has no setting {', '.join(unknown)}; "
            f"it has {', '.join(sorted(preset.settings)) or 'none'}"
        )
    given = {key: value for key, value in overrides.items() if value not in ([], "", None)}
    return dict(preset.settings) | given
