"""Which instructions the functions become, on processors that need not be this one."""

import functools
import json
import os
import platform
import subprocess
import sys

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from slonana_analysis.simd import lanes, multiply
from slonana_analysis.simd.vectors import Vector
from tests.measure.vector_assembly import HASWELL, NEOVERSE, ZEN_4

AVX2 = {
    "pairs": "vpmaddwd",
    "accumulated": "vpmaddwd",
    "multiply_high": "vpmulhw",
    "multiply_wide": "vpmuldq",
    "narrow_saturating": "vpackssdw",
    "permute": "vperm",
    "unpack_low": "vpunpcklwd",
    "add_saturating": "vpaddsw",
    "select": "vpmaxsd",
    "fused": "vfmadd",
}

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="numba compiles for x86 processors on x86 only"
)


@functools.cache
def instructions(processor, bits):
    environment = {
        **os.environ,
        "SLONANA_SIMD": "",
        "NUMBA_CPU_NAME": processor.name,
        "NUMBA_CPU_FEATURES": processor.features + ("" if bits < 512 else ",+avx512dq"),
    }
    run = subprocess.run(
        [sys.executable, "-m", "tests.simd.instructions", str(bits)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def count(found, mnemonic):
    return sum(times for name, times in found.items() if name.startswith(mnemonic))


@pytest.mark.parametrize(("function", "mnemonic"), AVX2.items())
def test_avx2(function, mnemonic):
    assert count(instructions(HASWELL, 256)[function], mnemonic) == 1


@pytest.mark.parametrize(("function", "mnemonic"), {**AVX2, "accumulated": "vpdpwssd"}.items())
def test_avx512(function, mnemonic):
    assert count(instructions(ZEN_4, 512)[function], mnemonic) == 1


def test_short_functions_call_nothing():
    for processor, bits in ((HASWELL, 256), (ZEN_4, 512)):
        for name, found in instructions(processor, bits).items():
            assert count(found, "call") == 0, name


ELSEWHERE = {
    "multiply_add_pairs": (multiply.multiply_add_pairs, "int16", 16),
    "multiply_high": (multiply.multiply_high, "int16", 16),
    "narrow_saturating": (lanes.narrow_saturating, "int32", 8),
    "permute": (lanes.permute, "int32", 8),
    "multiply_wide": (multiply.multiply_wide, "int32", 8),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_every_x86_instruction_has_a_generic_form_for_arm(name):
    function, element, width = ELSEWHERE[name]
    text = compiled_for_arm(function, Vector(element, width))
    assert "ret" in text
    assert "\tbl\t" not in text  # an unknown intrinsic would have become a call


def compiled_for_arm(function, kind):
    """The AArch64 assembly of a function of two vectors, made by its own code generator."""
    signature, generate = function._defn(None, kind, kind)
    module = ir.Module()
    module.triple = NEOVERSE.triple
    result = signature.return_type.llvm
    shape = ir.FunctionType(
        ir.VoidType(), [each.as_pointer() for each in (result, *[kind.llvm] * 2)]
    )
    body = ir.Function(module, shape, "measured")
    builder = ir.IRBuilder(body.append_basic_block())
    out, *operands = body.args
    values = [builder.load(operand, align=1) for operand in operands]
    builder.store(generate(None, builder, signature, values), out, align=1)
    builder.ret_void()
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple(NEOVERSE.triple)
    machine = target.create_target_machine(cpu=NEOVERSE.name, opt=3)
    return machine.emit_assembly(llvm.parse_assembly(str(module)))
