import importlib.util

import numpy as np
import pytest

from slonana_analysis.experiments.assembly import hot_loop
from slonana_analysis.experiments.cpu.sum_source import DTYPES, FOLDS, sum_source, sum_variants

SCALAR_ADD = {"int32": "addl", "int64": "addq", "float32": "vaddss", "float64": "vaddsd"}
VECTOR_ADD = {"int32": "vpaddd", "int64": "vpaddq", "float32": "vaddps", "float64": "vaddpd"}


@pytest.fixture(scope="module", params=DTYPES)
def sums(request, tmp_path_factory):
    """The compiled sums of one dtype, with an array whose sum is exact in any order."""
    path = tmp_path_factory.mktemp("sums") / f"sums_{request.param}.py"
    path.write_text(sum_source(request.param))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    values = np.random.default_rng(7).integers(-1, 2, 4096).astype(request.param)
    return request.param, module, values


def test_every_variant_computes_the_same_sum_in_the_arrays_own_type(sums):
    _, module, values = sums
    for variant in sum_variants():
        total = getattr(module, variant.function)(values)
        assert total == values.sum(), variant.name


def test_integer_sums_wrap_as_c_does_on_real_machines(sums):
    dtype, module, _ = sums
    if not dtype.startswith("int"):
        return  # floating-point sums do not wrap
    largest = np.full(16, np.iinfo(dtype).max, dtype=dtype)
    expected = np.add.reduce(largest, dtype=dtype)
    for variant in sum_variants():
        assert getattr(module, variant.function)(largest) == expected, variant.name


def test_the_machine_code_has_one_addition_per_element_and_only_the_named_ones_are_vectors(sums):
    dtype, module, values = sums
    for variant in sum_variants():
        kernel = getattr(module, variant.function)
        kernel(values)
        counts = hot_loop(kernel.inspect_asm(kernel.signatures[0])).mnemonics()
        if SCALAR_ADD[dtype] not in counts and VECTOR_ADD[dtype] not in counts:
            pytest.skip("not x86-64 with AVX: mnemonics differ")
        vectors = sum(count for name, count in counts.items() if name == VECTOR_ADD[dtype])
        if variant.form == "reassociation allowed":
            assert vectors > 0, variant.name
        elif variant.fold > 1 or variant.form == "rolled":
            assert vectors == 0, variant.name
            # addq also steps the index of an int64 loop.
            assert counts[SCALAR_ADD[dtype]] - variant.fold in {0, 1}, variant.name
            assert not any(name.startswith("cmov") for name in counts), variant.name


def test_names_are_unique_and_the_baseline_is_the_rolled_loop():
    variants = sum_variants()
    assert len({v.name for v in variants}) == len({v.function for v in variants}) == len(variants)
    assert variants[0].form == "rolled"
    assert len(variants) == 3 + 3 * len(FOLDS)
