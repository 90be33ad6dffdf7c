"""A tool at work: started, waited for, stopped, and never left behind."""

import contextlib
import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from slonana_analysis.capture.processes import end_group, heeding_interrupts
from slonana_analysis.capture.store import (
    load_capture,
    save_facts,
    unfinished_directory,
    unwritable,
)
from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model.capture import Capture, CaptureFacts
from slonana_analysis.model.host import UNKNOWN

PRINTED = "output.txt"

_FINISH_SECONDS = 60.0
_PRINTED_TAIL = 1 << 16


@dataclass(frozen=True)
class Conclusion:
    """What a tool left: the name of the file that a reader takes, and what is not as asked."""

    main: str
    notes: tuple[str, ...] = ()


def interrupt(process: "subprocess.Popen[bytes]") -> None:
    """Tell a tool to finish, as Ctrl-C does."""
    process.send_signal(signal.SIGINT)


@dataclass(frozen=True)
class Job:
    """How a tool is started and stopped, and what is made of what it leaves.

    Attributes
    ----------
    tool, version : str
        For the facts.
    command : callable
        Takes the scratch directory, returns program (with its path) and arguments.
    target : str
        What is recorded, in text: ``the command 'make'``.
    is_command : bool
        Whether a command is started, whose end and status are worth a note.
    seconds : float
        When to stop it; infinite: it ends by itself.
    conclude : callable
        Takes the scratch directory and the end of what was printed, once the tool has ended;
        raises UnavailableError if nothing was recorded.
    stop : callable
        Tells the running tool to finish its file.
    notes : tuple of str
        What is not as one would wish already before it starts.
    """

    tool: str
    version: str
    command: Callable[[Path], tuple[str, ...]]
    target: str
    is_command: bool
    seconds: float
    conclude: Callable[[Path, str], Conclusion]
    stop: Callable[["subprocess.Popen[bytes]"], None] = interrupt
    notes: tuple[str, ...] = ()


@contextmanager
def recording_of(
    job: Job,
    directory: str | Path,
    *,
    host: str = UNKNOWN,
    on_progress: Callable[[str], None] | None = None,
) -> "Iterator[Recording]":
    """Let a tool record while the block runs.

    Parameters
    ----------
    job : Job
        What to start.
    directory : path
        Where the capture goes; must not exist, or be empty.
    host : str
        Machine id to note in the facts.
    on_progress : callable, optional
        Called with one line per step.

    Yields
    ------
    Recording
        Its ``capture`` is there once the block has ended. If the block raises, the recording is
        ended at once and thrown away.

    Raises
    ------
    UsageError
        If the directory is taken.
    UnavailableError
        If the tool records nothing, or the capture cannot be written.
    """
    home = Path(directory).absolute()
    with unfinished_directory(home) as scratch:
        recording = Recording(job, scratch)
        try:
            yield recording
            if on_progress is not None:
                on_progress(f"{job.tool} finishes its file")
            try:
                recording.finish(host)
            except OSError as error:
                raise unwritable(home, error) from error
        finally:
            recording.kill()
    recording.load(home)


class Recording:
    """A tool at work in a scratch directory; ``recording_of`` makes and ends it."""

    def __init__(self, job: Job, scratch: Path) -> None:
        self._job = job
        self._scratch = scratch
        self._capture: Capture | None = None
        self._command = job.command(scratch)
        self._start = datetime.now().astimezone()
        self._began = time.monotonic()
        self._seconds = 0.0
        with (scratch / PRINTED).open("wb") as printed, heeding_interrupts():
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def capture(self) -> Capture:
        """The finished capture.

        Raises
        ------
        UsageError
            While it is still being recorded.
        """
        if self._capture is None:
            raise UsageError("the recording is not finished: leave its 'with' block first")
        return self._capture

    def wait(self) -> None:
        """Wait until the tool ends by itself or the duration is over."""
        left = self._job.seconds - (time.monotonic() - self._began)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(left, 0.0) if math.isfinite(left) else None)

    def finish(self, host: str) -> None:
        """Stop the tool, look at what it left, and write the facts.

        Parameters
        ----------
        host : str
            Machine id to note.

        Raises
        ------
        UnavailableError
            If nothing was recorded, or the tool does not come to an end.
        """
        stopped = self._stop()
        conclusion = self._job.conclude(self._scratch, self._printed())
        program, *arguments = self._command
        facts = CaptureFacts(
            tool=self._job.tool,
            version=self._job.version,
            command=(
                Path(program).name,
                *(part.replace(f"{self._scratch}/", "") for part in arguments),
            ),
            host=host,
            start=self._start.isoformat(timespec="seconds"),
            seconds=round(self._seconds, 3),
            files={},
            notes=(*self._job.notes, *self._end(stopped=stopped), *conclusion.notes),
        )
        save_facts(self._scratch, conclusion.main, facts)

    def load(self, home: Path) -> None:
        """Take the finished capture from where it ended up."""
        self._capture = load_capture(home)

    def kill(self) -> None:
        """End the tool and what it started; nothing to do after ``finish``."""
        end_group(self._process)

    def _stop(self) -> bool:
        """Let the tool finish its file; return whether it had to be told to stop."""
        running = self._process.poll() is None
        self._seconds = time.monotonic() - self._began
        if running:
            self._job.stop(self._process)
        try:
            self._process.wait(_FINISH_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(
                f"{self._job.tool} did not finish its file within {_FINISH_SECONDS:.0f} s; record "
                "for a shorter time or a smaller workload"
            ) from error
        return running

    def _end(self, *, stopped: bool) -> tuple[str, ...]:
        status = self._process.returncode
        if not self._job.is_command:
            return ()
        if stopped:
            return (f"the command was ended after {self._seconds:.1f} s",)
        if status > 0:
            return (f"the command exited with status {status}",)
        if status < 0:
            return (f"the command was ended by {signal.Signals(-status).name}",)
        return ()

    def _printed(self) -> str:
        with (self._scratch / PRINTED).open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _PRINTED_TAIL))
            return stream.read().decode("utf-8", "backslashreplace")
