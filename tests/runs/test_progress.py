from pathlib import Path

import pytest

from slonana_analysis.runs.progress import (
    PROGRESS_VARIABLE,
    ProgressReport,
    ProgressTail,
    report_progress,
)


def test_reports_arrive_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress.jsonl"
    tail = ProgressTail(path)
    assert list(tail.new_reports()) == []
    monkeypatch.setenv(PROGRESS_VARIABLE, str(path))
    report_progress("launches", 1, 3)
    report_progress("launches", 2, 3)
    assert list(tail.new_reports()) == [
        ProgressReport("launches", 1, 3),
        ProgressReport("launches", 2, 3),
    ]
    assert list(tail.new_reports()) == []


def test_half_a_line_waits_and_nonsense_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    tail = ProgressTail(path)
    path.write_text('{"what": "a", "do')
    assert list(tail.new_reports()) == []
    path.write_text('{"what": "a", "done": 1, "total": 2}\n[]\nnonsense\n{"what": 3}\n')
    assert list(tail.new_reports()) == [ProgressReport("a", 1, 2)]


def test_outside_a_run_reports_go_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROGRESS_VARIABLE, raising=False)
    report_progress("launches", 1, 3)


def test_a_report_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROGRESS_VARIABLE, str(tmp_path))
    report_progress("launches", 1, 3)
