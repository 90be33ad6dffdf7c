import math
import weakref

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.measure.harness import measure_cases
from slonana_analysis.measure.reference import reference_kernel
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.model import schema
from slonana_analysis.model.reserved import REFERENCE
from slonana_analysis.stats.paired import launch_effect


def _pivot(measurement):
    return measurement.samples.pivot_table(index="round", columns="variant", values="value")


@pytest.mark.parametrize(
    "disturbance",
    [{"drift": 0.02}, {"jump": 0.05}, {"stall": 0.05}, {"drift": 0.01, "jump": 0.02, "stall": 0.1}],
    ids=["drift", "jumps", "stalls", "all"],
)
@pytest.mark.parametrize("effect", [0.0, 0.03, -0.2])
def test_the_paired_ratio_survives_what_ruins_the_times(
    machine, simulated_case, disturbance, effect
):
    effects = []
    for launch in range(9):
        case = simulated_case(
            {"base": 10.0, "other": 10.0 * (1 + effect)}, machine(launch, **disturbance)
        )
        measured = _pivot(measure_cases([case], launch=launch, seed=5, case_seconds=0.03))
        effects.append(launch_effect(measured["base"].to_numpy(), measured["other"].to_numpy()))
    assert np.median(effects) == pytest.approx(math.log1p(effect), abs=0.005)


def test_the_tables_conform_and_hold_every_batch(simulated_case):
    measured = measure_cases(
        [simulated_case({"a": 10.0, "b": 20.0, "c": 1e6}, level="L1", dtype="int32")],
        launch=3,
        seed=0,
        case_seconds=0.05,
    )
    samples = schema.SAMPLES.conform(measured.samples)
    assert samples["launch"].unique().tolist() == [3]
    assert samples["parameters"].unique().tolist() == ['{"dtype": "int32", "level": "L1"}']
    assert samples["unit"].unique().tolist() == ["ns"]
    assert (samples["run"] == "").all()
    rounds = samples["round"].max() + 1
    subjects = samples[samples["variant"] != REFERENCE]
    assert len(subjects) == 3 * rounds
    places = tuple(range(samples["variant"].nunique()))
    assert (samples.groupby("round")["order"].apply(sorted).map(tuple) == places).all()
    samples = subjects
    assert samples.groupby("variant")["inner"].unique().map(list).to_dict() == {
        "a": [2048],
        "b": [1024],
        "c": [1],
    }
    assert samples["harness_ns"].between(0.5, 0.51).all()


def test_every_variant_leaves_its_four_checks(simulated_case):
    case = simulated_case({"a": 10.0, "b": 20.0})
    checks = measure_cases([case], launch=2, seed=0, case_seconds=0.01).checks
    assert checks["launch"].unique().tolist() == [2]
    assert checks.groupby("variant")["check"].apply(list).to_dict() == {
        "a": ["output", "linear", "floor", "roof"],
        "b": ["output", "linear", "floor", "roof"],
    }
    assert checks["passed"].all()
    assert checks["baseline"].unique().tolist() == ["a"]


def test_a_wrong_variant_is_reported_and_not_timed_while_others_go_on(loop):
    wrong = loop(1.0)
    case = Case(
        "simulated",
        {},
        (
            Variant("base", loop(10.0), lambda: np.arange(4)),
            Variant("wrong", wrong, lambda: np.arange(4)[::-1]),
            Variant("right", loop(9.0), lambda: np.arange(4)),
        ),
    )
    measured = measure_cases([case], launch=0, seed=0, case_seconds=0.01)
    assert set(measured.samples["variant"]) - {REFERENCE} == {"base", "right"}
    assert wrong.asked == []
    rows = measured.checks[measured.checks["variant"] == "wrong"]
    assert rows[["check", "passed", "observed"]].to_numpy().tolist() == [["output", False, 1.0]]


