"""Which instruction set is chosen, and that functions mean the same without their instruction."""

import os
import subprocess
import sys

import pytest

from slonana_analysis.simd.target import choose, parse_features

AVX2 = frozenset({"avx2", "fma", "sse4.2"})
AVX512 = AVX2 | {"avx512f", "avx512bw", "avx512dq", "avx512vl"}


def test_features_that_are_enabled():
    assert parse_features("+avx2,-avx512f,+fma") == {"avx2", "fma"}
    assert parse_features("") == frozenset()


@pytest.mark.parametrize(
    ("features", "wanted", "chosen"),
    [
        (AVX512, "", "avx512"),
        (AVX512, "avx2", "avx2"),
        (AVX512, "portable", "portable"),
        (AVX512, "sse2", "avx512"),
        (AVX512 - {"avx512vl"}, "", "avx2"),
        (AVX2, "", "avx2"),
        (AVX2, "avx512", "avx2"),
        (AVX2 - {"fma"}, "", "portable"),
        (frozenset({"neon"}), "avx2", "portable"),
    ],
)
def test_the_variable_lowers_and_never_raises(features, wanted, chosen):
    assert choose(features, wanted) == chosen


def answers(question, **environment):
    """What a fresh Python prints, with numba compiling for another processor."""
    program = f"from slonana_analysis.simd import target; print({question})"
    given = {**os.environ, "SLONANA_SIMD": "", **environment}
    run = subprocess.run(
        [sys.executable, "-c", program], env=given, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_what_numba_compiles_for_counts():
    old = {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": "+sse4.2"}
    assert answers("target.INSTRUCTION_SET", **old) == "portable"
    new = {"NUMBA_CPU_NAME": "znver4", "NUMBA_CPU_FEATURES": ",".join(f"+{f}" for f in AVX512)}
    assert answers("target.INSTRUCTION_SET", **new) == "avx512"
    lowered = {**new, "SLONANA_SIMD": "avx2"}
    assert answers("target.cpu_has('avx2'), target.cpu_has('avx512bw')", **lowered) == "True False"


@pytest.mark.parametrize(
    "environment",
    [
        {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2"},
        {"SLONANA_SIMD": "avx2"},
    ],
    ids=["sse2", "avx2"],
)
def test_results_do_not_depend_on_the_instruction_set(environment):
    """The tests of results once more, compiled for less."""
    files = [f"tests/simd/test_{topic}.py" for topic in ("lanes", "multiply", "operations")]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
