"""Eight writers add runs at once, and one reader asks for all of them; prints what it took.

``python -m benchmarks.storage [RUNS_PER_WRITER [BENCHMARKS]]``, by default 100 runs of 1,000
benchmarks for each writer, through the same code that publishes every run.
"""

import multiprocessing
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from slonana_analysis.compare.trends import derived_tables
from slonana_analysis.model.run import NotebookRecord
from slonana_analysis.model.schema import TRENDS, VERDICTS
from slonana_analysis.runs.catalogue import catalogue
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.queries import read_across, run_folders
from slonana_analysis.runs.results import save_results
from slonana_analysis.runs.run import Run
from slonana_analysis.runs.writer import RunWriter, new_manifest

WRITERS = 8
_NOTEBOOK = "21_made_up"


def main() -> None:
    """Write, read, and print the figures."""
    runs, benchmarks = (int(word) for word in [*sys.argv[1:], "100", "1000"][:2])
    with tempfile.TemporaryDirectory(prefix="slonana-storage-") as folder:
        root = Path(folder)
        start = time.monotonic()
        context = multiprocessing.get_context("spawn")
        writers = [
            context.Process(target=write, args=(root, number, runs, benchmarks))
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        print(f"{WRITERS} writers x {runs} runs x {benchmarks}: {time.monotonic() - start:.1f} s")
        start = time.monotonic()
        listed = catalogue(root)
        print(f"catalogue: {len(listed)} runs in {time.monotonic() - start:.3f} s")
        start = time.monotonic()
        one = read_across(run_folders(root), TRENDS, "experiment 3")
        print(f"history of one experiment: {len(one)} rows in {time.monotonic() - start:.3f} s")
        start = time.monotonic()
        rows = read_across(run_folders(root), TRENDS)
        print(f"history of everything: {len(rows)} rows in {time.monotonic() - start:.3f} s")
        lost = WRITERS * runs * benchmarks - len(rows)
        print(f"lost: {lost} rows, {WRITERS * runs - len(listed)} runs")


def write(root: Path, writer: int, runs: int, benchmarks: int) -> None:
    """Publish some runs; what one of the processes does."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(runs):
        moment = first + timedelta(hours=number)
        run_id = f"{moment:%Y%m%dT%H%M%SZ}-{writer:02x}{number:04x}"
        manifest = new_manifest(
            run_id=run_id,
            start=moment.isoformat(),
            preset="quick",
            parameters={},
            host={"machine": f"machine{writer % 2}"},
        )
        publishing = RunWriter.begin(RunsDirectory(root), manifest, [_NOTEBOOK])
        save_results(publishing.fresh_results(_NOTEBOOK), verdicts=_verdicts(benchmarks))
        publishing.record(NotebookRecord(_NOTEBOOK, "Made up", "done", 1.0, 0.1, ""))
        publishing.finish(_report, derived_tables)


def _verdicts(benchmarks: int) -> pd.DataFrame:
    numbers = {
        "estimate": 0.01, "low": 0.0, "high": 0.02, "floor": 0.01, "mde": 0.02, "value": 10.0,
        "value_low": 9.0, "value_high": 11.0, "baseline_value": 9.9, "p_value": 0.5,
    }  # fmt: skip
    texts = {"run": "", "parameters": "{}", "baseline": "base", "verdict": "inconclusive"}
    rows = [
        numbers
        | texts
        | {
            "experiment": f"experiment {place % 10}",
            "variant": f"variant {place}",
            "name": f"experiment {place % 10}, variant {place}",
            "launches": 10,
            "unit": "ns",
            "reason": "",
            "comparisons": benchmarks,
        }
        for place in range(benchmarks)
    ]
    return VERDICTS.conform(pd.DataFrame(rows))


def _report(run: Run) -> Path:
    run.report_path.parent.mkdir(exist_ok=True)
    run.report_path.write_text("made up")
    return run.report_path


if __name__ == "__main__":
    main()
