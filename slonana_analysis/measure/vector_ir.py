"""Pieces of loops over vector registers, as LLVM IR that the compiler can only schedule.

A peak measured with a plain loop is the compiler's, not the machine's: LLVM turns ``n`` repeated
additions into one multiplication and reports several times what the processor can do. Here every
result passes through an empty assembly text, which costs no instruction and hides from the
optimiser what became of it, so each operation that is counted is also executed.

References
----------
LLVM language reference, inline assembler expressions; constraint ``v`` of X86 is any vector
register of the operand's width, ``w`` of AArch64 any SIMD register.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llvmlite import ir

from slonana_analysis.measure.targets import float_register

INDEX = ir.IntType(64)
_SCALARS: dict[str, tuple[ir.Type, int]] = {
    "int16": (ir.IntType(16), 2),
    "int32": (ir.IntType(32), 4),
    "int64": (ir.IntType(64), 8),
    "float32": (ir.FloatType(), 4),
    "float64": (ir.DoubleType(), 8),
}
_PAIR_PRODUCTS = {
    16: "llvm.x86.sse2.pmadd.wd",
    32: "llvm.x86.avx2.pmadd.wd",
    64: "llvm.x86.avx512.pmaddw.d.512",
}


@dataclass(frozen=True)
class Target:
    """What vector code may use on the processor that it is compiled for.

    Attributes
    ----------
    triple : str
        LLVM target triple.
    features : frozenset of str
        Enabled features, for example ``"avx2"``.
    """

    triple: str
    features: frozenset[str]

    @classmethod
    def parse(cls, triple: str, features: str) -> "Target":
        """Return the target of an LLVM feature string such as ``"+avx2,-avx512f"``."""
        enabled = (name[1:] for name in features.split(",") if name.startswith("+"))
        return cls(triple, frozenset(enabled))

    @property
    def is_x86(self) -> bool:
        """Whether the instruction set is x86-64."""
        return self.triple.startswith("x86_64")

    @property
    def vector_bytes(self) -> int:
        """Bytes of the widest register in which integers can be added too, 16, 32 or 64."""
        if not self.is_x86:
            return 16
        if {"avx512f", "avx512bw"} <= self.features:
            return 64
        return 32 if "avx2" in self.features else 16

    @property
    def accumulators(self) -> int:
        """Independent chains, enough to hide the latency of every pipe.

        Half as many where there are 16 vector registers: 24 chains would live on the stack, and
        its loads and stores would be measured with them.
        """
        return 24 if self.vector_bytes == 64 or not self.is_x86 else 12

    @property
    def adds_pairs(self) -> bool:
        """Whether one instruction multiplies int16 and adds neighbouring products up."""
        return self.is_x86

    def fuses(self, kind: ir.VectorType) -> bool:
        """Whether the multiply-add of such vectors is one instruction."""
        is_integer = isinstance(kind.element, ir.IntType)
        return not self.is_x86 or (not is_integer and "fma" in self.features)

    @property
    def register(self) -> str:
        """Inline-assembly constraint of any vector register."""
        # "x" is the first 16 registers only; "v" is all that the operand's width has.
        return "v" if self.is_x86 else float_register(self.triple)


def vector_type(dtype: str, size: int) -> ir.VectorType:
    """Return the LLVM type of ``size`` bytes of numpy's ``dtype``."""
    scalar, scalar_bytes = _SCALARS[dtype]
    return ir.VectorType(scalar, size // scalar_bytes)


def emit_splat(builder: ir.IRBuilder, scalar: ir.Value, kind: ir.VectorType) -> ir.Value:
    """Emit a vector with ``scalar`` in every lane."""
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.IntType(32)(0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), None)
    return builder.shuffle_vector(first, undefined, everywhere)


def emit_hide(builder: ir.IRBuilder, target: Target, vector: ir.Value) -> ir.Value:
    """Emit an empty assembly that ``vector`` passes through within its register.

    The compiler knows nothing of the value that comes out, and leaves these assemblies, and with
    them what they are fed from, in the order in which they were emitted.
    """
    kind = ir.FunctionType(vector.type, [vector.type])
    return builder.asm(kind, "", f"={target.register},0", [vector], side_effect=True)


