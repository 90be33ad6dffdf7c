"""Small tables, and a run under way, to test the disk layout with."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.run import NotebookRecord, NotebookState, RunManifest
from slonana_analysis.model.schema import CHECKS, SAMPLES, VERDICTS
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.run import Run
from slonana_analysis.runs.writer import new_manifest

RUN_ID = "20261123T032959Z-7f3a9c"


def samples(experiment: str, values: list[float]) -> pd.DataFrame:
    """Return one sample row per value."""
    return SAMPLES.conform(
        pd.DataFrame(
            {
                "run": "",
                "experiment": experiment,
                "variant": "baseline",
                "parameters": "{}",
                "launch": 0,
                "round": range(len(values)),
                "order": 0,
                "value": values,
                "unit": "ns",
                "inner": 100,
                "harness_ns": 0.5,
            }
        )
    )


def checks(experiment: str) -> pd.DataFrame:
    """Return one passed check."""
    return CHECKS.conform(
        pd.DataFrame(
            {
                "run": [""],
                "experiment": experiment,
                "variant": "other",
                "parameters": "{}",
                "baseline": "baseline",
                "launch": 0,
                "check": "output",
                "passed": True,
                "observed": 0.0,
                "limit": float("nan"),
            }
        )
    )


def verdicts(experiment: str) -> pd.DataFrame:
    """Return one verdict, of something that was not measured."""
    numbers = dict.fromkeys(
        ("estimate", "low", "high", "mde", "value", "value_low", "value_high", "baseline_value"),
        float("nan"),
    )
    texts = {
        "experiment": experiment,
        "variant": "other",
        "parameters": "{}",
        "name": f"{experiment}: other",
        "baseline": "baseline",
        "verdict": "not measured",
        "unit": "ns",
        "reason": "no compiler",
    }
    numbers["p_value"] = float("nan")
    row = {"run": "", **texts, **numbers, "launches": 0, "floor": 0.01, "comparisons": 0}
    return VERDICTS.conform(pd.DataFrame([row]))


def roofs(name: str, value: float) -> pd.DataFrame:
    """Return one roof."""
    return pd.DataFrame(
        {
            "name": [name],
            "value": value,
            "low": value,
            "high": value,
            "unit": "bytes/s",
            "working_set": 1024,
            "rounds": 10,
        }
    )


def measurement(experiment: str, values: list[float]) -> Measurement:
    """Return samples and a check of one experiment."""
    return Measurement(samples(experiment, values), checks(experiment))


def record(name: str, state: NotebookState = "done", error: str = "") -> NotebookRecord:
    """Return how a notebook ended."""
    return NotebookRecord(name, f"About {name}", state, 1.5, 0.5, error)


def manifest(run_id: str = RUN_ID) -> RunManifest:
    """Return the manifest of a run that is about to begin."""
    return new_manifest(
        run_id=run_id,
        start="2026-11-23T03:29:59+00:00",
        preset="smoke",
        parameters={"launches": 3},
        host={"machine": "ab12", "cpu": {"model": "Ünïcode"}},
    )


def make_report(run: Run) -> Path:
    """Write a report as small as can be."""
    path = run.report_path
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{len(run.samples())} samples")
    return path


@pytest.fixture
def runs(tmp_path: Path) -> RunsDirectory:
    return RunsDirectory(tmp_path / "runs")


@pytest.fixture
def fail_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, BaseException], None]:
    """Make the n-th wait for the disk from now on, and all after it, end in an error."""

    def arm(number: int, error: BaseException) -> None:
        calls = iter(range(1_000_000))

        def fsync(_descriptor: int) -> None:
            if next(calls) >= number:
                raise error

        monkeypatch.setattr("slonana_analysis.runs.atomic.os.fsync", fsync)

    return arm
