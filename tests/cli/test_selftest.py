"""The verb on a small notebook that saves a table made of arithmetic."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slonana_analysis.cli import main
from slonana_analysis.cli.selftest import outcome, summary
from slonana_analysis.compare.other_rules import STORED_RUNS
from slonana_analysis.compare.self_test import OUR_RULE, Outcome, tally
from slonana_analysis.model import schema
from slonana_analysis.runs.catalogue import catalogue, open_run
from tests.report.execution.conftest import RAISING, write_notebook

ROOT = Path(__file__).parents[2]
PARAMETERS = """\
preset: str = ""
output: str = ""
selftest_comparisons: int = 0
selftest_launches: int = 0
selftest_seed: int = 0"""
SAVING = f"""\
from slonana_analysis.compare.self_test import OUR_RULE, Outcome, tally
from slonana_analysis.runs.progress import report_progress
from slonana_analysis.runs.results import save_results
for done in range(1, 4):
    report_progress("verdict_honesty", done, 3)
found = [Outcome("relu", 0.0, "same", 9.0)] * selftest_comparisons
found += [Outcome("relu", 0.03, "regressed", 8.0)] * selftest_launches
save_results(output, self_test=tally({OUR_RULE!r}, found))"""
WAITING = "import time\nopen(os.environ['COUNTED'] + '.begun', 'w').close()\ntime.sleep(600)"


def command(place: Path, *arguments: str) -> list[str]:
    return [
        *(sys.executable, "-m", "slonana_analysis", "selftest"),
        *("--notebooks", str(place / "notebooks"), "--runs", str(place / "runs")),
        *arguments,
    ]


def environment(place: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "COUNTED": str(place / "counted")}


def run_cli(place: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(place, *arguments),
        check=False,
        capture_output=True,
        text=True,
        env=environment(place),
    )


@pytest.mark.slow
def test_the_result_is_printed_and_kept_as_a_run_like_any_other(tmp_path: Path) -> None:
    write_notebook(tmp_path / "notebooks", "00_overview", SAVING, parameters=PARAMETERS)
    write_notebook(tmp_path / "notebooks", "21_other", *RAISING)
    done = run_cli(tmp_path, "--comparisons", "12", "--launches", "7", "--seed", "5", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "comparisons": 12,
        "false_alarm_rate": 0.0,
        "false_alarm_upper": pytest.approx(1 - 0.005 ** (1 / 12)),
        "power": [
            {
                "workload": "relu",
                "slowdown": 0.03,
                "found": 7,
                "tried": 7,
                "seconds_per_verdict": 8.0,
            }
        ],
    }
    run = open_run("latest", tmp_path / "runs")
    assert [record.name for record in run.manifest.notebooks] == ["00_overview"]
    assert run.manifest.parameters == {
        "selftest_comparisons": 12,
        "selftest_launches": 7,
        "selftest_seed": 5,
    }
    assert set(run.self_test()["rule"]) == {OUR_RULE}


@pytest.mark.slow
def test_a_notebook_that_fails_leaves_its_report_and_exit_code_3(tmp_path: Path) -> None:
    write_notebook(tmp_path / "notebooks", "00_overview", *RAISING, parameters=PARAMETERS)
    done = run_cli(tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    run = open_run("latest", tmp_path / "runs")
    assert f"the self-test failed; the report says why: {run.report_path}" in done.stderr


@pytest.mark.slow
def test_ctrl_c_ends_it_cleanly_and_publishes_nothing(tmp_path: Path) -> None:
    write_notebook(tmp_path / "notebooks", "00_overview", WAITING, parameters=PARAMETERS)
    with subprocess.Popen(
        command(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
        start_new_session=True,
    ) as process:
        while not (tmp_path / "counted.begun").exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), errors
    assert "Traceback" not in errors
    assert "what was measured is kept; continue with: slonana-analysis run" in errors
    assert catalogue(tmp_path / "runs") == []


@pytest.mark.parametrize(
    "wrong", [["--comparisons", "0"], ["--launches", "1"], ["--launches", "-3"]]
)
def test_numbers_out_of_range_are_a_wrong_call(
    wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["selftest", "--runs", str(tmp_path / "runs"), *wrong]) == 2
    assert "at least 1 comparison of at least 2 launches" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_the_summary_names_rates_bounds_seconds_and_the_report_last() -> None:
    found = [Outcome("a", 0.0, word, 9.0) for word in ("same", "same", "improved", "same")]
    found += [Outcome("a", 0.05, word, 9.5) for word in ("regressed", "improved")]
    lines = summary(tally(OUR_RULE, found), Path("report/index.html")).splitlines()
    assert lines[0].startswith("false alarms: 1 of 4 comparisons of two builds of one source; 25 %")
    assert lines[0].endswith("with 99 % confidence at most 89 %")
    assert lines[1:] == [
        " +5 % real work on a: found 1 of 2 times, 9.5 s per verdict",
        "report/index.html",
    ]


def test_rows_of_other_rules_are_left_out() -> None:
    table = tally(STORED_RUNS, [Outcome("a", 0.03, "regressed", 9.0)])
    assert outcome(table) == {
        "comparisons": 0,
        "false_alarm_rate": None,
        "false_alarm_upper": None,
        "power": [],
    }
    assert summary(schema.SELF_TEST.empty(), Path("r")).startswith("no comparison")
