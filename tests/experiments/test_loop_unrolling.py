import json

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.cpu import loop_unrolling
from slonana_analysis.experiments.cpu.sum_source import sum_variants
from slonana_analysis.experiments.machine import Machine
from slonana_analysis.measure.subject import outputs_agree

MACHINE = Machine({"L1": 8192, "DRAM": 65536}, {"read L1": 1e11, "add float32": 1e10}, 3.0)


@pytest.fixture(scope="module")
def cases():
    settings = {"dtypes": ["float32"], "levels": ["L1", "DRAM"], "machine": MACHINE.as_json()}
    return list(loop_unrolling.cases(settings))


def test_a_case_per_dtype_and_level_with_every_variant(cases):
    assert [case.parameters["level"] for case in cases] == ["L1", "DRAM"]
    assert [case.parameters["bytes"] for case in cases] == [8192, 65536]
    names = [variant.name for variant in sum_variants()]
    assert all([variant.name for variant in case.variants] == names for case in cases)


def test_a_level_that_the_machine_lacks_has_no_case():
    settings = {"dtypes": ["int32"], "levels": ["L1", "L3"], "machine": MACHINE.as_json()}
    assert [case.parameters["level"] for case in loop_unrolling.cases(settings)] == ["L1"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"dtypes": ["float16"]}, "no element type is called float16; there are int32"),
        ({"levels": ["L9"]}, "no level is called L9; there are L1, L2, L3, DRAM"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(changed, sentence):
    settings = {"dtypes": ["int32"], "levels": ["L1"], "machine": MACHINE.as_json()} | changed
    with pytest.raises(UsageError, match=sentence):
        list(loop_unrolling.cases(settings))


def test_all_variants_compute_the_same_sum_to_the_bit(cases):
    for case in cases:
        reference = case.variants[0].output()
        for variant in case.variants[1:]:
            assert outputs_agree(reference, variant.output(), case.tolerance), variant.name


def test_a_batch_runs_and_returns_nanoseconds(cases):
    assert cases[0].variants[1].batch(3) > 0


def test_the_code_shown_is_that_of_the_timed_loops_also_when_it_comes_from_the_cache():
    for _ in range(2):
        loops = loop_unrolling.machine_code("float32")
        assert list(loops) == list(loop_unrolling.SHOWN)
        assert all(loop.instructions for loop in loops.values())
    four, vectors = loops["4-fold, many accumulators"], loops["vectorised"]
    if "vaddss" not in four.text:
        pytest.skip("not x86-64 with AVX: mnemonics differ")
    assert four.mnemonics()["vaddss"] == 4
    assert vectors.mnemonics()["vaddps"] > 0


def test_the_roof_is_the_slower_of_loads_and_additions():
    # 8 KiB at 100 GB/s take 81.92 ns; 2,048 additions at 10 G/s take 204.8 ns.
    assert loop_unrolling.minimum_ns(MACHINE, "float32", 2048, 8192) == pytest.approx(204.8)
    assert loop_unrolling.minimum_ns(MACHINE, "int64", 1024, 8192) == pytest.approx(81.92)
    assert loop_unrolling.minimum_ns(Machine(MACHINE.working_sets), "int64", 1024, 8192) == 0


def test_the_table_is_per_element_with_its_roof_and_cycles():
    parameters = json.dumps({"bytes": 8192, "dtype": "float32", "level": "L1"})
    summary = pd.DataFrame(
        {
            "experiment": "loop_unrolling",
            "variant": ["1-fold", "8-fold, guide form"],
            "parameters": parameters,
            "value": [2048.0, 512.0],
            "low": [2000.0, 500.0],
            "high": [2100.0, 520.0],
        }
    )
    table = loop_unrolling.tabulate(summary, MACHINE)
    np.testing.assert_allclose(table["ns"], [1.0, 0.25])
    np.testing.assert_allclose(table["cycles"], [3.0, 0.75])
    np.testing.assert_allclose(table["roof"], [0.1, 0.1])
    assert table[["dtype", "level", "form", "fold"]].iloc[1].to_list() == [
        "float32",
        "L1",
        "guide form",
        8,
    ]
