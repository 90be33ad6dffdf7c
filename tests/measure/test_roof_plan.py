from itertools import pairwise

import numpy as np
import pytest

from slonana_analysis.measure import roof_plan
from slonana_analysis.measure.roof_kernels import VectorShape
from slonana_analysis.measure.roof_plan import plan_roofs

LEVELS = {"L1": 16384, "DRAM": 65536}


def planned(*, adds_pairs=True):
    return {roof.name: roof for roof in plan_roofs(LEVELS, VectorShape(32, 12, adds_pairs))}


def test_every_level_is_read_and_written_and_every_dtype_added():
    assert list(planned()) == [
        "read L1",
        "read DRAM",
        "triad L1",
        "triad DRAM",
        "multiply-add float64",
        "multiply-add float32",
        "multiply-add int32",
        "multiply-add int16",
        "add float64",
        "add float32",
        "add int64",
        "add int32",
    ]
    assert "multiply-add int16" not in planned(adds_pairs=False)


def test_least_trips_touch_the_working_set_once():
    for name, roof in planned().items():
        if roof.unit == "bytes/s":
            assert roof.least_trips * roof.amount == roof.working_set, name


def test_the_triad_stays_within_its_level():
    assert planned()["triad L1"].working_set == 12288


def test_operations_are_counted_by_element():
    roofs = planned()
    # 2 repetitions of 12 accumulators, 32 bytes each.
    assert roofs["add float64"].amount == 24 * 4
    assert roofs["multiply-add float32"].amount == 24 * 8
    assert roofs["multiply-add int16"].amount == 24 * 16


@pytest.fixture
def recorded(monkeypatch):
    seen = []

    def batch(operands, trips):
        seen.append(operands)
        return trips

    for name in ("read_batch", "read_batch_by_halves", "triad_batch", "triad_batch_by_halves"):
        monkeypatch.setattr(roof_plan, name, batch)
    return seen


def test_arrays_are_aligned_apart_and_full_of_numbers(recorded):
    for roof in planned().values():
        if roof.unit == "bytes/s":
            roof.ways[0](1)
    flat = [array for seen in recorded for array in (seen if isinstance(seen, tuple) else [seen])]
    assert all(array.ctypes.data % 64 == 0 for array in flat)
    assert all(np.all(array == 1.0) for array in flat)
    for arrays in (seen for seen in recorded if isinstance(seen, tuple)):
        ends = [(array.ctypes.data, array.ctypes.data + array.nbytes) for array in arrays]
        assert all(end <= start for (_, end), (start, _) in pairwise(ends))
