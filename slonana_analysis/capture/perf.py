"""Records where a command or a running process spends its time, with Linux perf.

perf-record(1) samples call stacks by frame pointer, perf-script(1) writes them as text with their
symbols; the text, the recording and what was printed meanwhile stay together in one directory.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from slonana_analysis.capture.perf_recording import Recording
from slonana_analysis.capture.perf_setup import set_up_perf
from slonana_analysis.capture.perf_target import recording_target, require_positive
from slonana_analysis.capture.store import unfinished_directory, unwritable
from slonana_analysis.model.capture import Capture
from slonana_analysis.model.host import UNKNOWN
from slonana_analysis.model.observation import observed

PROCESS_SECONDS = 10.0


@observed("directory", "on_progress")
def record(
    directory: str | Path,
    *,
    command: Sequence[str] | None = None,
    pid: int | None = None,
    duration: float | None = None,
    frequency: int = 999,
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
    pid : int, optional
        Id of a running process, recorded with the threads and children it makes; this or
        ``command``.
    duration : float, optional
        Seconds to record: by default until the command ends, or 10 s of a process.
    frequency : int
        Samples per second and thread, in Hz; 999 keeps out of step with what runs every ms.
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
    pid: int | None = None,
    duration: float | None = None,
    frequency: int = 999,
    host: str = UNKNOWN,
    on_progress: Callable[[str], None] | None = None,
) -> Iterator[Recording]:
    """Record while the block runs.

    Parameters
    ----------
    directory, command, pid, duration, frequency, host, on_progress
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
    home = Path(directory).absolute()
    say = on_progress or (lambda _: None)
    target = recording_target(command, pid, duration)
    require_positive(frequency, "frequency")
    setup = set_up_perf(frequency)
    say(f"perf samples {setup.event} of {target.name}, {setup.frequency} times a second")
    with unfinished_directory(home) as scratch:
        recording = Recording(setup, target, scratch)
        try:
            yield recording
            say("perf turns its recording into text")
            try:
                recording.finish(host)
            except OSError as error:
                raise unwritable(home, error) from error
        finally:
            recording.kill()
    recording.load(home)
