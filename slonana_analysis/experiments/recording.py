"""Notebooks 11 and 12: a recording of memory or packets made now, a file, or the suite's own."""

import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from slonana_analysis.capture.heaptrack import heaptrack_job
from slonana_analysis.capture.recording import Job, recording_of
from slonana_analysis.capture.tcpdump import VALIDATOR_PORTS, tcpdump_job
from slonana_analysis.capture.valgrind import massif_job
from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model.capture import Capture

_HEAP_JOBS = {"heaptrack": heaptrack_job, "massif": massif_job}


def capture_memory(
    tool: str, command: str = "", output: str = "", *, seconds: float = 10.0
) -> Capture:
    """Record the memory of a command, or take the recording that comes with the suite.

    Parameters
    ----------
    tool : str
        ``heaptrack`` or ``massif``.
    command : str
        Command line to record, split as a shell splits words; empty takes the suite's recording.
    output : str
        Folder that receives ``captures/<tool>``; empty uses a temporary folder.
    seconds : float
        When to end a command that goes on.

    Returns
    -------
    Capture
        ``facts.recorded`` is true for the suite's own.

    Raises
    ------
    UsageError
        If the tool is unknown.
    UnavailableError
        If the named command could not be recorded: another's memory would be no answer.
    """
    if tool not in _HEAP_JOBS:
        raise UsageError(f"no heap profiler is called '{tool}'; choose {' or '.join(_HEAP_JOBS)}")
    if not command:
        return recorded_capture(f"{tool}-pipeline")
    return _recorded(_HEAP_JOBS[tool](shlex.split(command), seconds), tool, output)


def capture_traffic(
    seconds: float = 0.0,
    ports: Sequence[int] = VALIDATOR_PORTS,
    output: str = "",
    *,
    interface: str = "any",
) -> Capture:
    """Record packets of some ports, or take the recording that comes with the suite.

    Parameters
    ----------
    seconds : float
        How long; 0 takes the suite's recording.
    ports : sequence of int
        TCP and UDP ports.
    output : str
        Folder that receives ``captures/tcpdump``; empty uses a temporary folder.
    interface : str
        Network interface; ``any`` for all.

    Returns
    -------
    Capture
        ``facts.recorded`` is true for the suite's own.

    Raises
    ------
    UsageError
        If a port or the length is out of range.
    UnavailableError
        If this machine or user cannot capture packets.
    """
    if not seconds:
        return recorded_capture("tcpdump-loopback")
    return _recorded(tcpdump_job(ports, seconds, interface=interface), "tcpdump", output)


def _recorded(job: Job, tool: str, output: str) -> Capture:
    folder = Path(output or tempfile.mkdtemp(prefix=f"slonana-{tool}-")) / "captures" / tool
    with recording_of(job, folder) as recording:
        recording.wait()
    return recording.capture
