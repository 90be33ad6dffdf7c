"""The verb on small notebooks, as a process of its own: what a script sees of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slonana_analysis.cli import main
from slonana_analysis.runs.catalogue import catalogue, open_run
from tests.report.execution.conftest import GOOD, RAISING, write_notebook

ROOT = Path(__file__).parents[2]
SAVING = """\
import math, pandas as pd
from slonana_analysis.model.schema import VERDICTS
from slonana_analysis.runs.results import save_results
row = {column.name: math.nan if column.dtype == "float64" else "x" for column in VERDICTS}
row |= {"parameters": "{}", "verdict": "not measured", "unit": "ns"}
row |= {"launches": 1, "comparisons": 0, "mde": math.inf, "floor": 0.01}
save_results(output, verdicts=pd.DataFrame([row]))"""
PARAMETERS = 'preset: str = ""\noutput: str = ""\nn: int = 1'


def run_cli(place: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            *(sys.executable, "-m", "slonana_analysis", "run"),
            *("--notebooks", str(place / "notebooks"), "--runs", str(place / "runs")),
            *arguments,
        ],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COUNTED": str(place / "counted")},
    )


@pytest.mark.slow
def test_the_report_s_path_is_all_of_standard_output(tmp_path: Path) -> None:
    write_notebook(
        tmp_path / "notebooks",
        "00_a",
        *GOOD,
        parameters=PARAMETERS,
    )
    write_notebook(tmp_path / "notebooks", "21_b", *GOOD)
    done = run_cli(tmp_path, "--preset", "smoke", "--only", "00", "-p", "n=3")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
    run = open_run("latest", tmp_path / "runs")
    assert Path(done.stdout.rstrip("\n")) == run.report_path
    assert run.report_path.exists()
    assert run.manifest.parameters == {"n": 3}
    assert run.manifest.preset == "smoke"
    assert [record.name for record in run.manifest.notebooks] == ["00_a"]
    assert "[1/1] 00_a: done" in done.stderr


@pytest.mark.slow
def test_a_failed_notebook_ends_in_3_and_a_resume_in_0(tmp_path: Path) -> None:
    write_notebook(tmp_path / "notebooks", "00_a", SAVING)
    write_notebook(tmp_path / "notebooks", "21_b", *RAISING)
    done = run_cli(tmp_path, "--preset", "smoke", "--json")
    assert done.returncode == 3, done.stderr
    assert "1 of 2 notebooks failed: 21_b; redo them with: slonana-analysis run" in done.stderr
    outcome = json.loads(done.stdout)
    assert [(n["name"], n["state"]) for n in outcome["notebooks"]] == [
        ("00_a", "done"),
        ("21_b", "failed"),
    ]
    assert outcome["verdicts"] == [
        {
            "name": "x",
            "verdict": "not measured",
            "estimate": None,
            "low": None,
            "high": None,
            "launches": 1,
            "floor": 0.01,
            "mde": None,
        }
    ]
    write_notebook(tmp_path / "notebooks", "21_b", *GOOD)
    again = run_cli(tmp_path, "--resume", outcome["run"], "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["report"] == outcome["report"]
    assert (tmp_path / "counted").read_text().split() == ["00_a", "21_b", "21_b"]
    assert len(catalogue(tmp_path / "runs")) == 1


@pytest.mark.parametrize("extra", [["--preset", "full"], ["--only", "00"], ["-p", "n=3"]])
def test_a_resumed_run_keeps_its_own_settings(
    extra: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--resume", "20261123T032959Z-7f3a9c", *extra]) == 2
    assert "--resume takes its preset" in capsys.readouterr().err


def test_a_wrong_name_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_notebook(tmp_path / "notebooks", "00_a")
    places = ["--notebooks", str(tmp_path / "notebooks"), "--runs", str(tmp_path / "runs")]
    assert main(["run", *places, "--only", "00,99"]) == 2
    assert "no notebook is called '99'" in capsys.readouterr().err
    assert main(["run", *places, "-p", "n=3"]) == 2
    assert "no chosen notebook has a parameter 'n'" in capsys.readouterr().err
    assert main(["run", *places, "--resume", "20261123T032959Z-7f3a9c"]) == 2
    assert "there is no run" in capsys.readouterr().err
    assert catalogue(tmp_path / "runs") == []
