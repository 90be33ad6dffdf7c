import ctypes
import json

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers import compiled_forests
from slonana_analysis.experiments.peers.compiled_forests import (
    DEFAULT,
    TUNED,
    lleaves_address,
    tl2cgen_address,
)
from slonana_analysis.experiments.peers.foreign_calls import lleaves_rows, tl2cgen_rows
from slonana_analysis.experiments.peers.grown_forest import GrownForest
from slonana_analysis.native.compiler import compiler_facts

SOURCE = """
#include <stdint.h>
void forest_root(double *values, double *out, int32_t first, int32_t end) {
    for (int32_t row = first; row < end; ++row)
        out[row] = 2 * values[3 * row] + values[3 * row + 2];
}
union Entry { int missing; double fvalue; int qvalue; };
void predict(union Entry *row, int raw, double *out) {
    out[0] += raw ? row[1].fvalue : -1;
}
"""

# In place of lleaves: it compiles the C above, and writes down what it was asked for.
WORKER = """
import json, subprocess, sys
program, model, compiled, settings = sys.argv[3:]
with open({log!r}, "a") as log:
    log.write(json.dumps([program, open(model).read(), settings]) + "\\n")
subprocess.run([{compiler!r}, "-c", "-fPIC", "-o", compiled, {source!r}], check=True)
"""


@pytest.fixture
def forest(tmp_path):
    (tmp_path / "forest.txt").write_text("a model")
    return GrownForest(tmp_path / "forest.txt")


@pytest.fixture
def source(tmp_path):
    (tmp_path / "forest.c").write_text(SOURCE)
    return tmp_path / "forest.c"


@pytest.mark.requires_cc
def test_compiled_loops_call_both_signatures(source, tmp_path):
    path = tmp_path / "forest.so"
    compiler_facts().run("-fPIC", "-shared", "-o", str(path), str(source))
    library = ctypes.CDLL(str(path))
    addresses = [
        ctypes.cast(getattr(library, name), ctypes.c_void_p).value
        for name in ("forest_root", "predict")
    ]
    rows = np.random.default_rng(1).normal(size=(17, 3))
    out = np.full(18, 7.0)
    lleaves_rows(out[:17], rows, addresses[0])
    assert np.array_equal(out, [*(2 * rows[:, 0] + rows[:, 2]), 7.0])
    tl2cgen_rows(out[:17], rows, addresses[1])
    assert np.array_equal(out, [*rows[:, 1], 7.0])


@pytest.mark.requires_cc
def test_lleaves_is_asked_once_per_model_and_settings(
    every_package, worker, forest, source, tmp_path
):
    log = tmp_path / "log.txt"
    compiler = compiler_facts().command[0]
    worker(WORKER.format(log=str(log), compiler=compiler, source=str(source)))
    for settings in (DEFAULT, TUNED, DEFAULT):
        out = np.zeros(1)
        lleaves_rows(out, np.array([[1.0, 2.0, 3.0]]), lleaves_address(forest, settings))
        assert out[0] == 5.0
    asked = [json.loads(line) for line in log.read_text().splitlines()]
    assert [json.loads(settings) for _, _, settings in asked] == [DEFAULT, TUNED]
    assert all("lleaves.Model(model).compile" in program for program, _, _ in asked)
    assert {model for _, model, _ in asked} == {"a model"}


@pytest.mark.requires_cc
def test_a_failing_worker_is_unavailable_with_what_it_said(every_package, worker, forest):
    worker("import sys; sys.exit('Ill formatted model file!')")
    with pytest.raises(UnavailableError, match=r"Ill formatted model file!\).*make peers"):
        lleaves_address(forest, DEFAULT)


def test_without_its_environment_lleaves_is_unavailable(every_package, own_cache, forest):
    with pytest.raises(UnavailableError, match=r"make peers|C compiler"):
        lleaves_address(forest, DEFAULT)


def test_without_packages_nothing_is_compiled(no_packages, own_cache, forest):
    for compile_ in (lambda: lleaves_address(forest, DEFAULT), lambda: tl2cgen_address(forest)):
        with pytest.raises(UnavailableError, match="is not installed"):
            compile_()


def test_a_library_without_the_function_is_unavailable(tmp_path):
    (tmp_path / "no.so").write_text("not a library")
    with pytest.raises(UnavailableError, match="does not load"):
        compiled_forests._address(tmp_path / "no.so", "predict")
