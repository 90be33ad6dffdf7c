"""Vector loops compiled for processors that need not be this one, and their instructions."""

import re
from dataclasses import dataclass

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from slonana_analysis.experiments.assembly import hot_loop
from slonana_analysis.measure.vector_ir import Target

INT64 = ir.IntType(64)
DOUBLES = ir.DoubleType().as_pointer()


@dataclass(frozen=True)
class Processor:
    """What LLVM calls a processor, and the features of it that decide what is emitted."""

    name: str
    triple: str
    features: str

    @property
    def target(self):
        return Target.parse(self.triple, self.features)


_X86 = "x86_64-unknown-linux-gnu"
ZEN_4 = Processor("znver4", _X86, "+avx2,+fma,+avx512f,+avx512bw,+avx512vl,+avx512vnni")
ICE_LAKE = Processor("icelake-server", _X86, "+avx2,+fma,+avx512f,+avx512bw,+avx512vl,+avx512vnni")
HASWELL = Processor("haswell", _X86, "+avx,+avx2,+fma")
NEHALEM = Processor("nehalem", _X86, "+sse4.2")
NEOVERSE = Processor("neoverse-n1", "aarch64-unknown-linux-gnu", "+neon,+fp-armv8")
PROCESSORS = (ZEN_4, ICE_LAKE, HASWELL, NEHALEM, NEOVERSE)


def compiled_loop(processor, parameters, emit):
    """The innermost loop of a function that ``emit(builder, *arguments)`` fills, optimised."""
    machine = _target_machine(processor)
    module = ir.Module()
    module.triple = processor.triple
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), parameters), "measured")
    builder = ir.IRBuilder(function.append_basic_block())
    emit(builder, *function.args)
    builder.ret_void()
    parsed = llvm.parse_assembly(str(module))
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(3))
    passes.getModulePassManager().run(parsed, passes)
    return hot_loop(machine.emit_assembly(parsed))


def touches_memory(instruction):
    # On Arm "[x8]" is an address and "v2.s[0]" a lane.
    return re.search(r"\(|\[(?:x|sp)", instruction) is not None


def _target_machine(processor):
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        target = llvm.Target.from_triple(processor.triple)
    except RuntimeError:
        pytest.skip(f"this LLVM was built without {processor.triple}")
    return target.create_target_machine(cpu=processor.name, opt=3)
