"""Records where a command or running processes spend their time, with Linux perf.

perf-record(1) samples call stacks by frame pointer or from copies of the stack (DWARF),
perf-script(1) writes them as text with their symbols; the text, the recording and what was printed
meanwhile stay together in one directory.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from slonana_analysis.capture.perf_errors import perf_error
from slonana_analysis.capture.perf_setup import PerfSetup, set_up_perf
from slonana_analysis.capture.perf_text import PERF_DATA, PERF_SCRIPT, is_recording, print_script
from slonana_analysis.capture.recording import Conclusion, Job, Recording, recording_of
from slonana_analysis.capture.target import RecordingTarget, recording_target, require_positive
from slonana_analysis.errors import UsageError
from slonana_analysis.model.capture import Capture
from slonana_analysis.model.host import UNKNOWN
from slonana_analysis.model.observation import observed

PROCESS_SECONDS = 10.0
CALL_GRAPHS = ("fp", "dwarf")
# Bytes of stack that perf copies with each sample: what fits below this is unwound, no more.
_DWARF_BYTES = 16_384


@observed("directory", "on_progress")
def record(
    directory: str | Path,
    *,
    command: Sequence[str] | None = None,
    pid: int | Sequence[int] | None = None,
    duration: float | None = None,
    frequency: int = 999,
    call_graph: str = "fp",
    host: str = UNKNOWN,
    on_progress: Callable[[str], None] | None = None,
) -> Capture:
    """Record a command from its start, or a process that is running already.

    Parameters
    ----------
    directory : path
        Where the capture goes; must not exist, or be empty.
    command : sequence of str, optional
        Program and arguments; what it prints goes to ``output.txt``. If it fails, its profile is
        kept and a note says so.
    pid : int or sequence of int, optional
        Ids of running processes, recorded with the threads and children they make; these or
        ``command``.
    duration : float, optional
        Seconds to record: by default until the command ends, or 10 s of a process.
    frequency : int
        Samples per second and thread, in Hz; 999 keeps out of step with what runs every ms.
    call_graph : str
        ``fp`` follows frame pointers: cheap, and right for code built with them. ``dwarf`` copies
        16 KiB of stack with every sample: large files, but stacks of any code with unwind tables.
    host : str
        Machine id to note in the facts.
    on_progress : callable, optional
        Called with one line per step.

    Returns
    -------
    Capture
        ``perf.script.txt`` is its main file; notes say what is not as asked.

    Raises
    ------
    UsageError
        If the call contradicts itself or the directory is taken.
    UnavailableError
        If perf is missing, may not record, or the capture cannot be written.
    """
    if pid is not None and duration is None:
        duration = PROCESS_SECONDS
    with perf_recording(
        directory,
        command=command,
        pid=pid,
        duration=duration,
        frequency=frequency,
        call_graph=call_graph,
        host=host,
        on_progress=on_progress,
    ) as recording:
        recording.wait()
    return recording.capture


@contextmanager
def perf_recording(
    directory: str | Path,
    *,
    command: Sequence[str] | None = None,
    pid: int | Sequence[int] | None = None,
    duration: float | None = None,
    frequency: int = 999,
    call_graph: str = "fp",
    host: str = UNKNOWN,
    on_progress: Callable[[str], None] | None = None,
) -> Iterator[Recording]:
    """Record while the block runs.

    Parameters
    ----------
    directory, command, pid, duration, frequency, call_graph, host, on_progress
        As in ``record``; without a duration a process is recorded until the block ends, one hour
        at most.

    Yields
    ------
    Recording
        Its ``capture`` is there once the block has ended. If the block raises, the recording is
        ended at once and thrown away.

    Raises
    ------
    UsageError, UnavailableError
        As in ``record``.
    """
    say = on_progress or (lambda _: None)
    pids = () if pid is None else (pid,) if isinstance(pid, int) else tuple(pid)
    target = recording_target(command, pids, duration)
    require_positive(frequency, "frequency")
    if call_graph not in CALL_GRAPHS:
        raise UsageError(f"perf has no call graph '{call_graph}'; say {' or '.join(CALL_GRAPHS)}")
    setup = set_up_perf(frequency)
    say(f"perf samples {setup.event} of {target.name}, {setup.frequency} times a second")
    with recording_of(
        _job(setup, target, call_graph), directory, host=host, on_progress=on_progress
    ) as recording:
        yield recording


def _job(setup: PerfSetup, target: RecordingTarget, call_graph: str) -> Job:
    unwound = f"dwarf,{_DWARF_BYTES}" if call_graph == "dwarf" else call_graph

    def command(scratch: Path) -> tuple[str, ...]:
        return (
            *(setup.path, "record", "--event", setup.event, "--freq", str(setup.frequency)),
            *("--call-graph", unwound, "--sample-cpu", "--no-buildid-cache"),
            *("--output", str(scratch / PERF_DATA), *_target_arguments(target)),
        )

    def conclude(scratch: Path, printed: str) -> Conclusion:
        if not is_recording(scratch / PERF_DATA):
            raise perf_error(printed, f"record {target.name}")
        return Conclusion(PERF_SCRIPT, tuple(print_script(setup.path, scratch)))

    # perf ends by itself with the 'sleep' it watches, even if we are killed and cannot tell it to.
    seconds = target.seconds if target.is_command else math.inf
    return Job(
        tool="perf",
        version=setup.version,
        command=command,
        target=target.name,
        is_command=target.is_command,
        seconds=seconds,
        conclude=conclude,
        notes=setup.notes,
    )


def _target_arguments(target: RecordingTarget) -> tuple[str, ...]:
    if target.is_command:
        return ("--", *target.command)
    return ("-p", ",".join(map(str, target.pids)), "--", "sleep", f"{target.seconds:g}")
