import json

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments.asynchronous import async_execution, reading, variants
from slonana_analysis.experiments.asynchronous.variants import (
    ARRAYS_NAME,
    NUMBA_NAME,
    OBJECTS_NAME,
    PYTHON_NAME,
    SCAN_NAME,
)
from slonana_analysis.measure.subject import outputs_agree

EVERYBODY = {OBJECTS_NAME, ARRAYS_NAME, NUMBA_NAME, PYTHON_NAME, SCAN_NAME}


def cases(*work):
    return list(async_execution.cases({"work": list(work or async_execution.WORK)}))


@pytest.fixture(scope="module")
def every_case():
    return cases()


@pytest.mark.requires_cxx
def test_all_layouts_do_the_same_and_can_be_timed(every_case):
    assert {variant.name for case in every_case for variant in case.variants} == EVERYBODY
    for case in every_case:
        reference = case.variants[0].output()
        assert case.variants[0].name == OBJECTS_NAME
        for variant in case.variants:
            found = outputs_agree(reference, variant.output(), 0.0)
            assert found, (case.parameters, variant.name)
            assert variant.batch(1) > 0
            assert outputs_agree(reference, variant.output(), 0.0), "timing changed the answers"


def test_what_is_compared_can_differ(every_case):
    for case in every_case:
        several = len(np.unique(case.variants[-1].output())) > 1
        assert several == (case.parameters.get("outcome") != "none fires"), case.parameters


def test_more_repetitions_go_on_where_the_last_ended(every_case):
    for case in every_case:
        for variant in case.variants:
            assert all(variant.batch(inner) > 0 for inner in (1, 3, 2)), variant.name


def test_without_compilers_numba_is_the_baseline(monkeypatch):
    def missing(layout):
        raise UnavailableError(f"there is no compiler for {layout}; install one")

    monkeypatch.setattr(variants, "asynchronous_library", missing)
    found = cases()
    assert len(found) == 10
    for case in found:
        assert case.variants[0].name == NUMBA_NAME
        assert {variant.name for variant in case.variants} <= {NUMBA_NAME, PYTHON_NAME, SCAN_NAME}
    text = reading.reading(summary({"one fires": {NUMBA_NAME: 5.0}}))
    assert "not measured: there is no compiler for objects; install one" in text
    assert "arrays was not measured" in text
    assert "**" not in text


def test_unknown_work_lists_what_there_is():
    with pytest.raises(UsageError, match="no work is called 'sleep'; there are create, watch"):
        cases("create", "sleep")


def test_what_the_benchmarks_ask_for():
    assert async_execution.outcomes() == {
        "accepted of 10,000 timers": 1024,
        "accepted of 1,000 timers": 1000,
        "watchers, all fire": 100,
        "watchers, one fires": 1,
        "watchers, none fires": 0,
    }


def summary(times):
    rows = [
        {"parameters": json.dumps(named(case)), "variant": variant, "value": value}
        for case, variants in times.items()
        for variant, value in variants.items()
    ]
    return pd.DataFrame(rows)


def named(case):
    if case.startswith("cancel "):
        return {"do": "cancel timers one by one", "timers": int(case.split()[1])}
    if case.isdigit():
        return {"do": "check one slot", "timers": int(case)}
    return {"do": "something", "outcome": case}


def test_the_names_of_cases_are_those_that_the_reading_looks_for(every_case):
    times = {json.dumps(dict(case.parameters)): {NUMBA_NAME: 1.0} for case in every_case}
    table = pd.DataFrame(
        {"parameters": list(times), "variant": NUMBA_NAME, "value": 1.0, "launches": 2}
    )
    found = reading._times(table)
    assert set(found) == {
        *("1,024 accepted", "all accepted", "all fire", "one fires", "none fires"),
        *("16", "128", "1024", "cancel 64", "cancel 1024"),
    }


@pytest.fixture
def present(monkeypatch):
    monkeypatch.setattr(f"{reading.__name__}.missing_layout", lambda layout: "")


@pytest.mark.requires_cxx
@pytest.mark.parametrize(
    ("each", "verdict"),
    [
        (70.0, "the number holds."),
        (140.0, "does not hold here, where it is 2.0 times as large."),
        (35.0, "holds with room to spare, being 2.0 times what it is here."),
    ],
)
@pytest.mark.usefixtures("present")
def test_the_reading_says_whether_the_timer_figure_holds(each, verdict):
    accepted = 1000 * 2.5 * each
    times = {"1,024 accepted": {OBJECTS_NAME: 1e4 * each}, "all accepted": {OBJECTS_NAME: accepted}}
    text = reading.reading(summary(times))
    assert verdict in text
    assert "2.5 times the benchmark's: what the figure times is mostly a refusal" in text
    refusal = (1e4 * each - 1024 * 2.5 * each) / 8976
    assert f"refused, in about {refusal:.1f} ns each" in text or refusal >= 100


@pytest.mark.requires_cxx
@pytest.mark.usefixtures("present")
def test_the_reading_says_what_the_watcher_figure_times():
    times = {
        "all fire": {OBJECTS_NAME: 19_600.0, NUMBA_NAME: 196.0, ARRAYS_NAME: 98.0},
        "one fires": {OBJECTS_NAME: 600.0, NUMBA_NAME: 200.0, ARRAYS_NAME: 220.0},
        "none fires": {OBJECTS_NAME: 1800.0, NUMBA_NAME: 150.0, PYTHON_NAME: 3600.0},
        "all accepted": {NUMBA_NAME: 5000.0, PYTHON_NAME: 1_200_000.0},
    }
    text = reading.reading(summary(times))
    assert "takes 19.6 µs in the validator's layout here: the number holds." in text
    assert "the same check takes 600 ns" in text
    assert "for each watcher, 1.80 µs" in text
    assert "100 watchers that all fire 100.0; one that does 3.0; none 12.0." in text
    assert "C in the same arrays takes 0.50 to 1.10 times what numba takes" in text
    assert "a creation takes 1.20 µs and a check of 100 watchers 3.60 µs" in text


@pytest.mark.requires_cxx
@pytest.mark.usefixtures("present")
def test_the_reading_shows_what_grows_with_the_number_of_timers():
    times = {
        "16": {NUMBA_NAME: 3.0, SCAN_NAME: 6.0, OBJECTS_NAME: 22.0},
        "1024": {NUMBA_NAME: 20.0, SCAN_NAME: 300.0, OBJECTS_NAME: 3300.0},
    }
    text = reading.reading(summary(times))
    assert "numba, our arrays from 3.00 ns to 20.0 ns; numba, scan of all timers from" in text
    assert "A wheel looks at the timers that are due" in text
