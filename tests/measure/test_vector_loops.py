"""What the vector loops become on several processors, read from their assembly and never timed."""

import re

import pytest
from llvmlite import ir

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.vector_ir import Target
from slonana_analysis.measure.vector_loops import (
    CHAIN,
    READ_BYTES,
    REPEATS,
    TRIAD_BYTES,
    additions,
    emit_arithmetic,
    emit_chain,
    emit_reads,
    emit_triad,
    multiply_adds,
)
from tests.measure.vector_assembly import (
    DOUBLES,
    HASWELL,
    ICE_LAKE,
    INT64,
    NEHALEM,
    NEOVERSE,
    PROCESSORS,
    ZEN_4,
    compiled_loop,
    touches_memory,
)

# Counter, address, comparison, branch: what a loop needs besides its work.
CONTROL = 8
SCALARS = {
    "int16": ir.IntType(16),
    "int32": ir.IntType(32),
    "int64": ir.IntType(64),
    "float32": ir.FloatType(),
    "float64": ir.DoubleType(),
}


def arithmetic(processor, operation, dtype):
    def emit(builder, operands, trips):
        emit_arithmetic(
            builder, processor.target, operation, dtype=dtype, operands=operands, trips=trips
        )

    return compiled_loop(processor, [SCALARS[dtype].as_pointer(), INT64], emit)


@pytest.mark.parametrize(
    ("processor", "dtype", "mnemonic"),
    [
        (ZEN_4, "int32", "vpaddd"),
        (ZEN_4, "int64", "vpaddq"),
        (ZEN_4, "float32", "vaddps"),
        (ZEN_4, "float64", "vaddpd"),
        (ICE_LAKE, "int32", "vpaddd"),
        (HASWELL, "int64", "vpaddq"),
        (HASWELL, "float32", "vaddps"),
        (NEHALEM, "float64", "addpd"),
        (NEOVERSE, "int32", "add"),
        (NEOVERSE, "float64", "fadd"),
    ],
)
def test_every_addition_that_is_counted_is_made(processor, dtype, mnemonic):
    loop = arithmetic(processor, additions, dtype)
    counted = REPEATS * processor.target.accumulators
    # On Arm the loop's own counter may be an "add" as well.
    assert 0 <= loop.mnemonics()[mnemonic] - counted <= 1
    assert len(loop.instructions) <= counted + CONTROL
    assert not any(map(touches_memory, loop.instructions))


@pytest.mark.parametrize(
    ("processor", "dtype", "mnemonics"),
    [
        (ZEN_4, "float32", ["vfmadd231ps"]),
        (ZEN_4, "float64", ["vfmadd231pd"]),
        (ZEN_4, "int32", ["vpmulld", "vpaddd"]),
        (ZEN_4, "int16", ["vpdpwssd"]),
        (ICE_LAKE, "float64", ["vfmadd231pd"]),
        (HASWELL, "float64", ["vfmadd231pd"]),
        (HASWELL, "int32", ["vpmulld", "vpaddd"]),
        (HASWELL, "int16", ["vpmaddwd", "vpaddd"]),
        (NEOVERSE, "float32", ["fmla"]),
        (NEOVERSE, "float64", ["fmla"]),
        (NEOVERSE, "int32", ["mla"]),
    ],
)
def test_every_multiply_add_that_is_counted_is_made(processor, dtype, mnemonics):
    loop = arithmetic(processor, multiply_adds, dtype)
    counted = REPEATS * processor.target.accumulators
    assert [loop.mnemonics()[mnemonic] for mnemonic in mnemonics] == [counted] * len(mnemonics)
    assert len(loop.instructions) <= counted * len(mnemonics) + CONTROL
    assert not any(map(touches_memory, loop.instructions))


def test_without_fused_instructions_products_and_sums_are_both_made():
    mnemonics = arithmetic(NEHALEM, multiply_adds, "float64").mnemonics()
    counted = REPEATS * NEHALEM.target.accumulators
    assert (mnemonics["mulpd"], mnemonics["addpd"]) == (counted, counted)


