import math

import numpy as np
import pytest

from slonana_analysis.compare.summary import summarise
from slonana_analysis.compare.verdicts import comparison_name, judge, judge_effects
from slonana_analysis.model import schema


@pytest.mark.parametrize(
    ("effect", "word"),
    [(0.05, "regressed"), (-0.05, "improved"), (0.0, "same"), (0.03, "regressed")],
)
def test_a_real_change_is_found_under_thirty_percent_of_shared_noise(synthetic, effect, word):
    verdicts = judge(synthetic({"old": 0.0, "new": effect}))
    assert verdicts["verdict"].to_list() == [word]
    row = verdicts.iloc[0]
    assert row["low"] <= effect <= row["high"]
    assert row["estimate"] == pytest.approx(effect, abs=0.005)
    assert row["launches"] == 15
    assert (row["baseline"], row["variant"], row["unit"]) == ("old", "new", "ns")


def test_a_change_below_the_floor_is_the_same_however_certain(synthetic):
    verdicts = judge(synthetic({"old": 0.0, "new": 0.004}, noise=1e-6))
    assert verdicts["low"].iloc[0] > 0
    assert verdicts["verdict"].to_list() == ["same"]


def test_too_much_noise_is_inconclusive_and_says_what_it_could_have_found(synthetic):
    row = judge(synthetic({"old": 0.0, "new": 0.01}, launches=4, noise=0.2)).iloc[0]
    assert row["verdict"] == "inconclusive"
    assert row["mde"] > 0.01
    assert "4 launches find" in row["reason"]


def test_one_launch_is_never_a_verdict(synthetic):
    row = judge(synthetic({"old": 0.0, "new": 0.5}, launches=1)).iloc[0]
    assert row["verdict"] == "inconclusive"
    assert math.isnan(row["low"])
    assert row["estimate"] == pytest.approx(0.5, abs=0.01)
    assert "a single launch" in row["reason"]


@pytest.mark.parametrize(
    ("failed", "clause"),
    [("output", "does not compute"), ("linear", "removed or hoisted")],
)
def test_a_variant_whose_check_failed_is_not_measured(synthetic, failed, clause):
    row = judge(synthetic({"old": 0.0, "new": -0.9}, failed={("new", failed)})).iloc[0]
    assert row["verdict"] == "not measured"
    assert clause in row["reason"]
    assert np.isnan([row["estimate"], row["value"], row["baseline_value"]]).all()


def test_a_doubtful_baseline_takes_its_variants_along(synthetic):
    verdicts = judge(synthetic({"old": 0.0, "a": 0.1, "b": 0.2}, failed={("old", "linear")}))
    assert verdicts["verdict"].to_list() == ["not measured", "not measured"]
    assert verdicts["reason"].str.contains("its baseline cannot be believed").all()


def test_a_timing_check_that_stumbles_in_a_minority_of_launches_is_forgiven(synthetic):
    measurement = synthetic({"old": 0.0, "new": 0.0})
    checks = measurement.checks
    stumble = (checks["variant"] == "new") & (checks["check"] == "linear") & (checks["launch"] < 5)
    checks.loc[stumble, "passed"] = False
    assert judge(measurement)["verdict"].to_list() == ["same"]


def test_order_of_launches_and_rows_does_not_matter(synthetic):
    measurement = synthetic({"old": 0.0, "new": 0.02, "other": -0.02})
    shuffled = type(measurement)(
        measurement.samples.sample(frac=1, random_state=3), measurement.checks
    )
    assert judge(shuffled).equals(judge(measurement))


def test_nothing_measured_gives_an_empty_table():
    empty = type("M", (), {"samples": schema.SAMPLES.empty(), "checks": schema.CHECKS.empty()})
    assert judge(empty()).empty
    assert summarise(schema.SAMPLES.empty()).empty


def test_false_alarms_at_seven_launches_are_below_one_percent(synthetic):
    random = np.random.default_rng(5)
    words = [judge_effects(0.01 * random.standard_t(3, 7)).word for _ in range(3000)]
    alarms = sum(word in {"regressed", "improved"} for word in words)
    assert alarms / 3000 < 0.01


def test_identical_launches_are_the_same_with_no_width():
    verdict = judge_effects(np.zeros(5))
    assert (verdict.word, verdict.estimate, verdict.low, verdict.high) == ("same", 0, 0, 0)


def test_launches_that_agree_to_the_clocks_last_step_are_not_certain(synthetic):
    measurement = synthetic({"old": 0.0, "new": 0.0}, launches=2, noise=0, drift=0)
    samples = measurement.samples
    # Batches of 10,000 ns on a clock that steps by 100 ns; all medians are the same to the bit.
    samples["value"] = 100.0 + (samples["round"] % 3 - 1)
    row = judge(measurement).iloc[0]
    assert row["estimate"] == 0
    assert row["low"] < -0.01 < 0.01 < row["high"]
    assert row["verdict"] == "inconclusive"


def test_summary_gives_each_variant_its_own_time(synthetic):
    summary = summarise(synthetic({"old": 0.0, "new": 1.0}, drift=0.01).samples)
    value = summary.set_index("variant")["value"]
    assert value["new"] / value["old"] == pytest.approx(2.0, rel=0.05)
    assert (summary["low"] < summary["value"]).all()
    assert (summary["value"] < summary["high"]).all()


def test_a_time_never_reaches_below_zero_however_noisy(synthetic):
    summary = summarise(synthetic({"old": 0.0}, launches=2, drift=2.0).samples)
    assert (summary["low"] > 0).all()


def test_names_read_as_words():
    assert comparison_name("loop_unrolling", "4-fold", '{"dtype": "int32", "level": "L1"}') == (
        "loop unrolling, 4-fold (dtype int32, level L1)"
    )
    assert comparison_name("sum", "a", '{"bytes": 16384}') == "sum, a (16.0 KiB)"
    assert comparison_name("relu", "numba", "{}") == "relu, numba"
