import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from slonana_analysis.kernels import activations as portable
from slonana_analysis.kernels.vector import activations
from tests.kernels import activation_rules as rules

BASELINE = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
HASWELL = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+sse4.2,+avx,+avx2,+fma,+bmi,+bmi2,+lzcnt,+popcnt",
}

INT32 = st.integers(-(2**31), 2**31 - 1)


@pytest.mark.parametrize("name", rules.RULES)
def test_a_million_values_follow_the_rule(name):
    values = rules.a_million_values()
    out = np.empty_like(values)
    getattr(activations, name)(out, values)
    assert np.array_equal(out, rules.expected(name))


@pytest.mark.parametrize("name", rules.RULES)
@pytest.mark.parametrize("length", range(71))
def test_every_length_leaves_its_surroundings_alone(name, length):
    around = np.full(length + 64, rules.FAR, np.int32)
    out = np.full(length + 64, rules.UNTOUCHED, np.int32)
    inside = slice(32, 32 + length)
    around[inside] = rules.a_million_values()[-length - 5 : -5]
    getattr(activations, name)(out[inside], around[inside])
    assert out[inside].tolist() == [rules.RULES[name](x) for x in around[inside].tolist()]
    assert set(out[:32].tolist() + out[32 + length :].tolist()) == {rules.UNTOUCHED}


@given(arrays.arrays(np.int32, st.integers(0, 70)), st.sampled_from(sorted(rules.RULES)))
def test_working_in_place_is_the_same(values, name):
    kernel = getattr(activations, name)
    out = np.empty_like(values)
    kernel(out, values)
    kernel(values, values)
    assert np.array_equal(values, out)


@given(arrays.arrays(np.int32, st.integers(0, 40), elements=st.integers(-3, 3) | INT32))
def test_the_largest_and_where_it_stands_first(values):
    surrounded = np.full(values.size + 64, rules.FAR, np.int32)
    surrounded[32 : 32 + values.size] = values
    inside = surrounded[32 : 32 + values.size]
    assert activations.argmax(inside) == portable.argmax(values)
    assert activations.largest(inside) == portable.largest(values)


@pytest.mark.parametrize("length", range(1, 17))
def test_the_smallest_value_is_found_among_lanes_that_hold_none(length):
    values = np.full(length, -(2**31), np.int32)
    assert activations.argmax(values) == 0
    assert activations.largest(values) == -(2**31)


@pytest.mark.parametrize(
    ("environment", "instruction_set"),
    [
        pytest.param({}, None, id="here"),
        pytest.param({"SLONANA_SIMD": "avx2"}, None, id="at most AVX2"),
        pytest.param({"SLONANA_SIMD": "portable"}, "portable", id="portable"),
        pytest.param(HASWELL, "avx2", id="compiled for AVX2"),
        pytest.param(BASELINE, "portable", id="compiled for any x86-64"),
    ],
)
def test_every_instruction_set_gives_the_same_bits(environment, instruction_set, tmp_path):
    """And none reads or writes past the last value: memory ends there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kernels.vector.activation_program"],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result["mismatches"].values()) == {0}, result
    assert instruction_set in {None, result["instruction_set"]}
