"""perf-record(1) at work: started, waited for, stopped, and never left behind."""

import contextlib
import math
import os
import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

from slonana_analysis.capture.perf_errors import perf_error
from slonana_analysis.capture.perf_setup import PerfSetup
from slonana_analysis.capture.perf_target import RecordingTarget
from slonana_analysis.capture.perf_text import PERF_DATA, PERF_SCRIPT, is_recording, print_script
from slonana_analysis.capture.processes import end_group
from slonana_analysis.capture.store import load_capture, save_facts
from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model.capture import Capture, CaptureFacts

PRINTED = "output.txt"

_FINISH_SECONDS = 60.0
_PRINTED_TAIL = 1 << 16


class Recording:
    """perf at work in a scratch directory; ``perf_recording`` makes and ends it."""

    def __init__(self, setup: PerfSetup, target: RecordingTarget, scratch: Path) -> None:
        self._setup = setup
        self._target = target
        self._scratch = scratch
        self._notes = list(setup.notes)
        self._capture: Capture | None = None
        self._command = (
            *("record", "--event", setup.event, "--freq", str(setup.frequency)),
            *("--call-graph", "fp", "--sample-cpu", "--no-buildid-cache", "--output"),
            *(str(scratch / PERF_DATA), *target.arguments),
        )
        self._start = datetime.now().astimezone()
        self._began = time.monotonic()
        self._seconds = 0.0
        with (scratch / PRINTED).open("wb") as printed:
            self._process = subprocess.Popen(
                (setup.path, *self._command),
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
        """Wait until perf ends by itself or the duration is over."""
        left = self._target.seconds - (time.monotonic() - self._began)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(left, 0.0) if math.isfinite(left) else None)

    def finish(self, host: str) -> None:
        """Stop perf, print what it recorded as text, and write the facts.

        Parameters
        ----------
        host : str
            Machine id to note.

        Raises
        ------
        UnavailableError
            If perf could not record, or does not come to an end.
        """
        stopped = self._stop()
        if not is_recording(self._scratch / PERF_DATA):
            raise perf_error(self._printed(), f"record {self._target.name}")
        self._note_end(stopped=stopped)
        self._notes += print_script(self._setup.path, self._scratch)
        facts = CaptureFacts(
            tool="perf",
            version=self._setup.version,
            command=("perf", *(part.replace(f"{self._scratch}/", "") for part in self._command)),
            host=host,
            start=self._start.isoformat(timespec="seconds"),
            seconds=round(self._seconds, 3),
            files={},
            notes=tuple(self._notes),
        )
        save_facts(self._scratch, PERF_SCRIPT, facts)

    def load(self, home: Path) -> None:
        """Take the finished capture from where it ended up."""
        self._capture = load_capture(home)

    def kill(self) -> None:
        """End perf and what it started; nothing to do after ``finish``."""
        end_group(self._process)

    def _stop(self) -> bool:
        """Let perf finish its file; return whether it had to be told to stop."""
        running = self._process.poll() is None
        self._seconds = time.monotonic() - self._began
        if running:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_FINISH_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(
                f"perf did not finish its file within {_FINISH_SECONDS:.0f} s; record for a "
                "shorter time or at a lower frequency"
            ) from error
        return running

    def _note_end(self, *, stopped: bool) -> None:
        if stopped and self._target.is_command:
            self._notes.append(f"the command was ended after {self._seconds:.1f} s")
        elif self._target.is_command and self._process.returncode > 0:
            self._notes.append(f"the command exited with status {self._process.returncode}")
        elif self._target.is_command and self._process.returncode < 0:
            name = signal.Signals(-self._process.returncode).name
            self._notes.append(f"the command was ended by {name}")

    def _printed(self) -> str:
        with (self._scratch / PRINTED).open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _PRINTED_TAIL))
            return stream.read().decode("utf-8", "backslashreplace")