def emit_keep(builder: ir.IRBuilder, target: Target, vector: ir.Value) -> None:
    """Emit an empty assembly that needs ``vector`` in a register: what computes it must run."""
    kind = ir.FunctionType(ir.VoidType(), [vector.type])
    builder.asm(kind, "", target.register, [vector], side_effect=True)


def emit_loop(
    builder: ir.IRBuilder,
    trips: ir.Value,
    initial: Sequence[ir.Value],
    body: Callable[[ir.Value, list[ir.Value]], Sequence[ir.Value]],
) -> list[ir.Value]:
    """Emit a loop that carries values from trip to trip.

    Parameters
    ----------
    builder : IRBuilder
        Left behind the loop.
    trips : Value
        int64, at least 1: the condition stands at the end, so that the loop is one block.
    initial : sequence of Value
        Carried values before the first trip.
    body : callable
        Gets the trip's number (int64, from 0) and the carried values; returns the new ones.

    Returns
    -------
    list of Value
        Carried values after the last trip.
    """
    before = builder.block
    loop = builder.append_basic_block("vector.loop")
    after = builder.append_basic_block("vector.after")
    builder.branch(loop)
    builder.position_at_end(loop)
    trip = builder.phi(INDEX)
    trip.add_incoming(INDEX(0), before)
    carried = [builder.phi(value.type) for value in initial]
    for phi, value in zip(carried, initial, strict=True):
        phi.add_incoming(value, before)
    results = list(body(trip, list(carried)))
    following = builder.add(trip, INDEX(1))
    trip.add_incoming(following, builder.block)
    for phi, value in zip(carried, results, strict=True):
        phi.add_incoming(value, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, trips), loop, after)
    builder.position_at_end(after)
    return results


def emit_add(builder: ir.IRBuilder, left: ir.Value, right: ir.Value) -> ir.Value:
    """Emit the sum of two vectors of any element type."""
    is_integer = isinstance(left.type.element, ir.IntType)
    return builder.add(left, right) if is_integer else builder.fadd(left, right)


def emit_multiply(builder: ir.IRBuilder, left: ir.Value, right: ir.Value) -> ir.Value:
    """Emit the product of two vectors of any element type."""
    is_integer = isinstance(left.type.element, ir.IntType)
    return builder.mul(left, right) if is_integer else builder.fmul(left, right)


def emit_multiply_add(
    builder: ir.IRBuilder, target: Target, left: ir.Value, right: ir.Value, onto: ir.Value
) -> ir.Value:
    """Emit ``onto + left * right``: one instruction where the target has it, else two."""
    kind = onto.type
    if isinstance(kind.element, ir.IntType) or not target.fuses(kind):
        # Without the instruction, LLVM's own fma would be a call into the C library.
        return emit_add(builder, onto, emit_multiply(builder, left, right))
    element = "f32" if isinstance(kind.element, ir.FloatType) else "f64"
    return _call(builder, f"llvm.fma.v{kind.count}{element}", kind, left, right, onto)


def emit_pair_products(
    builder: ir.IRBuilder, target: Target, left: ir.Value, right: ir.Value, onto: ir.Value
) -> ir.Value:
    """Emit ``onto`` plus products of int16, neighbours added up in int32 (x86 ``pmaddwd``).

    Parameters
    ----------
    builder : IRBuilder
        Placed where the operation shall stand.
    target : Target
        An x86 target; where it has VNNI, LLVM makes one instruction of both.
    left, right : Value
        Vectors of int16 that fill a register.
    onto : Value
        Vector of int32, half as many lanes.

    Returns
    -------
    Value
        Of the type of ``onto``.
    """
    name = _PAIR_PRODUCTS[target.vector_bytes]
    return builder.add(onto, _call(builder, name, onto.type, left, right))


def _call(builder: ir.IRBuilder, name: str, returns: ir.Type, *arguments: ir.Value) -> ir.Value:
    kind = ir.FunctionType(returns, [argument.type for argument in arguments])
    function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    return builder.call(function, arguments)
