from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.honesty import placement, verdict_honesty
from slonana_analysis.experiments.honesty.verdict_honesty import (
    EXPERIMENT,
    PERCENTS,
    SLOWER,
    SelfTestPlan,
    plan_self_test,
)
from slonana_analysis.experiments.honesty.workloads import BUILDS, LONG, SHORT, find_workload
from slonana_analysis.experiments.registry import find_experiment
from slonana_analysis.measure.subject import outputs_agree


def cases(same=(), slower=(), percents=()):
    return list(verdict_honesty.cases({"same": same, "slower": slower, "percents": list(percents)}))


@pytest.mark.parametrize("name", [*SHORT, *LONG])
def test_both_builds_compute_the_same_something_in_memory_of_their_own(name):
    (case,) = cases([name])
    first, second = case.variants
    assert (first.name, second.name) == ("first build", "second build")
    assert case.parameters == {"slowdown": 0.0, "workload": name}
    assert outputs_agree(first.output(), second.output(), case.tolerance)
    assert np.any(first.output() != 0)
    assert first.batch is not second.batch


def test_builds_are_compiled_from_the_same_text_in_files_of_their_own():
    loops = [find_workload("dense 32x32").variant(build).batch._loop for build in BUILDS]
    kernels = [loop.batch.py_func.__globals__["kernel"] for loop in loops]
    files = [kernel.py_func.__code__.co_filename for kernel in kernels]
    assert files[0] != files[1]
    texts = [Path(file).read_text("utf-8") for file in files]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("name", SLOWER)
def test_slowdowns_are_real_work_that_leaves_the_common_part_of_the_output_alone(name):
    plain = find_workload(name)
    found = cases(slower=[name], percents=PERCENTS)
    assert [case.parameters["slowdown"] for case in found] == [0.01, 0.02, 0.03, 0.05, 0.1]
    for case, percent in zip(found, PERCENTS, strict=True):
        first, second = case.variants
        assert second.name == f"second build, {percent} % more work"
        assert outputs_agree(first.output(), second.output(), case.tolerance)
    assert plain.amount % 100 == 0


def test_a_hundred_rows_and_three_percent_are_a_hundred_and_three_rows():
    batch = find_workload("dense 100 rows").variant(BUILDS[1], 3).batch
    out, inputs, weights, _ = batch._arguments
    assert (out.shape, inputs.shape, weights.shape) == ((103, 1), (103, 32), (1, 32))


def test_what_cannot_be_slowed_down_by_whole_amounts_is_refused():
    with pytest.raises(UsageError, match="3 % of 64 is no whole amount of work"):
        cases(slower=["relu 64"], percents=[3])


def test_an_unknown_workload_lists_the_known_ones():
    with pytest.raises(UsageError, match="no workload is called 'sorting'; there are relu 64"):
        cases(["sorting"])


def test_both_builds_get_to_be_the_first_in_memory(monkeypatch):
    made = []
    workload = find_workload("scramble 100")
    monkeypatch.setattr(
        type(workload), "variant", lambda _self, build, percent=0: made.append(build) or build
    )
    for _ in range(40):
        assert verdict_honesty._builds(workload, 0) == BUILDS
    assert set(made[::2]) == set(BUILDS)


def test_arrays_lie_at_other_places_of_a_page_each_time():
    arrays = [placement.scattered_empty((3, 5), np.float64) for _ in range(200)]
    places = {array.ctypes.data % placement.PAGE for array in arrays}
    assert len(places) > 32
    assert all(place % 64 == 0 for place in places)
    assert {(a.shape, a.dtype.name, a.flags.c_contiguous) for a in arrays} == {
        ((3, 5), "float64", True)
    }


@pytest.mark.parametrize("values", [np.arange(7, dtype=np.int16), np.eye(3), np.zeros(0)])
def test_a_scattered_copy_is_a_copy(values):
    copy = placement.scattered_copy(values)
    np.testing.assert_array_equal(copy, values)
    assert copy.dtype == values.dtype
    assert not np.shares_memory(copy, values)


def test_the_experiment_is_registered_and_its_presets_name_workloads_that_there_are():
    assert find_experiment("verdict_honesty") is EXPERIMENT
    for preset in EXPERIMENT.presets.values():
        for name in [*preset.settings["same"], *preset.settings["slower"]]:
            find_workload(name)


@pytest.mark.parametrize(
    ("arguments", "plan"),
    [
        (("smoke",), SelfTestPlan(4, 4)),
        (("quick",), SelfTestPlan(20, 10)),
        (("full", 300), SelfTestPlan(200, 10)),
        (("full", 301), SelfTestPlan(210, 10)),
        (("full", 300, 7), SelfTestPlan(140, 7)),
        (("smoke", 1), SelfTestPlan(4, 4)),
        (("smoke", 0, 9), SelfTestPlan(9, 9)),
    ],
)
def test_a_plan_has_launches_for_as_many_comparisons_as_asked_for(arguments, plan):
    assert plan_self_test(*arguments) == plan


@pytest.mark.parametrize("arguments", [("full", -1), ("full", 10, 1), ("full", 10, -2)])
def test_a_plan_of_nothing_is_refused(arguments):
    with pytest.raises(UsageError, match="cannot be made"):
        plan_self_test(*arguments)
