"""The verb on groups of captures, as a script sees it."""

import json
from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.cli import main

DATA = Path(__file__).parents[2] / "data"
SHARES = dict(zip("abcdefghij", (25, 20, 15, 10, 10, 5, 5, 4, 3, 3), strict=True))


@pytest.fixture
def sides(tmp_path):
    """Two folders of five captures; in the second ``c`` takes half as much again."""
    rng = np.random.default_rng(1)
    for side, factor in (("A", 1.0), ("B", 1.5)):
        (tmp_path / side).mkdir()
        for place in range(5):
            weights = np.array(list(SHARES.values())) * np.where(
                np.array([*SHARES]) == "c", factor, 1
            )
            counts = rng.multinomial(20_000, weights / weights.sum())
            lines = [f"main;{name} {n}" for name, n in zip(SHARES, counts, strict=True)]
            (tmp_path / side / f"{place}.folded").write_text("\n".join(lines) + "\n")
    return tmp_path / "A", tmp_path / "B"


def _compare(*arguments):
    return main(["compare", *map(str, arguments)])


def test_on_a_terminal(sides, capsys):
    assert _compare(*sides) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("regressed")
    assert lines[0].endswith(" c")
    assert "regressed" not in lines[1]
    assert any(line.startswith("5 captures against 5 captures") for line in lines)


def test_as_json_and_as_a_gate(sides, capsys):
    assert _compare(*sides, "--json", "--fail-on", "regressed") == 1
    document = json.loads(capsys.readouterr().out)
    rows = {row["name"]: row for row in document["verdicts"]}
    assert rows["c"]["verdict"] == "regressed"
    assert rows["c"]["estimate"] == pytest.approx(0.5, abs=0.1)
    assert rows["c"]["launches"] == 5
    assert set(rows["c"]) == {
        *("name", "verdict", "estimate", "low", "high", "launches", "floor", "mde")
    }
    assert _compare(*sides, "--fail-on", "improved") == 0


def test_a_single_capture_a_side_is_inconclusive(sides, capsys):
    files = [side / "0.folded" for side in sides]
    assert _compare(*files, "--fail-on", "regressed") == 0
    out = capsys.readouterr().out
    assert "cannot tell a change" in out
    assert "regressed" not in out


def test_captures_with_commas(sides):
    lists = [",".join(str(side / f"{place}.folded") for place in range(4)) for side in sides]
    assert _compare(*lists, "--fail-on", "regressed") == 1


def test_a_page_and_tables_are_written(sides, tmp_path, capsys):
    assert _compare(*sides, "--inclusive", "-o", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "differences.parquet",
        "index.html",
        "verdicts.parquet",
    ]
    assert "Call paths" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_profile_and_something_else(sides, capsys):
    assert _compare(sides[0], DATA / "bench-results" / "pyperf" / "old.json") == 2
    assert "compare profiles with profiles" in capsys.readouterr().err


@pytest.mark.parametrize(
    "capture",
    [f"{tool}-pipeline" for tool in ("massif", "heaptrack", "callgrind", "cachegrind", "dhat")],
)
def test_counts_that_repeat_are_the_same(capture, capsys):
    side = f"{DATA / capture},{DATA / capture}"
    assert _compare(side, side, "--fail-on", "regressed,improved,inconclusive") == 0
    assert "same" in capsys.readouterr().out
