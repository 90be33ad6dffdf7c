import math

import pandas as pd
import pytest

from slonana_analysis.model.schema import ROOFS
from slonana_analysis.report.reproduction.files import compare_folders, table_difference
from slonana_analysis.report.reproduction.findings import Findings
from slonana_analysis.runs.tables import write_table

ROOF = {"name": "read L1", "value": 1.0, "low": math.nan, "high": 2.0, "unit": "bytes/s"}
ROOF |= {"working_set": 1, "rounds": 3}


@pytest.fixture
def write(tmp_path):
    def write(folder, *changes):
        rows = pd.DataFrame([ROOF | change for change in changes or [{}]])
        return write_table(rows, ROOFS, tmp_path / folder)

    return write


def test_equal_tables_do_not_differ(write):
    assert table_difference("roofs.parquet", write("a"), write("b")) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"value": 1.5},
            "column 'value' differs in 1 of 2 rows, first in row 2: 1.0 stored, 1.5 made again",
        ),
        ({"low": 1.0}, "column 'low' differs in 1 of 2 rows, first in row 2: nan stored, 1.0 made"),
        ({"name": "\x1b"}, "read L1 stored, \\x1b made again"),
    ],
)
def test_the_first_cell_that_differs_is_named(write, change, words):
    difference = table_difference("roofs.parquet", write("a", {}, {}), write("b", {}, change))
    assert words in difference.what


def test_of_many_columns_the_first_are_told(write):
    change = {"value": 2.0, "low": 2.0, "high": 3.0, "unit": "ops/s", "rounds": 4}
    difference = table_difference("roofs.parquet", write("a"), write("b", change))
    assert difference.what.endswith("; and 2 more columns")


def test_another_number_of_rows_is_told(write):
    difference = table_difference("roofs.parquet", write("a"), write("b", {}, {}))
    assert difference.what == "has 2 rows where 1 were stored"


def test_the_same_rows_in_other_bytes_are_told_apart(write):
    path = write("b")
    pd.read_parquet(path).to_parquet(path)
    difference = table_difference("roofs.parquet", write("a"), path)
    assert difference.what.startswith("holds the same rows in other bytes")


def test_a_table_that_one_side_lacks_is_told(write, tmp_path):
    path, nowhere = write("a"), tmp_path / "none.parquet"
    assert table_difference("roofs.parquet", path, nowhere).what == "is not made again"
    assert table_difference("roofs.parquet", nowhere, path).what == "was not stored"


def test_a_table_that_cannot_be_read_is_told(write):
    path = write("b")
    path.write_bytes(b"PAR1")
    assert "cannot be read" in table_difference("roofs.parquet", write("a"), path).what


def test_folders_are_compared_file_by_file(write, tmp_path):
    for run, text in (("a", '{"unit": "ns"}'), ("b", '{"unit": "s"}')):
        write(f"{run}/profiles/x")
        (tmp_path / run / "profiles" / "x" / "profile.json").write_text(text)
    write("b/profiles/y")
    findings = Findings()
    compare_folders(tmp_path / "a", tmp_path / "b", "profiles", findings)
    assert findings.identical == {"table": 1}
    assert [(each.where, each.what) for each in findings.differences] == [
        ("profiles/x/profile.json", "differs"),
        ("profiles/y/roofs.parquet", "was not stored"),
    ]
    assert findings.differences[0].excerpt == ('- {"unit": "ns"}', '+ {"unit": "s"}')
