"""Documents written from any values and names read back as just these."""

import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.readers.benches.registry import read_benches

SECONDS = st.floats(min_value=1e-12, max_value=1e6)
NAMES = st.text(min_size=1, max_size=30)


def read(document):
    return read_benches(io.BytesIO(json.dumps(document).encode()))


def expected_name(name):
    return name.encode("utf-8", "backslashreplace").decode()


@given(st.dictionaries(NAMES, st.lists(st.lists(SECONDS, min_size=1), min_size=1), min_size=1))
def test_pyperf(benchmarks):
    document = {
        "version": "1.0",
        "metadata": {"unit": "second"},
        "benchmarks": [
            {
                "metadata": {"name": name},
                "runs": [{"warmups": [[1, 9.0]]}, *({"values": values} for values in runs)],
            }
            for name, runs in benchmarks.items()
        ],
    }
    found = read(document)
    rows = [
        (expected_name(name), pytest.approx(1e9 * value), "ns", process, order)
        for name, runs in benchmarks.items()
        for process, values in enumerate(runs)
        for order, value in enumerate(values)
    ]
    assert list(found.values.itertuples(index=False, name=None)) == rows
    assert found.notes == ()


@given(st.dictionaries(NAMES, st.lists(SECONDS, min_size=1), min_size=1))
def test_hyperfine(commands):
    results = [{"command": name, "times": times} for name, times in commands.items()]
    found = read({"results": results})
    rows = [
        (expected_name(name), pytest.approx(1e9 * second), "ns", process, 0)
        for name, times in commands.items()
        for process, second in enumerate(times)
    ]
    assert list(found.values.itertuples(index=False, name=None)) == rows


RUNS = st.tuples(NAMES, SECONDS, st.sampled_from(["iteration", "aggregate", "failed"]))


@given(st.lists(RUNS, min_size=1))
def test_google_benchmark_loses_no_name(runs):
    document = {
        "context": {},
        "benchmarks": [
            {"name": name, "run_name": name, "real_time": value, "time_unit": "s"}
            | {"run_type": "aggregate" if kind == "aggregate" else "iteration"}
            | {"aggregate_name": "mean", "error_occurred": kind == "failed"}
            for name, value, kind in runs
        ],
    }
    found = read(document)
    timed = [(expected_name(name), value) for name, value, kind in runs if kind == "iteration"]
    assert sorted(zip(found.values["name"], found.values["value"], strict=True)) == [
        (name, pytest.approx(1e9 * value)) for name, value in sorted(timed)
    ]
    names = {expected_name(name) for name, *_ in runs}
    assert set(found.values["name"]) | set(found.unmeasured) == names
    assert not set(found.values["name"]) & set(found.unmeasured)


VALUES = st.one_of(SECONDS, st.none(), st.just(math.nan))


@given(st.lists(VALUES, min_size=1, max_size=20))
def test_asv_gives_every_combination_a_value_or_a_reason(values):
    parameters = [[str(index) for index in range(len(values))]]
    row = [values, parameters]
    document = {"commit_hash": "a", "result_columns": ["result", "params"]}
    found = read(document | {"results": {"time_x": row}})
    measured = {
        f"time_x({index})": pytest.approx(1e9 * value)
        for index, value in enumerate(values)
        if value is not None and not math.isnan(value)
    }
    assert dict(zip(found.values["name"], found.values["value"], strict=True)) == measured
    assert set(found.unmeasured) == {
        f"time_x({index})" for index in range(len(values)) if f"time_x({index})" not in measured
    }
