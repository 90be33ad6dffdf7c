import io

from slonana_analysis.model.run import NotebookRecord
from slonana_analysis.report.progress import PlainDisplay
from slonana_analysis.report.time_left import TimeLeftDisplay
from slonana_analysis.runs.progress import ProgressReport


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 60.0
        return self.now


def shown(*reports: ProgressReport) -> list[str]:
    stream = io.StringIO()
    display = TimeLeftDisplay(PlainDisplay(stream, Clock()), Clock())
    display.notebook_started("00_overview", 1, 1)
    for report in reports:
        display.step(report)
    return stream.getvalue().splitlines()[1:]


def test_steps_tell_what_is_left_at_the_pace_since_the_first_one() -> None:
    lines = shown(*(ProgressReport("launches", done, 20) for done in (10, 12, 15)))
    assert lines == [
        "[1/1]   launches 10/20",
        # Two steps took a minute, so the other eight take four; then five in two minutes.
        "[1/1]   launches, 4 min 00 s left 12/20",
        "[1/1]   launches, 2 min 00 s left 15/20",
    ]


def test_another_kind_of_step_has_a_pace_of_its_own() -> None:
    lines = shown(
        ProgressReport("roofs", 1, 2), ProgressReport("launches", 1, 3), ProgressReport("x", 1, 1)
    )
    assert [line.split("]   ")[1] for line in lines] == ["roofs 1/2", "launches 1/3", "x 1/1"]


def test_everything_else_is_handed_on() -> None:
    stream = io.StringIO()
    display = TimeLeftDisplay(PlainDisplay(stream, Clock()))
    display.note("a sentence")
    display.notebook_started("00_overview", 1, 1)
    display.notebook_ended(NotebookRecord("00_overview", "Overview", "done", 2.0, 1.0))
    text = stream.getvalue()
    assert "a sentence" in text
    assert "00_overview: done" in text
