"""What notebooks call to measure; progress goes to whoever runs them."""

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments import running
from slonana_analysis.experiments.cpu import profiling
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.model.capture import Capture
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.observation import observed
from slonana_analysis.model.schema import COUNTS
from slonana_analysis.runs.progress import report_progress
from slonana_analysis.runs.results import load_roofs

_ROOF_SECONDS: Mapping[str, float] = {"smoke": 1.0, "quick": 4.0, "full": 15.0}


def machine(output: str | Path = "", preset: str = "smoke") -> tuple[Machine, pd.DataFrame]:
    """Return this machine with its roofs: those of this run, or measured now.

    Parameters
    ----------
    output : str or Path
        The notebook's ``output`` parameter; empty outside a run.
    preset : str
        ``smoke``, ``quick`` or ``full``: 1, 4 or 15 seconds where roofs must be measured.

    Returns
    -------
    Machine, DataFrame
        The machine; the roofs with the columns of ``schema.ROOFS``.

    Raises
    ------
    UsageError
        If the preset is unknown.
    """
    if preset not in _ROOF_SECONDS:
        raise UsageError(f"no preset is called '{preset}'; choose {', '.join(_ROOF_SECONDS)}")
    return running.measured_machine(load_roofs(output), seconds=_ROOF_SECONDS[preset])


@observed("on")
def measure_experiment(
    name: str,
    on: Machine,
    preset: str = "quick",
    *,
    launches: int = 0,
    seed: int = 0,
    **overrides: object,
) -> Measurement:
    """Run an experiment on this machine.

    Parameters
    ----------
    name : str
        Experiment, for example ``"loop_unrolling"``; ``all_experiments()`` lists them.
    on : Machine
        This machine, from ``machine()``.
    preset : str
        ``smoke`` (seconds), ``quick`` (a minute) or ``full``.
    launches : int
        Fresh processes; 0 takes the preset's number.
    seed : int
        Seeds the order of the rounds.
    **overrides
        The experiment's own settings, for example ``dtypes=["float32"]``; empty ones keep what
        the preset says.

    Returns
    -------
    Measurement
        Samples and checks; ``judge`` and ``summarise`` take them from there.

    Raises
    ------
    UsageError
        If the experiment, the preset or a setting is unknown.
    """
    return running.measure_experiment(
        name, on, preset, launches=launches, seed=seed, on_progress=report_progress, **overrides
    )


@observed("on")
def count_instructions(
    name: str, on: Machine, preset: str = "quick", **overrides: object
) -> pd.DataFrame:
    """Count the instructions of one repetition of every variant of an experiment.

    Parameters
    ----------
    name, on, preset, **overrides
        As for ``measure_experiment``.

    Returns
    -------
    DataFrame
        Columns of ``schema.COUNTS``. What cannot be counted has a row that says why; a machine
        that can count nothing gives one such row.

    Raises
    ------
    UsageError
        If the experiment, the preset or a setting is unknown.
    """
    try:
        return running.count_experiment(name, on, preset, on_progress=report_progress, **overrides)
    except UnavailableError as error:
        nothing = {"run": "", "experiment": name, "variant": "", "parameters": "{}"}
        row = nothing | {"event": "instructions", "value": math.nan, "repeats": 0}
        return COUNTS.conform(pd.DataFrame([row | {"target": "", "reason": str(error)}]))


@observed("output")
def capture_cpu_profile(
    output: str = "",
    preset: str = "quick",
    *,
    validator: str = "",
    pid: int = 0,
    seconds: float = 0.0,
    frequency: int = 999,
) -> Capture:
    """Record where processor time goes; see ``experiments.cpu.profiling.capture_cpu_profile``.

    Parameters
    ----------
    output, preset, validator, pid, seconds, frequency
        As there.

    Returns
    -------
    Capture
        Made now, or recorded elsewhere where this machine cannot; its facts say which.

    Raises
    ------
    UsageError
        If a command and a process are both named, or the preset is unknown.
    UnavailableError
        If what the user named could not be profiled.
    """
    report_progress("recording a profile", 0, 1)
    capture = profiling.capture_cpu_profile(
        output, preset, validator=validator, pid=pid, seconds=seconds, frequency=frequency
    )
    report_progress("recording a profile", 1, 1)
    return capture
