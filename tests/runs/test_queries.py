"""One table of many runs: read where they lie, written by many at once."""

import multiprocessing
from dataclasses import replace

import pandas as pd
import pytest

from slonana_analysis.compare.trends import derived_tables
from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.runs.catalogue import catalogue
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.queries import read_across, run_folders
from slonana_analysis.runs.results import save_results
from slonana_analysis.runs.tables import table_path
from slonana_analysis.runs.writer import RunWriter
from tests.report.made_verdicts import verdict_row
from tests.runs.conftest import make_report, manifest, record

BENCHMARKS = 40


def publish(root, number, *, machine="ab12", benchmarks=BENCHMARKS):
    """Publish a run with one verdict per benchmark, as a notebook's run is published."""
    run_id = f"202611{1 + number // 24 % 28:02d}T{number % 24:02d}0000Z-{number:06x}"
    plain = manifest(run_id)
    writer = RunWriter.begin(
        RunsDirectory(root), replace(plain, host={"machine": machine}), ["21_sum"]
    )
    rows = [
        verdict_row(f"experiment {place % 4}", f"v{place}", {}, "same", 0.001 * (number % 7))
        for place in range(benchmarks)
    ]
    save_results(writer.fresh_results("21_sum"), verdicts=pd.DataFrame(rows))
    writer.record(record("21_sum"))
    return writer.finish(make_report, derived_tables)


def write_many(root, writer, runs):
    """Publish some runs; the work of one of several processes."""
    for number in range(runs):
        publish(root, 1000 * writer + number)


def test_eight_writers_at_once_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(tmp_path, each, 4)) for each in range(8)]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0] * 8
    runs = catalogue(tmp_path)
    assert len(runs) == 32
    assert not any(run.problem for run in runs)
    rows = read_across(run_folders(tmp_path), schema.TRENDS)
    assert len(rows) == 32 * BENCHMARKS
    assert rows.groupby("run").size().eq(BENCHMARKS).all()


def test_machine_and_experiment_narrow_it(tmp_path):
    for number, machine in enumerate(["ab12", "cd34", "ab12"]):
        publish(tmp_path, number, machine=machine, benchmarks=8)
    rows = read_across(run_folders(tmp_path, "ab12"), schema.TRENDS, "experiment 1")
    assert rows["machine"].unique().tolist() == ["ab12"]
    assert rows["variant"].tolist() == ["v1", "v5"] * 2
    assert rows["run"].is_monotonic_increasing
    assert read_across(run_folders(tmp_path, "ef56"), schema.TRENDS).empty


def test_runs_without_the_table_are_passed_over(tmp_path):
    first = publish(tmp_path, 0, benchmarks=3)
    publish(tmp_path, 1, benchmarks=3)
    table_path(first.path, schema.TRENDS).unlink()
    assert len(read_across(run_folders(tmp_path), schema.TRENDS)) == 3
    assert read_across([], schema.TRENDS).columns.tolist() == schema.TRENDS.names


def test_a_damaged_file_is_one_sentence(tmp_path):
    run = publish(tmp_path, 0, benchmarks=3)
    table_path(run.path, schema.TRENDS).write_bytes(b"PAR1 no")
    with pytest.raises(FormatError, match=r"trends\.parquet of a run cannot be read"):
        read_across(run_folders(tmp_path), schema.TRENDS)
