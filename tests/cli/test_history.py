"""The verb on made-up runs, as a script sees it; and the notebook's views of the same."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.cli import main
from slonana_analysis.model.schema import CHANGES, TRENDS
from slonana_analysis.report.figures import history_plot
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.run_history import run_history
from slonana_analysis.report.views import changes_table, show_history
from slonana_analysis.runs.queries import run_folders
from slonana_analysis.runs.tables import table_path, write_table
from tests.compare.test_history import STEP, noise, trends
from tests.report.made_verdicts import HOSTILE
from tests.runs.test_queries import publish


@pytest.fixture
def runs(tmp_path):
    """Ten runs of two subjects, one of which gets 5 % slower with the seventh."""
    levels = {"steady": noise(1, runs=10), HOSTILE: noise(2, runs=10, step_at=6)}
    for number in range(10):
        publish(tmp_path, number, benchmarks=1)
    for number, folder in enumerate(run_folders(tmp_path)):
        rows = [trends(values, variant=name).iloc[[number]] for name, values in levels.items()]
        table = pd.concat(rows).assign(run=folder.name)
        write_table(table, TRENDS, folder)
    return tmp_path


def _history(*arguments):
    return main(["history", *map(str, arguments)])


def test_a_line_per_subject_and_one_per_change(runs, capsys):
    assert _history("--runs", runs) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.lstrip().startswith("10 runs") for line in lines) == 2
    (moved,) = [line for line in lines if "moved by" in line]
    ids = [folder.name for folder in run_folders(runs)]
    assert f"between run {ids[5]} and run {ids[6]}" in moved
    assert "note: 10 runs, 2 subjects; 2 series of 6 runs and more looked at" in lines


def test_json_has_every_point_and_no_strange_number(runs, capsys):
    assert _history("--runs", runs, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [len(series["points"]) for series in document["series"]] == [10, 10]
    (change,) = document["changes"]
    assert change["estimate"] == pytest.approx(math.expm1(STEP), abs=0.01)
    assert change["runs_before"] == 6


def test_a_higher_floor_hides_smaller_moves(runs, capsys):
    assert _history("--runs", runs, "--floor", 8) == 0
    assert "moved by" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--experiment", "nothing"], "no run of experiment 'nothing'"),
        (["--machine", "ef56"], "slonana-analysis run"),
        (["--floor", "-1"], "no percentage"),
    ],
)
def test_nothing_to_show_is_said(runs, capsys, options, sentence):
    assert _history("--runs", runs, *options) == 2
    assert sentence in capsys.readouterr().err


def test_views_of_a_history(runs):
    history = run_history(runs=str(runs))
    text = show_history(history).data
    assert "moved by" in text
    assert "`" in text
    table = changes_table(history)
    assert len(table.rows) == 1
    assert HOSTILE not in table._repr_html_()
    figure = history_plot(history.trends, history.changes)
    assert "moved" in figure.description
    assert figure.svg() == history_plot(history.trends, history.changes).svg()


def test_without_runs_there_is_a_notice_and_no_figure(tmp_path):
    history = run_history(runs=str(tmp_path))
    assert isinstance(show_history(history), NotMeasured)
    assert history_plot(history.trends, history.changes) is None
    assert changes_table(history).rows == ()


def test_runs_made_before_levels_were_kept_are_read_from_what_they_hold(tmp_path):
    for number in range(3):
        run = publish(tmp_path, number, benchmarks=2)
        table_path(run.path, TRENDS).unlink()
    assert len(run_history(runs=str(tmp_path)).trends) == 6


def test_two_hundred_runs_can_be_drawn():
    values = np.random.default_rng(0).normal(0, 0.01, 200)
    table = trends(values).assign(run=[f"2026{k:04d}T000000Z-000000" for k in range(200)])
    assert history_plot(table, CHANGES.empty()) is not None
