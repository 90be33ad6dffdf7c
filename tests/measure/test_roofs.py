"""Roofs on simulated loops; only the last test runs real ones, and none looks at a rate."""

import pandas as pd
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.measure import roofs as module
from slonana_analysis.measure.roof_plan import Roof
from slonana_analysis.measure.roofs import bandwidth_at, measure_roofs, roof
from slonana_analysis.model import schema


@pytest.fixture
def plan(monkeypatch):
    def use(*roofs):
        monkeypatch.setattr(module, "plan_roofs", lambda levels, shape: iter(roofs))

    return use


def steady(ns_per_trip):
    return lambda trips: round(ns_per_trip * trips)


def one_roof(*ways, name="read L1", least_trips=4):
    return Roof(name, "bytes/s", 4096, 1024, least_trips, ways)


def test_the_fastest_way_is_the_roof(plan):
    plan(one_roof(steady(100), steady(50), steady(200)))
    row = measure_roofs(seconds=0.001).iloc[0]
    assert row["value"] == pytest.approx(1024 / 50e-9)
    assert (row["name"], row["unit"], row["working_set"]) == ("read L1", "bytes/s", 4096)


def test_disturbed_batches_show_in_the_interval_and_not_in_the_value(plan):
    calls = iter(range(10**9))
    plan(one_roof(lambda trips: trips * (50 if next(calls) % 3 == 0 else 100)))
    row = measure_roofs(seconds=0.01).iloc[0]
    assert row["value"] == pytest.approx(1024 / 50e-9)
    assert row["high"] == pytest.approx(1024 / 100e-9)


def test_a_batch_goes_through_the_whole_working_set_at_least_once(plan):
    asked = []

    def way(trips):
        asked.append(trips)
        return 10**6 * trips

    plan(one_roof(way, least_trips=8))
    measure_roofs(seconds=0.001)
    # A single trip first, so that compiling is never timed.
    assert asked[0] == 1
    assert set(asked[1:]) == {8}


def test_short_loops_are_repeated_until_the_clock_can_tell(plan):
    asked = []

    def way(trips):
        asked.append(trips)
        return trips

    plan(one_roof(way, least_trips=1))
    measure_roofs(seconds=0.001)
    assert max(asked) == 32768


def test_a_loop_that_takes_no_time_does_not_hang(plan):
    plan(one_roof(lambda trips: max(trips >> 30, 1)))
    assert len(measure_roofs(seconds=0.001)) == 1


def test_each_roof_is_announced_once(plan):
    plan(one_roof(steady(100), name="read L1"), one_roof(steady(100), name="read L2"))
    names = []
    measure_roofs(seconds=0.001, on_roof=names.append)
    assert names == ["read L1", "read L2"]


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_no_time_is_no_measurement(seconds):
    with pytest.raises(UsageError, match="positive"):
        measure_roofs(seconds=seconds)


@pytest.fixture
def table():
    rows = [("read L1", 200e9, 16384), ("read L2", 100e9, 524288), ("read DRAM", 20e9, 1 << 27)]
    rows.append(("add int32", 50e9, 0))
    frame = pd.DataFrame(rows, columns=["name", "value", "working_set"])
    return schema.ROOFS.conform(
        frame.assign(low=frame["value"], high=frame["value"], unit="bytes/s", rounds=9)
    )


def test_a_roof_is_found_by_name(table):
    assert roof(table, "add int32") == 50e9


def test_an_unknown_roof_is_an_error_that_names_the_known(table):
    with pytest.raises(UsageError, match=r"'read L9'.*read L1, read L2, read DRAM, add int32"):
        roof(table, "read L9")


@pytest.mark.parametrize(
    ("size", "rate"),
    [(1, 200e9), (16384, 200e9), (16385, 100e9), (1 << 20, 20e9), (1 << 40, 20e9)],
)
def test_a_working_set_is_limited_by_the_smallest_level_that_holds_it(table, size, rate):
    assert bandwidth_at(table, size) == rate


def test_without_reading_roofs_there_is_no_bandwidth(table):
    with pytest.raises(UsageError, match="no reading roof"):
        bandwidth_at(table[table["name"] == "add int32"], 1)


def test_real_roofs_fill_the_table(monkeypatch):
    monkeypatch.setattr(module, "memory_levels", lambda caches, available: {"L1": 4096})
    table = measure_roofs(seconds=0.01)
    assert {"read L1", "triad L1", "multiply-add float64", "add int32"} <= set(table["name"])
    assert (table["value"] > 0).all()
    assert (table["rounds"] > 0).all()
