import json
from pathlib import Path

import pandas as pd
import pytest

from slonana_analysis.errors import SchemaError, UsageError
from slonana_analysis.model.capture import Capture, CaptureFacts
from slonana_analysis.model.schema import CHECKS, ROOFS, SAMPLES, VERDICTS
from slonana_analysis.runs.results import gather_tables, load_roofs, save_results
from slonana_analysis.runs.tables import read_table
from tests.runs.conftest import measurement, roofs, samples, verdicts


def capture(folder: Path, content: str) -> Capture:
    folder.mkdir(parents=True)
    (folder / "perf.data").write_text(content)
    facts = CaptureFacts("perf", "6.1", ("perf",), "host", "now", 1.0, {})
    return Capture(folder, folder / "perf.data", facts)


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert save_results("", measurement("e", [1.0]), verdicts("e")) is None
    assert load_roofs("") is None
    assert list(tmp_path.iterdir()) == []


def test_an_experiment_saved_again_replaces_its_own_rows_only(tmp_path: Path) -> None:
    save_results(tmp_path, measurement("a", [1.0, 2.0]))
    save_results(tmp_path, measurement("b", [3.0]))
    save_results(tmp_path, measurement("a", [9.0]))
    rows = read_table(tmp_path / "samples.parquet", SAMPLES)
    assert rows[["experiment", "value"]].to_numpy().tolist() == [["b", 3.0], ["a", 9.0]]
    assert sorted(read_table(tmp_path / "checks.parquet", CHECKS)["experiment"]) == ["a", "b"]


def test_a_wrong_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError):
        save_results(tmp_path, verdicts=samples("e", [1.0]))


def test_gathering_sets_the_run_and_keeps_the_notebooks_order(tmp_path: Path) -> None:
    save_results(tmp_path / "00", roofs=pd.concat([roofs("read", 1.0), roofs("triad", 2.0)]))
    save_results(tmp_path / "21", measurement("b", [1.0]), verdicts("b"), roofs("read", 5.0))
    save_results(tmp_path / "60", measurement("a", [2.0]))
    tables = gather_tables([tmp_path / name for name in ("00", "21", "60", "absent")], "R")
    assert tables[SAMPLES]["experiment"].tolist() == ["b", "a"]
    assert set(tables[SAMPLES]["run"]) == set(tables[VERDICTS]["run"]) == {"R"}
    assert dict(zip(tables[ROOFS]["name"], tables[ROOFS]["value"], strict=True)) == {
        "triad": 2.0,
        "read": 5.0,
    }
    for table, rows in tables.items():
        pd.testing.assert_frame_equal(rows, table.conform(rows))


def test_gathering_nothing_gives_empty_tables(tmp_path: Path) -> None:
    for table, rows in gather_tables([tmp_path], "R").items():
        pd.testing.assert_frame_equal(rows, table.empty())


def test_roofs_of_another_notebook_of_the_run_are_found(tmp_path: Path) -> None:
    assert load_roofs(tmp_path / "21") is None
    save_results(tmp_path / "00", roofs=roofs("read", 1.0))
    found = load_roofs(tmp_path / "21")
    assert found is not None
    assert found["value"].tolist() == [1.0]
    save_results(tmp_path / "21", roofs=roofs("read", 2.0))
    own = load_roofs(tmp_path / "21")
    assert own is not None
    assert own["value"].tolist() == [2.0]


def test_captures_are_copied_whole_and_replaced_whole(tmp_path: Path) -> None:
    first = capture(tmp_path / "one", "1")
    (first.directory / "extra").write_text(json.dumps({}))
    save_results(tmp_path / "out", captures={"perf": first})
    save_results(tmp_path / "out", captures={"perf": capture(tmp_path / "two", "2")})
    copied = tmp_path / "out" / "captures" / "perf"
    assert [path.name for path in copied.iterdir()] == ["perf.data"]
    assert (copied / "perf.data").read_text() == "2"


def test_a_capture_made_in_its_place_stays_there(tmp_path: Path) -> None:
    made = capture(tmp_path / "out" / "captures" / "perf", "1")
    save_results(tmp_path / "out", captures={"perf": made})
    assert (made.directory / "perf.data").read_text() == "1"


@pytest.mark.parametrize("name", ["", "../up", "a/b", "."])
def test_a_name_that_is_a_path_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot name"):
        save_results(tmp_path, captures={name: capture(tmp_path / "c", "1")})
