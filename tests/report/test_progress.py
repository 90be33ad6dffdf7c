import io
import threading
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from slonana_analysis.model.run import NotebookRecord
from slonana_analysis.report.progress import LiveDisplay, PlainDisplay, following, open_display
from slonana_analysis.runs.progress import ProgressReport, ProgressTail

DONE = NotebookRecord("00_a", "A", "done", 12.34, 0.5)
FAILED = NotebookRecord("21_b", "B", "failed", 1.0, 0.5, "cell 3: ValueError: \x1b[2Jno")


class Clock:
    """Seconds that stand still until they are moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_name_place_state_and_seconds() -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, Clock())
    display.notebook_started("00_a", 1, 2)
    display.notebook_ended(DONE)
    display.notebook_started("21_b", 2, 2)
    display.notebook_ended(FAILED)
    display.note("a sentence")
    assert stream.getvalue().splitlines() == [
        "[1/2] 00_a …",
        "[1/2] 00_a: done in 12.3 s",
        "[2/2] 21_b …",
        r"[2/2] 21_b: failed in 1.0 s; cell 3: ValueError: \x1b[2Jno",
        "a sentence",
    ]


def test_plain_steps_come_at_most_every_five_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    display = PlainDisplay(stream, clock)
    display.notebook_started("00_a", 1, 1)
    for second in range(11):
        clock.now = 100.0 + second
        display.step(ProgressReport("launches", second, 11))
    assert stream.getvalue().splitlines()[1:] == ["[1/1]   launches 5/11", "[1/1]   launches 10/11"]


def test_a_terminal_gets_bars_and_finished_notebooks_above_them() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    with Progress(console=console, auto_refresh=False) as progress:
        display = LiveDisplay(progress)
        display.notebook_started("[bold]00_a", 1, 2)
        display.step(ProgressReport("launches", 3, 5))
        progress.refresh()
        assert [task.completed for task in progress.tasks] == [0, 3]
        display.notebook_ended(DONE)
        display.notebook_ended(FAILED)
        display.note("[red]a sentence")
        display.note("resume " + "x" * 200)
    shown = stream.getvalue()
    assert "00_a: done in 12.3 s" in shown
    assert "[red]a sentence" in shown
    assert "\x1b[2Jno" not in shown
    assert "x" * 200 in shown


def test_what_is_no_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with open_display(io.StringIO()) as display:
        assert isinstance(display, PlainDisplay)
    with open_display(Terminal()) as display:
        assert isinstance(display, LiveDisplay)
    monkeypatch.setenv("TERM", "dumb")
    with open_display(Terminal()) as display:
        assert isinstance(display, PlainDisplay)


def test_reports_in_the_file_reach_the_display(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    arrived = threading.Event()
    steps: list[ProgressReport] = []

    class Recorder(PlainDisplay):
        def step(self, report: ProgressReport) -> None:
            steps.append(report)
            arrived.set()

    with following(ProgressTail(path), Recorder(io.StringIO())):
        path.write_text('{"what": "launches", "done": 1, "total": 2}\n')
        assert arrived.wait(30)
    assert steps == [ProgressReport("launches", 1, 2)]
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]
