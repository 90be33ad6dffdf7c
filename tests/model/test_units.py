import math

import pytest

from slonana_analysis import units


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0.0, "0 ns"),
        (0.0123, "0.0123 ns"),
        (9.7, "9.70 ns"),
        (634, "634 ns"),
        (999.4, "999 ns"),
        (999.96, "1.00 µs"),
        (19_600, "19.6 µs"),
        (1.5e9, "1.50 s"),
        (-2500, "-2.50 µs"),
    ],
)
def test_times_have_three_digits_and_the_unit_that_suits(nanoseconds, text):
    assert units.format_time(nanoseconds) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (32768, "bytes", "32.0 KiB"),
        (38.4e9, "bytes/s", "38.4 Gbytes/s"),
        (10_000, "transactions/s", "10.0 ktransactions/s"),
        (12, "packets/s", "12.0 packets/s"),
        (3.25, "cycles", "3.25 cycles"),
        (9.7, "ns", "9.70 ns"),
    ],
)
def test_a_quantity_is_printed_by_its_unit_word(value, unit, text):
    assert units.format_quantity(value, unit) == text


@pytest.mark.parametrize("unit", ["ns", "bytes", "bytes/s", "cycles"])
def test_what_was_not_measured_is_a_dash(unit):
    assert units.format_quantity(math.nan, unit) == "—"
    assert units.format_relative(math.nan) == "—"


def test_relative_effects_are_signed():
    assert units.format_relative(0.05) == "+5.0 %"
    assert units.format_relative(-0.123) == "-12.3 %"


def test_weights_round_times_and_write_counts_out():
    assert units.format_weight(10_200_000_000, "ns") == "10.2 s"
    assert units.format_weight(32768, "bytes") == units.format_bytes(32768)
    assert units.format_weight(499_663_200, "instructions") == "499,663,200 instructions"
