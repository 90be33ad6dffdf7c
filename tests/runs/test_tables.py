from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import FormatError, SchemaError
from slonana_analysis.model.schema import FRAMES, SAMPLES
from slonana_analysis.model.table import Table
from slonana_analysis.runs.results import RUN_TABLES
from slonana_analysis.runs.tables import read_table, write_table
from tests.runs.conftest import samples


@given(
    values=st.lists(st.floats(allow_infinity=True, allow_nan=True), max_size=20),
    name=st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_rows_come_back_as_they_went(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], name: str
) -> None:
    frame = samples(name, values)
    path = write_table(frame, SAMPLES, tmp_path_factory.mktemp("tables"))
    pd.testing.assert_frame_equal(read_table(path, SAMPLES), frame)


@pytest.mark.parametrize("table", [*RUN_TABLES, FRAMES], ids=lambda table: table.name)
def test_an_empty_table_keeps_its_columns(table: Table, tmp_path: Path) -> None:
    path = write_table(table.empty(), table, tmp_path)
    pd.testing.assert_frame_equal(read_table(path, table), table.empty())


def test_text_stored_once_comes_back_as_categories(tmp_path: Path) -> None:
    frame = FRAMES.conform(
        pd.DataFrame({"function": ["f", "g", "f"], "module": "m", "file": "", "line": 0})
    )
    path = write_table(frame, FRAMES, tmp_path)
    assert pq.read_schema(path).field("function").type.value_type == "string"
    pd.testing.assert_frame_equal(read_table(path, FRAMES), frame)


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    frame = samples("e", [1.0, np.nan])
    first = write_table(frame, SAMPLES, tmp_path / "a").read_bytes()
    assert write_table(frame.copy(), SAMPLES, tmp_path / "b").read_bytes() == first


def test_the_file_explains_its_columns(tmp_path: Path) -> None:
    schema = pq.read_schema(write_table(samples("e", [1.0]), SAMPLES, tmp_path))
    assert b"not subtracted" in schema.field("harness_ns").metadata[b"meaning"]
    assert schema.metadata == {b"table": b"samples"}


def test_folders_named_like_partitions_add_no_columns(tmp_path: Path) -> None:
    path = write_table(samples("e", [1.0]), SAMPLES, tmp_path / "machine=m" / "date=2026-01-01")
    assert list(read_table(path, SAMPLES).columns) == SAMPLES.names


def test_a_wrong_column_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="unknown columns \\['surprise'\\]"):
        write_table(samples("e", [1.0]).assign(surprise=1), SAMPLES, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = write_table(samples("e", [1.0] * 100), SAMPLES, tmp_path)
    whole = path.read_bytes()
    for damaged in (b"", whole[:-20], b"PAR1" + whole[10:], b"not parquet at all"):
        path.write_bytes(damaged)
        with pytest.raises(FormatError, match=r"samples\.parquet"):
            read_table(path, SAMPLES)
    with pytest.raises(FormatError, match=r"absent\.parquet"):
        read_table(tmp_path / "absent.parquet", SAMPLES)


def test_another_table_s_file_is_refused(tmp_path: Path) -> None:
    path = write_table(FRAMES.empty(), FRAMES, tmp_path)
    with pytest.raises(FormatError, match="missing columns"):
        read_table(path, SAMPLES)
