"""Runs written before a table or a column existed are read as holding nothing there."""

import math

import pyarrow.parquet as pq

from slonana_analysis.model import schema
from slonana_analysis.runs.tables import read_table, table_path, write_table
from slonana_analysis.runs.writer import RunWriter
from tests.runs.conftest import make_report, manifest, record, verdicts


def test_a_column_of_later_days_is_filled_in(tmp_path):
    path = write_table(verdicts("sum"), schema.VERDICTS, tmp_path)
    pq.write_table(pq.read_table(path).drop_columns(["p_value", "comparisons"]), path)
    (row,) = read_table(path, schema.VERDICTS).to_dict(orient="records")
    assert math.isnan(row["p_value"])
    assert row["comparisons"] == 0


def _published(runs):
    writer = RunWriter.begin(runs, manifest(), ["00_overview"])
    writer.fresh_results("00_overview")
    writer.record(record("00_overview", "failed", "no disk"))
    return writer.finish(make_report)


def test_a_table_of_later_days_is_empty_and_the_run_can_still_be_resumed(runs):
    run = _published(runs)
    for table in (schema.LAUNCHES, schema.COUNTS, schema.SELF_TEST):
        table_path(run.path, table).unlink()
    assert run.launches().empty
    assert run.counts().columns.tolist() == schema.COUNTS.names
    assert run.self_test().empty
    assert RunWriter.resume(runs, run.manifest.run).pending == ("00_overview",)
