"""What a run shows while it works: a live bar on a terminal, plain lines anywhere else."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from slonana_analysis.model.run import NotebookRecord
from slonana_analysis.profiles.names import printable
from slonana_analysis.runs.progress import ProgressReport, ProgressTail

_POLL_SECONDS = 0.25
_SECONDS_BETWEEN_LINES = 5.0


class Display(Protocol):
    """Told what happens, in this order, and shows it."""

    def notebook_started(self, name: str, number: int, total: int) -> None:
        """Show that notebook ``number`` of ``total`` is being executed."""

    def step(self, report: ProgressReport) -> None:
        """Show how far the notebook says it is."""

    def notebook_ended(self, record: NotebookRecord) -> None:
        """Show how the notebook ended."""

    def note(self, text: str) -> None:
        """Show one sentence."""


class PlainDisplay:
    """One line per event, for logs and pipes.

    Parameters
    ----------
    stream : text file
        Where lines go.
    clock : callable
        Seconds that only grow; steps are shown at most once in five of them.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._place = ""
        self._next_line = 0.0

    def notebook_started(self, name: str, number: int, total: int) -> None:
        """Print the notebook's name and place."""
        self._place = f"[{number}/{total}]"
        self._next_line = self._clock() + _SECONDS_BETWEEN_LINES
        self._print(f"{self._place} {name} …")

    def step(self, report: ProgressReport) -> None:
        """Print a step, unless the last line is too fresh."""
        if self._clock() >= self._next_line:
            self._next_line = self._clock() + _SECONDS_BETWEEN_LINES
            self._print(f"{self._place}   {report.what} {report.done}/{report.total}")

    def notebook_ended(self, record: NotebookRecord) -> None:
        """Print how the notebook ended."""
        self._print(f"{self._place} {_ending(record)}")

    def note(self, text: str) -> None:
        """Print one sentence."""
        self._print(text)

    def _print(self, line: str) -> None:
        print(printable(line), file=self._stream, flush=True)


class LiveDisplay:
    """A bar that is redrawn in place; finished notebooks scroll past above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._overall = progress.add_task("notebooks", total=None)
        self._current = progress.add_task("", total=None, visible=False)

    def notebook_started(self, name: str, number: int, total: int) -> None:
        """Show the notebook's name under the bar of all notebooks."""
        self._progress.update(self._overall, completed=number - 1, total=total)
        self._progress.reset(
            self._current, description=printable(name), visible=True, total=None, completed=0
        )

    def step(self, report: ProgressReport) -> None:
        """Move the notebook's own bar."""
        self._progress.update(
            self._current,
            description=printable(report.what),
            completed=report.done,
            total=report.total,
        )

    def notebook_ended(self, record: NotebookRecord) -> None:
        """Print how the notebook ended above the bars."""
        self._progress.advance(self._overall)
        self._progress.update(self._current, visible=False)
        style = {"done": "green", "failed": "bold red", "interrupted": "yellow"}[record.state]
        self._print(Text(printable(_ending(record)), style=style))

    def note(self, text: str) -> None:
        """Print one sentence above the bars."""
        self._print(Text(printable(text)))

    def _print(self, text: Text) -> None:
        self._progress.console.print(text, soft_wrap=True)  # commands in it are to be copied


@contextmanager
def open_display(stream: TextIO) -> Iterator[Display]:
    """Provide the display that suits a stream, and clear it away at the end."""
    if not stream.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield PlainDisplay(stream)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        yield LiveDisplay(progress)


@contextmanager
def following(tail: ProgressTail, display: Display) -> Iterator[None]:
    """Pass what a notebook reports on to the display while the context lasts."""
    over = threading.Event()

    def follow() -> None:
        while not over.wait(_POLL_SECONDS):
            for report in tail.new_reports():
                display.step(report)

    follower = threading.Thread(target=follow, name="progress", daemon=True)
    follower.start()
    try:
        yield
    finally:
        over.set()
        follower.join()


def _ending(record: NotebookRecord) -> str:
    ending = f"{record.name}: {record.state} in {record.seconds:.1f} s"
    return f"{ending}; {record.error}" if record.error else ending
