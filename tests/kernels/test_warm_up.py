import importlib
import json
import os
import pkgutil
import subprocess
import sys
from typing import Any, get_type_hints

import pytest

import slonana_analysis.kernels
from slonana_analysis.kernels.examples import Example, examples
from slonana_analysis.kernels.fixed_point import divide
from slonana_analysis.kernels.warm_up import warm_up
from slonana_analysis.native.fingerprint import fingerprint

FEW = (
    "fixed_point.multiply",
    "activations.apply",
    "vector.activations.sigmoid",
    "vector.softmax.softmax",
    "entries.activations.softmax_entry",
    "entries.dense.dense_double_entry",
)


def modules():
    package = slonana_analysis.kernels
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def kernels():
    """Public compiled functions, apart from parts of others: of pointers, or always inlined."""
    for module in modules():
        for name, value in vars(module).items():
            function = getattr(value, "py_func", None)
            if function is None or function.__module__ != module.__name__ or name.startswith("_"):
                continue
            is_part = value.targetoptions.get("forceinline", False)
            if not is_part and Any not in get_type_hints(function).values():
                yield f"{module.__name__.partition('.kernels.')[2]}.{name}", value


def test_no_entry_is_forgotten():
    entries = {
        f"{module.__name__.partition('.kernels.')[2]}.{name}"
        for module in modules()
        if ".entries." in module.__name__
        for name in vars(module)
        if name.endswith("_entry")
    }
    assert entries
    assert entries - {each.name for each in examples()} == set()


def in_a_new_process(cache):
    """Which of a few kernels that process had to compile."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kernels.warm_up_program", *FEW],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_second_process_compiles_nothing(tmp_path):
    assert in_a_new_process(tmp_path) == dict.fromkeys(FEW, True)
    assert in_a_new_process(tmp_path) == dict.fromkeys(FEW, False)


def test_machine_code_lands_in_the_cache_that_was_asked_for(tmp_path):
    in_a_new_process(tmp_path)
    kept = {path.name.partition("-")[0] for path in tmp_path.rglob("*.nbc")}
    assert {"softmax.softmax", "activations.softmax_entry", "dense._dense_double"} <= kept


@pytest.mark.parametrize("lowered", ["avx2", "portable"])
def test_kernels_of_another_instruction_set_are_kept_elsewhere(lowered):
    """Modules choose their kernels by it when they are imported; numba would not notice."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {fingerprint.__module__} as it; print(it.fingerprint())"],
        env=os.environ | {"SLONANA_SIMD": lowered},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() != fingerprint()


def test_kernels_are_announced_before_they_are_compiled():
    announced = []
    few = [each for each in examples() if each.name == "fixed_point.divide"]
    done = warm_up(announced.append, few)
    assert announced == ["fixed_point.divide"]
    assert [(each.name, each.seconds > 0) for each in done] == [("fixed_point.divide", True)]


def test_what_is_compiled_already_is_not_compiled_again():
    example = Example(divide, (1, 2))
    warm_up(calls=[example])
    assert [each.compiled for each in warm_up(calls=[example])] == [False]


@pytest.mark.slow
def test_no_kernel_is_forgotten():
    """Whoever writes a kernel adds a call of it to `slonana_analysis.kernels.examples`."""
    assert {each.name for each in warm_up()} == {each.name for each in examples()}
    assert [name for name, kernel in kernels() if not kernel.signatures] == []
