import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import FormatError, SchemaError
from slonana_analysis.model.schema import ROOFS, SELF_TEST
from slonana_analysis.runs.plain import from_plain, to_plain


@dataclass(frozen=True)
class Cache:
    level: int
    share: float | str


@dataclass(frozen=True)
class Machine:
    name: str
    path: Path | None
    caches: tuple[Cache, ...]
    rates: dict[str, float]
    pairs: tuple[tuple[str, int], ...]
    virtual: bool


def returned(value, kind):
    """Return a value after a way through a file."""
    return from_plain(json.loads(json.dumps(to_plain(value), allow_nan=False)), kind)


def test_a_nested_dataclass_comes_back_equal():
    machine = Machine(
        name="x",
        path=Path("/usr/bin/perf"),
        caches=(Cache(1, 0.5), Cache(2, "unknown"), Cache(3, math.inf)),
        rates={"read L2": 2.0, "read L1": 1.0},
        pairs=(("a", 1), ("b", 2)),
        virtual=True,
    )
    again = returned(machine, Machine)
    assert again == machine
    assert list(again.rates) == ["read L2", "read L1"]


def test_nothing_comes_back_as_nothing():
    assert returned(None, str | None) is None
    assert returned((None, Path("x")), tuple[Path | None, ...]) == (None, Path("x"))


@given(st.floats())
def test_every_number_comes_back_to_the_bit(number):
    again = returned(number, float)
    assert again == number or (math.isnan(again) and math.isnan(number))
    again = returned(number, float | str)
    assert isinstance(again, float)


def test_a_text_that_reads_like_a_number_stays_text():
    assert returned("nan", float | str) == "nan"


def test_a_table_comes_back_with_its_types():
    row = {"name": "read L1", "value": math.nan, "low": 1, "high": 2.5, "unit": "bytes/s"}
    roofs = ROOFS.conform(pd.DataFrame([row | {"working_set": np.int64(7), "rounds": 3}]))
    pd.testing.assert_frame_equal(returned(roofs, pd.DataFrame), roofs)
    none = SELF_TEST.empty()
    pd.testing.assert_frame_equal(returned(none, pd.DataFrame), none)


def test_table_and_value_may_stand_side_by_side():
    value, table = returned((1.5, ROOFS.empty()), tuple[float, pd.DataFrame])
    assert value == 1.5
    assert list(table) == ROOFS.names


@pytest.mark.parametrize("value", [object(), {1: "x"}, pd.DataFrame({"x": [1]}), {"x": {1, 2}}])
def test_what_cannot_be_written_down_is_refused(value):
    with pytest.raises(SchemaError):
        to_plain(value)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("x", int),
        (True, int),
        ("x", float),
        ([1], tuple[str, ...]),
        ([["a"]], tuple[tuple[str, int], ...]),
        ({"level": 1}, Cache),
        ({"level": 1, "share": 0.5, "more": 1}, Cache),
        ([], Cache),
        ({"table": "lies", "columns": {}}, pd.DataFrame),
        ({"table": "roofs", "columns": {}}, pd.DataFrame),
        ({"table": "roofs", "columns": None}, pd.DataFrame),
        (3, dict[str, int]),
        (3, list[int]),
    ],
)
def test_a_document_of_another_kind_is_a_format_error(document, kind):
    with pytest.raises(FormatError, match="what was stored is no"):
        from_plain(document, kind)
