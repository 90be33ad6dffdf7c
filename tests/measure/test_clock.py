import numpy as np
import pytest
from llvmlite import binding as llvm
from llvmlite import ir

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.clock import (
    emit_clock_read,
    observed_step_ns,
    read_clock,
    smallest_step_ns,
)
from slonana_analysis.measure.targets import float_register, monotonic_clock_id


def _module(triple):
    module = ir.Module("clock")
    module.triple = triple
    function = ir.Function(module, ir.FunctionType(ir.IntType(64), []), "now")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(emit_clock_read(builder))
    return str(module)


@pytest.mark.parametrize(
    ("triple", "number"),
    [
        ("x86_64-unknown-linux-gnu", 1),
        ("aarch64-unknown-linux-gnu", 1),
        ("arm64-apple-darwin23.1.0", 6),
        ("x86_64-apple-macosx11.0.0", 6),
    ],
)
def test_each_system_is_asked_for_its_own_monotonic_clock(triple, number):
    assert f"i32 {number}" in _module(triple)
    assert monotonic_clock_id(triple) == number


@pytest.mark.parametrize(
    ("triple", "call"),
    [
        ("x86_64-unknown-linux-gnu", "clock_gettime"),
        ("aarch64-unknown-linux-gnu", "bl\tclock_gettime"),
        ("arm64-apple-darwin23.1.0", "_clock_gettime@GOT"),
    ],
)
def test_the_clock_compiles_to_a_call_into_the_c_library(triple, call):
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine()
    assert call in machine.emit_assembly(llvm.parse_assembly(_module(triple)))


def test_an_unknown_system_or_processor_is_not_measured():
    with pytest.raises(UnavailableError, match="riscv64-unknown-freebsd"):
        monotonic_clock_id("riscv64-unknown-freebsd")
    with pytest.raises(UnavailableError, match="riscv64"):
        float_register("riscv64-unknown-linux-gnu")


@pytest.mark.parametrize(
    ("readings", "step"),
    [([5, 5, 15, 45, 45, 65], 10), ([7, 7, 7], 0), ([9], 0), ([50, 40, 90], 50)],
)
def test_the_step_is_the_smallest_forward_one(readings, step):
    assert smallest_step_ns(np.array(readings, np.int64)) == step


def test_the_real_clock_moves_and_never_back():
    readings = np.empty(5_000, np.int64)
    read_clock(readings)
    assert (np.diff(readings) >= 0).all()
    assert readings[-1] > readings[0]
    assert observed_step_ns(5_000) > 0
