"""A display that adds to every step how long the rest will take at the pace so far."""

import time
from collections.abc import Callable
from dataclasses import replace

from slonana_analysis.model.run import NotebookRecord
from slonana_analysis.report.progress import Display
from slonana_analysis.report.words import seconds_text
from slonana_analysis.runs.progress import ProgressReport


class TimeLeftDisplay:
    """Hands everything on to another display, steps with the time that is left.

    Parameters
    ----------
    display : Display
        Shows what it is handed.
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, display: Display, clock: Callable[[], float] = time.monotonic) -> None:
        self._display = display
        self._clock = clock
        self._what = ""
        self._first = (0.0, 0)

    def notebook_started(self, name: str, number: int, total: int) -> None:
        """Show that notebook ``number`` of ``total`` is being executed."""
        self._what = ""
        self._display.notebook_started(name, number, total)

    def step(self, report: ProgressReport) -> None:
        """Show how far the notebook says it is, and what is left of it."""
        if report.what != self._what:
            # Compiling belongs to no pace, so the clock starts with the first step that is told.
            self._what, self._first = report.what, (self._clock(), report.done)
        started, done = self._first
        if report.done > done:
            pace = (self._clock() - started) / (report.done - done)
            left = seconds_text(pace * (report.total - report.done))
            report = replace(report, what=f"{report.what}, {left} left")
        self._display.step(report)

    def notebook_ended(self, record: NotebookRecord) -> None:
        """Show how the notebook ended."""
        self._display.notebook_ended(record)

    def note(self, text: str) -> None:
        """Show one sentence."""
        self._display.note(text)
