"""Which run another one is held against, and a run under way read as if it were whole."""

from dataclasses import replace

import pytest

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.runs.baseline import baseline_name, baseline_run, earlier_run
from slonana_analysis.runs.pending import pending_run
from slonana_analysis.runs.results import save_results
from slonana_analysis.runs.writer import RunWriter
from tests.runs.conftest import make_report, manifest, measurement, record

FIRST, SECOND, THIRD = (f"2026112{day}T032959Z-7f3a9c" for day in (1, 2, 3))


def _begin(runs, run_id, *, machine="ab12", preset="smoke"):
    plain = manifest(run_id)
    return RunWriter.begin(
        runs, replace(plain, host={"machine": machine}, preset=preset), ["00_a", "80_b"]
    )


def _publish(runs, run_id, **facts):
    writer = _begin(runs, run_id, **facts)
    for name in ("00_a", "80_b"):
        save_results(writer.fresh_results(name), measurement(name, [1.0]))
        writer.record(record(name))
    return writer.finish(make_report)


def test_the_latest_earlier_run_of_the_machine_and_preset_is_the_baseline(runs):
    _publish(runs, FIRST)
    full = _publish(runs, SECOND, preset="full")
    _publish(runs, THIRD, machine="cd34")
    now = manifest("20261124T032959Z-7f3a9c")
    assert earlier_run(runs.root, "ab12", now).manifest.run == FIRST
    assert earlier_run(runs.root, "ab12").manifest.run == full.manifest.run
    assert earlier_run(runs.root, "ef56") is None
    assert earlier_run(runs.root, "ab12", replace(now, run=FIRST)) is None


def test_latest_means_this_machines_latest(runs):
    _publish(runs, FIRST)
    _publish(runs, SECOND, machine="cd34")
    assert baseline_run("latest", runs.root, "ab12").manifest.run == FIRST
    assert baseline_run(SECOND[:8], runs.root, "ab12").manifest.run == SECOND
    with pytest.raises(UsageError, match="no run of this machine"):
        baseline_run("latest", runs.root, "ef56")


def test_a_run_elsewhere_is_named_by_its_folder(runs, tmp_path):
    run = _publish(runs, FIRST)
    assert baseline_name(run, runs.root) == FIRST
    assert baseline_name(run, tmp_path / "other") == str(run.path.resolve())


def test_a_run_under_way_holds_what_its_notebooks_have_saved(runs):
    writer = _begin(runs, FIRST)
    save_results(writer.fresh_results("00_a"), measurement("sum", [1.0, 2.0]))
    writer.record(record("00_a"))
    pending = pending_run(writer.fresh_results("80_b"))
    assert pending.samples()["value"].tolist() == [1.0, 2.0]
    assert pending.samples()["run"].unique().tolist() == [FIRST]
    assert len(pending.checks()) == 1
    assert pending.counts().empty
    assert pending.manifest.run == FIRST
    assert pending.runs.root == runs.root.resolve()


def test_a_folder_of_no_run_is_refused(tmp_path):
    with pytest.raises(FormatError):
        pending_run(tmp_path / "results" / "80_b")
