"""The verb as a process of its own, on a run of every notebook of the suite."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slonana_analysis.cli import main
from slonana_analysis.model.schema import SAMPLES
from slonana_analysis.runs.catalogue import open_run
from slonana_analysis.runs.tables import write_table

ROOT = Path(__file__).parents[2]


def run_cli(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "slonana_analysis", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


@pytest.mark.slow
def test_every_notebook_of_the_suite_can_be_made_again(tmp_path: Path) -> None:
    runs = str(tmp_path / "runs")
    made = run_cli("run", "--preset", "smoke", "--runs", runs)
    assert made.returncode == 0, made.stderr
    # Neither tools nor this machine's name nor the order of hashes has a part in it.
    elsewhere = {"PATH": str(tmp_path), "SLONANA_MACHINE": "elsewhere", "PYTHONHASHSEED": "7"}
    done = run_cli("reproduce", "latest", "--runs", runs, "--json", **elsewhere)
    outcome = json.loads(done.stdout)
    assert outcome["differences"] == []
    assert outcome["not_made"] == []
    assert outcome["identical"] is True
    assert done.returncode == 0
    assert outcome["compared"]["figure"] >= 4
    assert outcome["compared"]["table"] >= 12
    run = open_run("latest", tmp_path / "runs")
    samples = run.samples()
    measured = run.verdicts().dropna(subset="estimate")["variant"].iloc[0]
    samples.loc[samples["variant"] == measured, "value"] *= 1.5
    write_table(samples, SAMPLES, run.path)
    done = run_cli("reproduce", run.manifest.run[:12], "--runs", runs)
    assert done.returncode == 1
    assert done.stdout.startswith("samples.parquet: is not the file that was stored")
    assert "verdicts.parquet: column '" in done.stdout


def test_a_run_that_does_not_exist_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", "20261123", "--runs", str(tmp_path)]) == 2
    assert "there is no run '20261123'" in capsys.readouterr().err


def test_a_damaged_run_ends_in_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifest.json").write_text("{")
    assert main(["reproduce", str(tmp_path)]) == 3
    assert "the run is damaged" in capsys.readouterr().err
