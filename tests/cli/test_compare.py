"""The verb on made-up runs and on other tools' result files, as a script sees it."""

import json
from pathlib import Path

import pytest

from slonana_analysis.cli import main
from slonana_analysis.runs.layout import RunsDirectory
from tests.report.test_run_comparison import FIRST, SECOND, publish

DATA = Path(__file__).parents[2] / "data" / "bench-results"


@pytest.fixture
def runs(tmp_path):
    directory = RunsDirectory(tmp_path / "runs")
    publish(directory, FIRST, 10.0)
    publish(directory, SECOND, 11.0)
    return directory.root


def _compare(*arguments):
    return main(["compare", *map(str, arguments)])


def test_two_runs_on_a_terminal(runs, capsys):
    assert _compare(FIRST, SECOND, "--runs", runs) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("regressed")
    assert "sum, a" in lines[0]
    assert "2 comparisons: 1 regressed, 1 same" in lines
    assert "note: kernel: 6.1 became 6.2" in lines


def test_two_runs_as_json(runs, capsys):
    assert _compare(FIRST, SECOND, "--runs", runs, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["gated"] is True
    assert {row["name"]: row["verdict"] for row in document["verdicts"]} == {
        "sum, a": "regressed",
        "sum, b": "same",
    }
    assert document["verdicts"][0]["estimate"] == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    ("words", "code"), [("regressed", 1), ("improved", 0), ("improved,same", 1)]
)
def test_the_gate(runs, words, code):
    assert _compare(FIRST, SECOND, "--runs", runs, "--fail-on", words) == code


def test_the_floor_is_in_percent(runs):
    arguments = (FIRST, SECOND, "--runs", runs, "--fail-on", "regressed")
    assert _compare(*arguments, "--floor", 15) == 0
    assert _compare(*arguments, "--floor", -1) == 2


def test_a_page_and_a_table_are_written(runs, tmp_path, capsys):
    assert _compare(FIRST, SECOND, "--runs", runs, "-o", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "index.html",
        "verdicts.parquet",
    ]


def test_a_gate_on_nothing_measured_does_not_pass(tmp_path, capsys):
    directory = RunsDirectory(tmp_path / "runs")
    for run in (FIRST, SECOND):
        publish(directory, run, None)
    arguments = ("--runs", directory.root, "--fail-on", "regressed")
    assert _compare(FIRST, SECOND, *arguments) == 3
    assert "the gate cannot pass: there was no comparison" in capsys.readouterr().err


@pytest.mark.parametrize("tool", ["pyperf", "hyperfine", "google-benchmark", "pytest-benchmark"])
def test_other_tools_results_are_compared_and_said_to_be_unpaired(tool, capsys):
    folder = DATA / tool
    assert _compare(folder / "old.json", folder / "new.json") == 0
    out = capsys.readouterr().out
    assert "unpaired" in out
    assert "slonana-analysis ab" in out


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (FIRST, DATA / "pyperf" / "old.json", "is a run and"),
        ("nowhere/new.json", DATA / "pyperf" / "old.json", "nowhere/new.json"),
        ("2031", "2032", "there is no run '2031'"),
        (DATA.parent / "perf-pipeline", "x/y.json", "compare profiles with profiles"),
    ],
)
def test_sides_that_cannot_be_compared(runs, capsys, before, after, sentence):
    assert _compare(before, after, "--runs", runs) in {2, 3}
    assert sentence in capsys.readouterr().err
