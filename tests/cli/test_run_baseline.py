"""A run held against another one, and the gate on it."""

import json

import pytest

from slonana_analysis.cli import main
from slonana_analysis.runs.catalogue import catalogue, open_run
from tests.cli.test_run import PARAMETERS, run_cli
from tests.report.execution.conftest import GOOD, write_notebook

MEASURING = """\
import numpy as np, pandas as pd
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.reserved import REFERENCE
from slonana_analysis.model.schema import CHECKS, SAMPLES
from slonana_analysis.runs.results import save_results
common = {"run": "", "experiment": "sum", "parameters": "{}", "round": 0, "order": 0}
common |= {"unit": "ns", "inner": 1, "harness_ns": np.nan}
rows = [common | {"variant": variant, "launch": launch, "value": time * (1 + launch % 3 / 1000)}
        for variant, time in (("a", float(n)), (REFERENCE, 40.0)) for launch in range(7)]
save_results(output, Measurement(SAMPLES.conform(pd.DataFrame(rows)), CHECKS.empty()))"""


@pytest.mark.slow
def test_a_regression_since_the_baseline_ends_in_1_and_is_on_the_first_page(tmp_path) -> None:
    write_notebook(tmp_path / "notebooks", "21_b", MEASURING, parameters=PARAMETERS)
    first = run_cli(tmp_path, "--preset", "smoke", "-p", "n=100")
    assert first.returncode == 0, first.stderr
    options = ("--preset", "smoke", "--baseline", "latest", "--fail-on", "regressed", "--json")
    slower = run_cli(tmp_path, *options, "-p", "n=105")
    assert slower.returncode == 1, slower.stderr
    outcome = json.loads(slower.stdout)
    assert [row["verdict"] for row in outcome["since"]["verdicts"]] == ["regressed"]
    runs = catalogue(tmp_path / "runs")
    assert open_run("latest", tmp_path / "runs").manifest.parameters["baseline"] == runs[0].run
    page = open_run("latest", tmp_path / "runs").report_path.read_text()
    assert f"Since {runs[0].run}" in page
    same = run_cli(tmp_path, *options, "-p", "n=105")
    assert same.returncode == 0, same.stderr


@pytest.mark.slow
def test_a_gate_on_a_run_that_measured_nothing_does_not_pass(tmp_path) -> None:
    write_notebook(tmp_path / "notebooks", "21_b", *GOOD)
    assert run_cli(tmp_path, "--preset", "smoke").returncode == 0
    gated = run_cli(tmp_path, "--preset", "smoke", "--baseline", "latest", "--fail-on", "regressed")
    assert gated.returncode == 3
    assert "the gate cannot pass: there was no comparison" in gated.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--fail-on", "regressed"], "name that with --baseline RUN"),
        (["--baseline", "latest"], "no run of this machine"),
        (["--baseline", "2031"], "there is no run '2031'"),
        (["--baseline", "latest", "--fail-on", "slower"], "--fail-on takes verdicts"),
        (["--baseline", "latest", "--resume", "x"], "leave out --baseline"),
    ],
)
def test_what_cannot_be_held_against_anything_is_said_before_measuring(
    tmp_path, capsys, options, sentence
) -> None:
    write_notebook(tmp_path / "notebooks", "00_a")
    places = ["--notebooks", str(tmp_path / "notebooks"), "--runs", str(tmp_path / "runs")]
    assert main(["run", *places, *options]) == 2
    assert sentence in capsys.readouterr().err
    assert catalogue(tmp_path / "runs") == []
