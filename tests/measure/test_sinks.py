import re

import numba
import numpy as np
import pytest
from llvmlite import binding as llvm
from llvmlite import ir
from numba.core.errors import TypingError

from slonana_analysis.measure.sinks import (
    emit_opaque,
    emit_pointer_sink,
    keep,
    opaque,
    sink_pointer,
)

TRIPLES = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "arm64-apple-darwin23.1.0"]


def _assembly(triple, kind, emit):
    module = ir.Module("sinks")
    module.triple = triple
    function = ir.Function(module, ir.FunctionType(kind, [kind]), "subject")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(emit(builder, function.args[0]))
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine(opt=3)
    return machine.emit_assembly(llvm.parse_assembly(str(module)))


def _instructions(assembly):
    """Between the function's label and its return, without directives and comments."""
    body = re.split(r"^_?subject:", assembly, flags=re.MULTILINE)[1]
    lines = [re.split(r"[#;]|//", line)[0].strip() for line in body.splitlines()]
    code = [line for line in lines if line and not line.startswith(".") and not line.endswith(":")]
    return code[: next(i for i, line in enumerate(code) if line.startswith("ret"))]


@pytest.mark.parametrize("triple", TRIPLES)
def test_a_pointer_sink_emits_no_instruction(triple):
    def emit(builder, pointer):
        emit_pointer_sink(builder, pointer)
        return pointer

    pointer = ir.IntType(8).as_pointer()
    plain = _instructions(_assembly(triple, pointer, lambda _, value: value))
    assert _instructions(_assembly(triple, pointer, emit)) == plain


@pytest.mark.parametrize("triple", TRIPLES)
@pytest.mark.parametrize(
    "kind", [ir.IntType(64), ir.IntType(32), ir.FloatType(), ir.DoubleType()], ids=str
)
def test_an_opaque_value_stays_in_its_register(triple, kind):
    plain = _instructions(_assembly(triple, kind, lambda _, value: value))
    assert _instructions(_assembly(triple, kind, emit_opaque)) == plain


@pytest.mark.parametrize("triple", TRIPLES)
@pytest.mark.parametrize("width", [1, 8, 16])
def test_narrow_integers_are_widened_for_every_target(triple, width):
    assert _instructions(_assembly(triple, ir.IntType(width), emit_opaque)) is not None


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        -5,
        np.int8(-7),
        np.uint16(65535),
        np.uint64(2**64 - 1),
        np.float32(0.1),
        0.1,
        float("inf"),
    ],
    ids=repr,
)
def test_an_opaque_value_comes_back_unchanged(value):
    @numba.njit
    def through(value):
        return opaque(value)

    assert through(value) == value


def test_the_optimiser_cannot_compute_with_an_opaque_value():
    @numba.njit
    def hidden():
        return opaque(20) + opaque(22)

    @numba.njit
    def known():
        return 20 + 22

    assert hidden() == known() == 42
    (hidden_code,) = hidden.inspect_llvm().values()
    (known_code,) = known.inspect_llvm().values()
    assert "store i64 42" in known_code
    assert "store i64 42" not in hidden_code


def test_a_sunk_array_is_read_again():
    @numba.njit
    def twice(x):
        first = x[0]
        sink_pointer(x)
        return first + x[0]

    @numba.njit
    def once(x):
        return x[0] + x[0]

    loads = {}
    for function in (twice, once):
        assert function(np.array([21])) == 42
        (text,) = function.inspect_llvm().values()
        loads[function] = text.partition("\n}")[0].count("= load i64")
    assert loads == {twice: 2, once: 1}


def test_results_of_every_kind_are_kept():
    @numba.njit
    def kept(x):
        keep(None)
        keep(x)
        keep((x, (x[0], x[0] > 1), 3))
        return x[0]

    assert kept(np.array([4.0])) == 4.0
    (text,) = kept.inspect_llvm().values()
    assert text.partition("\n}")[0].count("asm sideeffect") == 5


@pytest.mark.parametrize(
    ("sink", "value", "says"),
    [
        (sink_pointer, 1, "sink_pointer takes an array"),
        (opaque, 1j, "opaque takes an integer"),
        (opaque, np.zeros(1), "opaque takes an integer"),
        (keep, "text", "may return nothing, a number, an array or a tuple"),
        (keep, (1, "text"), "may return nothing, a number, an array or a tuple"),
    ],
)
def test_what_cannot_be_sunk_is_refused_by_name(sink, value, says):
    @numba.njit
    def tries(value):
        sink(value)

    with pytest.raises(TypingError, match=says):
        tries(value)