def test_dead_work_and_impossible_speed_are_flagged(loop, batch):
    class Dead(batch):
        def __call__(self, inner):
            return 30

    variants = (
        Variant("base", loop(10.0), lambda: np.zeros(1), 9.0),
        Variant("dead", Dead(0.0), lambda: np.zeros(1)),
        Variant("empty", loop(0.6), lambda: np.zeros(1)),
        Variant("too fast", loop(5.0), lambda: np.zeros(1), 9.0),
    )
    checks = measure_cases(
        [Case("simulated", {}, variants)], launch=0, seed=0, case_seconds=0.01
    ).checks
    failed = checks[~checks["passed"]]
    assert set(zip(failed["variant"], failed["check"], strict=True)) == {
        ("dead", "linear"),
        ("empty", "floor"),
        ("too fast", "roof"),
    }


def test_a_batch_without_an_empty_loop_has_an_unknown_harness_cost(batch):
    case = Case("simulated", {}, (Variant("plain", batch(10.0), lambda: np.zeros(1)),))
    measured = measure_cases([case], launch=0, seed=0, case_seconds=0.01)
    assert measured.samples["harness_ns"].isna().all()
    floor = measured.checks[measured.checks["check"] == "floor"]
    assert floor["passed"].all()
    assert floor["limit"].isna().all()


def test_launches_draw_different_orders_and_seeds_repeat_them(simulated_case):
    def orders(launch, seed):
        case = simulated_case({"a": 10.0, "b": 11.0, "c": 12.0})
        return (
            measure_cases([case], launch=launch, seed=seed, case_seconds=0.01)
            .samples["order"]
            .to_list()
        )

    assert orders(0, 1) == orders(0, 1)
    assert orders(0, 1) != orders(1, 1)
    assert orders(0, 1) != orders(0, 2)


def test_a_case_is_let_go_before_the_next_is_made(simulated_case):
    alive = []

    def cases():
        for _ in range(3):
            assert not [reference for reference in alive if reference() is not None]
            case = simulated_case({"a": 10.0})
            alive.append(weakref.ref(case))
            yield case
            del case

    measured = measure_cases(cases(), launch=0, seed=0, case_seconds=0.001)
    assert len(measured.checks) == 12


def test_no_cases_give_empty_tables():
    measured = measure_cases([], launch=0, seed=0, case_seconds=0.01)
    assert len(measured.samples) == len(measured.checks) == 0


@pytest.mark.parametrize(
    ("variants", "parameters", "says"),
    [
        ((), {}, "no variants"),
        (("a", "a"), {}, "two variants alike"),
        (("a",), {"size": np.int64(3)}, "not JSON"),
    ],
)
def test_a_malformed_case_is_a_usage_error(loop, variants, parameters, says):
    made = tuple(Variant(name, loop(1.0), lambda: np.zeros(1)) for name in variants)
    with pytest.raises(UsageError, match=says):
        measure_cases([Case("simulated", parameters, made)], launch=0, seed=0, case_seconds=0.01)


def test_the_frozen_kernel_runs_in_every_round_and_is_nobodys_variant(simulated_case):
    reference_kernel()
    case = simulated_case({"a": 10.0, "b": 2e6})
    measured = measure_cases([case], launch=4, seed=0, case_seconds=0.05)
    batches = measured.samples.groupby("variant")["round"].apply(list)
    assert batches[REFERENCE] == batches["a"]
    assert set(measured.checks["variant"]) == {"a", "b"}
    assert measured.launches[["experiment", "launch", "cpu"]].to_numpy().tolist() == [
        ["simulated", 4, -1]
    ]


def test_no_variant_may_take_the_frozen_kernels_name(loop):
    variant = Variant(REFERENCE, loop(1.0), lambda: np.zeros(1))
    with pytest.raises(UsageError, match="as only the frozen kernel is called"):
        measure_cases([Case("sum", {}, (variant,))], launch=0, seed=0, case_seconds=0.01)


def test_without_the_frozen_kernel_everything_else_is_measured(simulated_case, monkeypatch):
    def refuse():
        raise UnavailableError("no code for this machine")

    monkeypatch.setattr("slonana_analysis.measure.cases.reference_kernel", refuse)
    measured = measure_cases([simulated_case({"a": 10.0})], launch=0, seed=0, case_seconds=0.01)
    assert set(measured.samples["variant"]) == {"a"}
