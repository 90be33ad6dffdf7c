import json
import math

import pandas as pd
import pytest

from slonana_analysis.experiments.machine import Machine
from slonana_analysis.measure.memory_levels import memory_levels

SETS = {"L1": 16384, "L2": 524288, "L3": 4194304, "DRAM": 134217728}
MACHINE = Machine(SETS, {"read L1": 100e9, "read DRAM": 10e9, "add int32": 50e9}, ghz=3.2)


@pytest.mark.parametrize(
    ("size", "roof"),
    [(1, "read L1"), (16384, "read L1"), (16385, "read L2"), (1 << 40, "read DRAM")],
)
def test_the_roof_is_that_of_the_smallest_level_that_holds_the_data(size, roof):
    assert MACHINE.read_roof(size) == roof


def test_rates_become_times_and_an_unknown_roof_limits_nothing():
    assert MACHINE.nanoseconds(16384, "read L1") == pytest.approx(163.84)
    assert MACHINE.nanoseconds(16384, "read L3") == 0.0


def test_it_travels_to_a_launch_as_json():
    assert Machine.from_json(json.loads(json.dumps(MACHINE.as_json()))) == MACHINE


def test_a_clock_that_was_not_measured_stays_so():
    travelled = Machine.from_json(json.loads(json.dumps(Machine(SETS).as_json())))
    assert math.isnan(travelled.ghz)


def test_roofs_come_from_the_roof_table(host_facts):
    roofs = pd.DataFrame({"name": ["read L1"], "value": [2e11]})
    assert Machine.describe(host_facts, roofs).roofs == {"read L1": 2e11}
    assert Machine.describe(host_facts).roofs == {}


def test_arrays_have_the_sizes_that_the_roofs_were_measured_at(host_facts):
    levels = memory_levels(host_facts.cpu.caches, host_facts.memory_available_bytes)
    assert Machine.describe(host_facts).working_sets == levels
    assert list(levels) == ["L1", "L2", "DRAM"]