@pytest.mark.parametrize(
    ("processor", "register"), [(ZEN_4, "zmm"), (ICE_LAKE, "zmm"), (HASWELL, "ymm")]
)
def test_whole_registers_are_used(processor, register):
    loop = arithmetic(processor, multiply_adds, "float64")
    work = [line for line in loop.instructions if "vfmadd" in line]
    assert all(line.count(register) == 3 for line in work)


@pytest.mark.parametrize("divisor", [1, 2])
@pytest.mark.parametrize("processor", PROCESSORS, ids=lambda processor: processor.name)
def test_reading_loads_every_byte_and_does_nothing_else(processor, divisor):
    def emit(builder, data, mask, trips):
        emit_reads(builder, processor.target, data, mask, trips, divisor=divisor)

    loop = compiled_loop(processor, [DOUBLES, INT64, INT64], emit)
    loads = [line for line in loop.instructions if touches_memory(line)]
    # Arm may load two registers with one instruction.
    registers = sum(2 if line.startswith("ldp") else 1 for line in loads)
    width = max(processor.target.vector_bytes // divisor, 16)
    assert registers * width == READ_BYTES
    assert len(loop.instructions) - len(loads) <= CONTROL + len(loads) * (processor is NEOVERSE)


@pytest.mark.parametrize("divisor", [1, 2])
@pytest.mark.parametrize("processor", [ZEN_4, HASWELL], ids=lambda processor: processor.name)
def test_the_triad_reads_twice_what_it_writes(processor, divisor):
    def emit(builder, *arguments):
        *arrays, mask, trips = arguments
        emit_triad(
            builder,
            processor.target,
            arrays,
            factor=ir.DoubleType()(3.0),
            mask=mask,
            trips=trips,
            divisor=divisor,
        )

    loop = compiled_loop(processor, [DOUBLES, DOUBLES, DOUBLES, INT64, INT64], emit)
    touching = [line for line in loop.instructions if touches_memory(line)]
    touching = [line for line in touching if not line.startswith("lea")]
    stores = [line for line in touching if line.endswith(")")]
    vectors = TRIAD_BYTES // (processor.target.vector_bytes // divisor)
    trips_per_pass = len(stores) / vectors  # LLVM may unroll the loop once more
    assert trips_per_pass == int(trips_per_pass) >= 1
    assert len(touching) == 3 * len(stores)
    assert sum("vfmadd" in line for line in loop.instructions) == len(stores)


@pytest.mark.parametrize(
    ("processor", "mnemonic"), [(ZEN_4, "xorq"), (HASWELL, "xorq"), (NEOVERSE, "eor")]
)
def test_the_chain_is_one_operation_per_step(processor, mnemonic):
    def emit(builder, first, step, trips):
        emit_chain(builder, first, step, trips)

    loop = compiled_loop(processor, [INT64, INT64, INT64], emit)
    steps = [line for line in loop.instructions if line.split()[0] == mnemonic]
    assert len(steps) == CHAIN
    assert len(loop.instructions) <= CHAIN + CONTROL
    operands = [re.findall(r"\w+", line)[1:] for line in steps]
    written = [names[0 if processor is NEOVERSE else -1] for names in operands]
    read = [names[1:] if processor is NEOVERSE else names for names in operands]
    # What a step writes, the next one reads.
    assert all(name in after for name, after in zip(written[:-1], read[1:], strict=True))
    assert written[-1] in read[0]


@pytest.mark.parametrize(
    ("triple", "features", "size", "chains"),
    [
        ("x86_64-unknown-linux-gnu", "+avx512f,+avx512bw,+avx2", 64, 24),
        # Knights Landing: no 512-bit arithmetic on 16-bit elements.
        ("x86_64-unknown-linux-gnu", "+avx512f,+avx2", 32, 12),
        ("x86_64-unknown-linux-gnu", "+avx,-avx2", 16, 12),
        ("x86_64-unknown-linux-gnu", "", 16, 12),
        ("aarch64-unknown-linux-gnu", "+neon,+sve", 16, 24),
    ],
)
def test_width_and_chains_follow_the_features(triple, features, size, chains):
    target = Target.parse(triple, features)
    assert (target.vector_bytes, target.accumulators) == (size, chains)


def test_an_unknown_processor_is_refused_with_a_reason():
    with pytest.raises(UnavailableError, match="riscv64"):
        _ = Target.parse("riscv64-unknown-linux-gnu", "").register
