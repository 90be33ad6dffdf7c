import json

import pandas as pd
import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.experiments.inference import ml_inference, opponents
from slonana_analysis.experiments.inference.opponents import C_NAME, NUMBA_NAME, NUMPY_NAME
from slonana_analysis.experiments.inference.reading import reading
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.measure.subject import outputs_agree

SETS = {"L1": 16384, "L2": 524288, "L3": 4194304, "DRAM": 134217728}


def cases(*kernels, roofs=None):
    machine = Machine(SETS, roofs or {}).as_json()
    return list(ml_inference.cases({"kernels": list(kernels), "machine": machine}))


@pytest.mark.requires_cc
def test_c_numba_and_numpy_compute_the_same_to_the_bit():
    for case in cases(*ml_inference.KERNELS):
        reference = case.variants[0].output()
        assert case.variants[0].name == C_NAME
        for variant in case.variants[1:]:
            assert outputs_agree(reference, variant.output(), 0.0), (case.parameters, variant.name)


def test_without_a_compiler_the_first_variant_left_is_the_baseline(monkeypatch):
    def no_compiler():
        raise UnavailableError("no C compiler was found; install gcc")

    monkeypatch.setattr(opponents, "kernel_library", no_compiler)
    (relu,) = cases("relu 64")
    assert [variant.name for variant in relu.variants] == [NUMBA_NAME, NUMPY_NAME]
    assert opponents.missing_c() == "no C compiler was found; install gcc"


def test_every_variant_can_be_timed():
    for case in cases(*ml_inference.KERNELS):
        for variant in case.variants:
            assert variant.batch(2) > 0, (case.parameters, variant.name)


def test_random_rows_reach_every_leaf_that_can_be_reached():
    # Leaf 3 asks for feature 0 above 5800 where the root has already asked for at most 5000.
    (tree,) = cases("tree 31")
    codes, values = tree.variants[-1].output()
    assert not codes.any()
    assert set(values) == set(range(16)) - {3}


def test_roofs_limit_what_they_should():
    roofs = {"read L1": 256e9, "multiply-add int16": 1024e9}
    relu, dense = cases("relu 64", "dense 32x32", roofs=roofs)
    assert relu.variants[-2].minimum_ns == pytest.approx(1.0)
    assert dense.variants[-2].minimum_ns == pytest.approx(1.0)


def test_an_unknown_kernel_lists_the_known_ones():
    with pytest.raises(UsageError, match="no kernel is called 'lstm'; there are relu 64"):
        cases("lstm")


def summary(times):
    rows = [
        {"parameters": json.dumps({"kernel": kernel}), "variant": variant, "value": value}
        | {"low": 0.9 * value, "high": 1.1 * value, "launches": 7}
        for (kernel, variant), value in times.items()
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("varied", "sentence"),
    [(33.0, "takes 3.0 times as long"), (11.0, "no branch is mispredicted")],
)
def test_the_reading_follows_the_figures(varied, sentence, monkeypatch):
    monkeypatch.setattr("slonana_analysis.experiments.inference.reading.missing_c", lambda: "")
    text = reading(
        summary(
            {
                ("tree 31", C_NAME): 10.0,
                ("tree 31", NUMBA_NAME): varied,
                ("tree 31, constant row", NUMBA_NAME): 11.0,
            }
        )
    )
    assert f"numba takes {varied / 10:.2f} times as long" in text
    assert "9.70 ns against 11.0 ns here" in text
    assert sentence in text


def test_the_reading_says_why_there_is_no_c(monkeypatch):
    monkeypatch.setattr(
        "slonana_analysis.experiments.inference.reading.missing_c", lambda: "no compiler here"
    )
    text = reading(summary({("relu 64", NUMBA_NAME): 3.0, ("relu 64", NUMPY_NAME): 900.0}))
    assert "C was not measured: no compiler here" in text
    assert "NumPy called row by row 900 ns" in text
