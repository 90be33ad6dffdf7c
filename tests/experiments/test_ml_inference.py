import json

import pandas as pd
import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments.inference import contest, ml_inference, opponents
from slonana_analysis.experiments.inference.opponents import (
    AVX2_NAME,
    C_NAME,
    NUMBA_NAME,
    NUMPY_NAME,
    PLAIN_NAME,
)
from slonana_analysis.experiments.inference.reading import reading
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.measure.subject import outputs_agree

SETS = {"L1": 16384, "L2": 524288, "L3": 4194304, "DRAM": 134217728}
READING = "slonana_analysis.experiments.inference.reading"


def cases(*kernels, roofs=None, calls=contest.CALLS):
    machine = Machine(SETS, roofs or {}).as_json()
    settings = {"kernels": list(kernels), "machine": machine, "calls": list(calls)}
    return list(ml_inference.cases(settings))


@pytest.mark.requires_cc
@pytest.mark.parametrize("kernel", ml_inference.KERNELS)
def test_all_who_compute_a_kernel_agree_to_the_bit_and_can_be_timed(kernel):
    found = cases(kernel)
    assert [case.parameters["calls"] for case in found] in (
        ["independent", "chained"],
        ["independent"],
    )
    for case in found:
        reference = case.variants[0].output()
        names = [variant.name for variant in case.variants]
        assert names[0] == C_NAME
        assert NUMBA_NAME in names
        for variant in case.variants:
            assert outputs_agree(reference, variant.output(), 0.0), (case.parameters, variant.name)
            assert variant.batch(2) > 0, (case.parameters, variant.name)


def test_without_a_compiler_kernels_are_timed_in_loops_of_their_own(monkeypatch):
    def no_compiler():
        raise UnavailableError("no C compiler was found; install gcc")

    monkeypatch.setattr(opponents, "companion_library", no_compiler)
    assert opponents.missing_c() == "no C compiler was found; install gcc"
    found = cases(*ml_inference.KERNELS)
    assert {case.parameters["calls"] for case in found} == {"independent"}
    assert [case.parameters["kernel"] for case in found] == list(ml_inference.KERNELS)
    for case in found:
        assert case.variants[0].name == NUMBA_NAME
        assert case.variants[0].batch(2) > 0
        assert case.variants[0].output().size > 0
    assert [variant.name for variant in found[0].variants] == [NUMBA_NAME, NUMPY_NAME]


@pytest.mark.requires_cc
def test_what_is_called_through_the_pointer_is_what_python_calls(monkeypatch):
    called = {
        case.parameters["kernel"]: {v.name: v for v in case.variants}[NUMBA_NAME].output()
        for case in cases(*ml_inference.KERNELS, calls=["independent"])
    }
    monkeypatch.setattr(contest, "missing_c", lambda: "no compiler")
    for case in cases(*ml_inference.KERNELS):
        wanted = called[case.parameters["kernel"]]
        assert outputs_agree(wanted, case.variants[0].output(), 0.0), case.parameters


def test_random_rows_reach_every_leaf_that_can_be_reached():
    # Leaf 3 asks for feature 0 above 5800 where the root has already asked for at most 5000.
    (tree,) = cases("tree 31", calls=["independent"])
    assert set(tree.variants[-1].output().ravel()) == set(range(16)) - {3}


def test_roofs_limit_what_they_should():
    roofs = {"read L1": 256e9, "multiply-add int16": 1024e9}
    relu, dense = cases("relu 64", "dense 32x32", roofs=roofs, calls=["independent"])
    assert relu.variants[0].minimum_ns == pytest.approx(1.0)
    assert dense.variants[0].minimum_ns == pytest.approx(1.0)
    named = ml_inference.roof_times(Machine(SETS, roofs), ["dense 32x32"])
    assert named == {
        '{"calls": "chained", "kernel": "dense 32x32"}': pytest.approx(1.0),
        '{"calls": "independent", "kernel": "dense 32x32"}': pytest.approx(1.0),
    }


def test_an_unknown_kernel_lists_the_known_ones():
    with pytest.raises(UsageError, match="no kernel is called 'lstm'; there are relu 64"):
        cases("lstm")
    with pytest.raises(UsageError, match="calls are independent or chained, not both"):
        cases("relu 64", calls=["both"])


def test_calls_of_one_kind():
    names = [json.dumps({"calls": kind, "kernel": "relu 64"}) for kind in contest.CALLS]
    table = pd.DataFrame({"parameters": names, "value": [1.0, 2.0]})
    assert ml_inference.calls_of_kind(table, "chained")["value"].tolist() == [2.0]
    with pytest.raises(UsageError, match="not sideways"):
        ml_inference.calls_of_kind(table, "sideways")


def summary(times, calls="independent"):
    rows = [
        {"parameters": json.dumps({"calls": calls, "kernel": kernel}), "variant": variant}
        | {"value": value, "low": 0.9 * value, "high": 1.1 * value, "launches": 7}
        for (kernel, variant), value in times.items()
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("varied", "sentence"),
    [(33.0, "a branch predictor learns"), (11.0, "no branch is mispredicted")],
)
def test_the_reading_follows_the_figures(varied, sentence, monkeypatch):
    monkeypatch.setattr(f"{READING}.missing_c", lambda: "")
    monkeypatch.setattr(f"{READING}.missing_avx2", lambda: "there is no AVX2")
    throughput = {
        ("tree 31", C_NAME): varied,
        ("tree 31", NUMBA_NAME): 5.0,
        ("tree 31, constant row", C_NAME): 11.0,
        ("tree 31, constant row", PLAIN_NAME): 12.0,
        ("tree 31, constant row", NUMBA_NAME): 5.0,
    }
    latency = summary({("tree 31", NUMBA_NAME): 13.0}, "chained")
    text = reading(pd.concat([summary(throughput), latency]))
    assert "**tree 31**: 5.00 ns a call (4.50 ns to 5.50 ns, 7 launches)" in text
    assert "13.0 ns when calls wait for each other" in text
    assert f"{C_NAME} takes {varied / 5:.2f} times as long" in text
    assert "9.70 ns, here 12.0 ns in C at -O3, 11.0 ns with -march=native" in text
    assert sentence in text
    assert "C by hand was not measured: there is no AVX2" in text


def test_the_reading_says_why_there_is_no_c(monkeypatch):
    monkeypatch.setattr(f"{READING}.missing_c", lambda: "no compiler here")
    times = {("relu 64", NUMBA_NAME): 3.0, ("relu 64", NUMPY_NAME): 900.0}
    text = reading(summary(times))
    assert "C was not measured: no compiler here" in text
    assert "NumPy called row by row 900 ns" in text
    assert "guide's figures" not in text


def test_the_reading_shows_that_softmax_is_not_monotone(monkeypatch):
    monkeypatch.setattr(f"{READING}.missing_c", lambda: "none")
    text = reading(summary({("softmax 8", NUMBA_NAME): 7.0, ("softmax 8", AVX2_NAME): 11.0}))
    assert "3.0 below the largest gets 71% of the whole and one 4.9999 below gets 89%" in text
    assert f"{AVX2_NAME} takes 1.57 times as long" in text
