import math

import pytest

from slonana_analysis.report import words

NAN = math.nan


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (0.05, "+5.0 %"),
        (-0.041, "\N{MINUS SIGN}4.1 %"),
        (0.0, "+0.0 %"),
        (332.75, "\N{MULTIPLICATION SIGN}334"),
        (NAN, "—"),
    ],
)
def test_effects_are_signed_percentages(estimate: float, text: str) -> None:
    assert words.effect_text(estimate) == text


def test_an_interval_names_the_percent_sign_once() -> None:
    assert words.interval_text(-0.006, 0.003) == "\N{MINUS SIGN}0.6 … +0.3 %"
    assert words.interval_text(-0.006, 10.0) == "\N{MINUS SIGN}0.6 % … \N{MULTIPLICATION SIGN}11.0"
    assert words.interval_text(-0.006, 1e9).endswith("over \N{MULTIPLICATION SIGN}100")
    assert words.interval_text(NAN, 0.003) == ""


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (-0.9, "10.0\N{MULTIPLICATION SIGN} as fast"),
        (1.5, "2.50\N{MULTIPLICATION SIGN} the time"),
        (0.3, ""),
        (-0.4, ""),
        (NAN, ""),
        (-1, ""),
        (332.0, ""),
    ],
)
def test_large_effects_are_also_told_as_ratios(estimate: float, text: str) -> None:
    assert words.ratio_text(estimate) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (9.61, 9.8, "9.61 … 9.80 ns"),
        (990, 1010, "990 ns … 1.01 µs"),
        (NAN, 1, ""),
        (1e-6, 3, "interval over 100-fold"),
    ],
)
def test_a_quantity_interval_repeats_its_unit_only_where_it_changes(
    low: float, high: float, text: str
) -> None:
    assert words.quantity_interval_text(low, high, "ns") == text


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ('{"bytes": 16384, "dtype": "float64", "level": "L1"}', "16.0 KiB, float64, L1"),
        ('{"batch_size": 8, "warm": true}', "batch size 8, warm True"),
        ("{}", ""),
        ("[1, 2]", "[1, 2]"),
        ("not json", "not json"),
    ],
)
def test_parameters_in_words(stored: str, text: str) -> None:
    assert words.parameter_text(stored) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [("loop_unrolling", "Loop unrolling"), ("ml_inference", "ML inference"), ("", "")],
)
def test_experiment_headings(name: str, text: str) -> None:
    assert words.experiment_text(name) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (10, "ns", "10 ns"),
        (1000, "ns", "1 µs"),
        (100, "ns", "100 ns"),
        (5e9, "bytes/s", "5 Gbytes/s"),
    ],
)
def test_tick_labels_drop_idle_zeros(value: float, unit: str, text: str) -> None:
    assert words.tick_text(value, unit) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.21, "3.2 s"), (59.96, "60.0 s"), (96.2, "1 min 36 s"), (65, "1 min 05 s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert words.seconds_text(seconds) == text


def test_counts() -> None:
    assert words.count_text(1, "launch", "launches") == "1 launch"
    assert words.count_text(7, "launch", "launches") == "7 launches"
    assert words.count_text(4762, "sample") == "4,762 samples"


def test_moments_fall_back_to_the_stored_text() -> None:
    assert words.moment_text("2026-11-23T04:15:07+00:00") == "2026-11-23 04:15 UTC"
    assert words.moment_text("2026-11-23T04:15:07") == "2026-11-23 04:15"
    assert words.moment_text("yesterday") == "yesterday"


def test_an_unknown_detectable_effect_is_a_dash() -> None:
    assert words.detectable_text(0.024) == "2.4 %"
    assert words.detectable_text(math.inf) == words.detectable_text(NAN) == "—"
    assert words.detectable_text(1e9) == "over \N{MULTIPLICATION SIGN}100"
