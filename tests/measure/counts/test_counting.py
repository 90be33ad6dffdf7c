import json
import math

import pytest

from slonana_analysis.errors import SlonanaError, UnavailableError, UsageError
from slonana_analysis.measure.counts.counting import count_instructions, count_variants
from slonana_analysis.measure.counts.launch import INTERPRETED
from slonana_analysis.model import schema

ENTRIES = "tests.measure.counts.entries"
pytestmark = pytest.mark.requires_cc


@pytest.fixture(scope="module")
def counts():
    events = []
    settings = {"sizes": [64, 128, 256]}
    table = count_instructions(f"{ENTRIES}:sums", settings, on_case=events.append)
    return table, events


def of(table, variant):
    return table[table["variant"] == variant]


@pytest.mark.slow
@pytest.mark.requires_valgrind
def test_every_case_and_variant_has_a_row_of_the_schema(counts):
    table, events = counts
    assert list(table.columns) == schema.COUNTS.names
    assert [json.loads(text)["size"] for text in table["parameters"]] == [64] * 3 + [128] * 3 + [
        256
    ] * 3
    assert set(table["event"]) == {"instructions"}
    assert [(event.case, event.cases) for event in events] == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.slow
@pytest.mark.requires_valgrind
def test_a_loop_is_counted_to_the_instruction(counts):
    loops = of(counts[0], "loop")
    assert (loops["repeats"] >= 2).all()
    assert (loops["reason"] == "").all()
    assert (loops["value"] % 1 == 0).all()


@pytest.mark.slow
@pytest.mark.requires_valgrind
def test_twice_the_elements_take_twice_the_instructions_of_the_inner_loop(counts):
    small, middle, large = of(counts[0], "loop")["value"]
    assert large - middle == 2 * (middle - small) > 0


@pytest.mark.slow
@pytest.mark.requires_valgrind
def test_what_cannot_be_counted_says_why(counts):
    python, other = of(counts[0], "numpy"), of(counts[0], "another clock")
    assert python["value"].isna().all()
    assert set(python["reason"]) == {INTERPRETED}
    assert set(python["repeats"]) == {0}
    assert other["reason"].str.contains("reads libc's clock 1 times").all()


@pytest.mark.slow
@pytest.mark.requires_valgrind
def test_a_second_process_counts_the_same(counts):
    again = count_instructions(f"{ENTRIES}:sums", {"sizes": [64]})
    assert of(again, "loop")["value"].iloc[0] == of(counts[0], "loop")["value"].iloc[0]


@pytest.mark.slow
@pytest.mark.requires_valgrind
def test_a_crash_costs_only_what_came_after_it():
    counted = count_variants(f"{ENTRIES}:crashes", {"sizes": [64]})
    assert [math.isnan(each.value) for each in counted] == [False, True, True, True, True, True]
    assert counted[3].reason == "valgrind was killed by SIGILL while it was counted"
    assert counted[5].reason == "valgrind was killed by SIGILL before it was counted"
    assert counted[4].reason == INTERPRETED


@pytest.mark.slow
@pytest.mark.requires_valgrind
def test_what_is_not_reached_in_time_says_so():
    counted = count_variants(f"{ENTRIES}:hangs", {"sizes": [64]}, seconds_limit=20)
    assert counted[-1].reason == "counting had not reached it after 20 s"


@pytest.mark.slow
@pytest.mark.requires_valgrind
def test_what_the_entry_raises_is_raised_here():
    with pytest.raises(SlonanaError, match="ValueError: no such machine"):
        count_instructions(f"{ENTRIES}:fails", {})
    with pytest.raises(UsageError, match="has no function 'nowhere'"):
        count_instructions(f"{ENTRIES}:nowhere", {})


@pytest.mark.requires_valgrind
def test_settings_must_travel():
    with pytest.raises(UsageError, match="must be JSON values"):
        count_instructions(f"{ENTRIES}:sums", {"sizes": {1}})


def test_without_valgrind_the_message_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match=r"without valgrind.*apt install valgrind"):
        count_instructions(f"{ENTRIES}:sums", {"sizes": [64]})


def test_the_limit_must_be_positive():
    with pytest.raises(UsageError, match="seconds_limit"):
        count_instructions(f"{ENTRIES}:sums", {}, seconds_limit=0)
