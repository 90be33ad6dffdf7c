"""Experiment 10: a processor profile of the validator, or of the pipeline that stands in for it."""

import shlex
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from slonana_analysis.capture.perf import record
from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model.capture import Capture
from slonana_analysis.native.pipeline import pipeline_command

SECONDS: Mapping[str, float] = {"smoke": 1.0, "quick": 10.0, "full": 60.0}


def capture_cpu_profile(
    output: str = "",
    preset: str = "quick",
    *,
    validator: str = "",
    pid: int = 0,
    seconds: float = 0.0,
    frequency: int = 999,
    on_progress: Callable[[str], None] | None = None,
) -> Capture:
    """Record where processor time goes, or fall back to the recorded capture.

    Parameters
    ----------
    output : str
        Folder that receives ``captures/perf``; empty uses a temporary folder.
    preset : str
        ``smoke``, ``quick`` or ``full``: 1, 10 or 60 seconds.
    validator : str
        Command line to profile, split as a shell splits words; empty takes the pipeline.
    pid : int
        Process to attach to; 0 attaches to none.
    seconds : float
        Length of the recording; 0 takes the preset's.
    frequency : int
        Samples per second and CPU.
    on_progress : callable, optional
        Called with one line per step.

    Returns
    -------
    Capture
        ``facts.recorded`` is true, and ``facts.notes`` says why, when nothing could be recorded
        and the suite's own capture stands in.

    Raises
    ------
    UsageError
        If both a command and a process are named, or the preset is unknown.
    UnavailableError
        If the user named a command or process and it could not be profiled: somebody else's
        profile would be no answer.
    """
    if validator and pid:
        raise UsageError("name a validator command or a process id to profile, not both")
    if preset not in SECONDS:
        raise UsageError(f"no preset is called '{preset}'; choose one of {', '.join(SECONDS)}")
    length = seconds or SECONDS[preset]
    folder = Path(output or tempfile.mkdtemp(prefix="slonana-perf-")) / "captures" / "perf"
    try:
        if pid:
            return record(
                folder, pid=pid, duration=length, frequency=frequency, on_progress=on_progress
            )
        # The pipeline ends by itself; a validator would go on for ever.
        command = shlex.split(validator) if validator else pipeline_command(length)
        limit = length if validator else None
        return record(
            folder, command=command, duration=limit, frequency=frequency, on_progress=on_progress
        )
    except UnavailableError as error:
        if validator or pid:
            raise
        return _stand_in(error)


def _stand_in(error: UnavailableError) -> Capture:
    capture = recorded_capture("perf-pipeline")
    note = f"This machine made no profile of its own: {error}."
    return replace(capture, facts=replace(capture.facts, notes=(note, *capture.facts.notes)))
