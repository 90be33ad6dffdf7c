import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.counts import target
from slonana_analysis.native.compiler import TUNING_VARIABLE
from slonana_analysis.simd.target import choose, parse_features

V2 = {"sse4_2", "popcnt", "cx16"}
V3 = V2 | {"avx2", "bmi1", "bmi2", "fma", "f16c", "movbe", "abm"}


@pytest.mark.parametrize(
    ("machine", "features", "name"),
    [
        ("x86_64", V3 | {"avx512f"}, "x86-64-v3"),
        ("x86_64", V3 - {"fma"}, "x86-64-v2"),
        ("aarch64", set(), "armv8-a"),
    ],
)
def test_the_richest_that_runs_here_is_chosen(machine, features, name):
    assert target._choose(machine, frozenset(features)).name == name


@pytest.mark.parametrize(("machine", "features"), [("riscv64", V3), ("x86_64", set())])
def test_elsewhere_the_message_says_where(machine, features):
    with pytest.raises(UnavailableError, match=f"on this {machine}; count on x86_64 or aarch64"):
        target._choose(machine, frozenset(features))


def test_numba_and_the_c_compiler_are_told_the_same():
    chosen = target._choose("x86_64", frozenset(V3))
    assert chosen.environment() == {
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt",
        TUNING_VARIABLE: "-march=x86-64-v3",
    }
    # What is listed is what vector kernels are chosen by.
    assert choose(parse_features(chosen.environment()["NUMBA_CPU_FEATURES"])) == "avx2"


def test_features_of_another_processor_are_never_the_host_s():
    assert target._choose("aarch64", frozenset()).environment()["NUMBA_CPU_FEATURES"] == ""
