"""Whole loops of vector code as LLVM IR: arithmetic, reading, the triad, a dependent chain.

They need no numba, so what becomes of them on another processor can be looked at from here.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from llvmlite import ir

from slonana_analysis.measure.sinks import emit_opaque, emit_pointer_sink
from slonana_analysis.measure.vector_ir import (
    INDEX,
    Target,
    emit_add,
    emit_hide,
    emit_keep,
    emit_loop,
    emit_multiply,
    emit_multiply_add,
    emit_pair_products,
    emit_splat,
    vector_type,
)

REPEATS = 2
"""Operations on each accumulator per trip of an arithmetic loop."""

READ_BYTES = 1024
"""Bytes read per trip of the reading loop."""

TRIAD_BYTES = 256
"""Bytes of each of the three arrays per trip of the triad."""

CHAIN = 64
"""Dependent operations per trip of the chain."""

_ALIGNMENT = 8  # what numpy promises; a vector that happens to lie well is as fast
_NARROWEST = 16
# Two products before their two sums: on Zen 4 that reaches 0.9 of the multipliers' rate, strict
# alternation 0.75.
_GROUP = 2


class Factor:
    """A factor that may have changed at every use: no product of it can be computed just once."""

    def __init__(self, builder: ir.IRBuilder, target: Target, value: ir.Value) -> None:
        self._builder = builder
        self._target = target
        self.value = value

    def use(self) -> ir.Value:
        """Return the factor as it is now."""
        self.value = emit_hide(self._builder, self._target, self.value)
        return self.value


Operation: TypeAlias = Callable[
    [ir.IRBuilder, Target, ir.Value, Factor, Sequence[ir.Value]], list[ir.Value]
]
"""Emits a group of accumulators after one operation each, from both factors and what they were."""


def additions(
    builder: ir.IRBuilder,
    _target: Target,
    _left: ir.Value,
    right: Factor,
    ontos: Sequence[ir.Value],
) -> list[ir.Value]:
    """Emit ``onto + right`` for each accumulator."""
    return [emit_add(builder, onto, right.value) for onto in ontos]


def multiply_adds(
    builder: ir.IRBuilder,
    target: Target,
    left: ir.Value,
    right: Factor,
    ontos: Sequence[ir.Value],
) -> list[ir.Value]:
    """Emit ``onto + left * right`` for each accumulator; of int16, products added up in pairs."""
    if left.type.count != ontos[0].type.count:
        return [emit_pair_products(builder, target, left, right.use(), onto) for onto in ontos]
    if target.fuses(left.type):
        return [emit_multiply_add(builder, target, left, right.use(), onto) for onto in ontos]
    products = [
        emit_hide(builder, target, emit_multiply(builder, left, right.use())) for _ in ontos
    ]
    return [emit_add(builder, onto, product) for onto, product in zip(ontos, products, strict=True)]


def emit_arithmetic(
    builder: ir.IRBuilder,
    target: Target,
    operation: Operation,
    *,
    dtype: str,
    operands: ir.Value,
    trips: ir.Value,
) -> None:
    """Emit a loop that keeps many chains of one operation going.

    Parameters
    ----------
    builder : IRBuilder
        Left behind the loop.
    target : Target
        Decides width and number of accumulators.
    operation : Operation
        What is done to the accumulators, ``REPEATS`` times per trip.
    dtype : str
        Element type of the operands; accumulators of int16 operands are int32.
    operands : Value
        Pointer to two elements, the left and the right factor.
    trips : Value
        int64, at least 1.
    """
    left, first_right = (
        emit_splat(
            builder,
            builder.load(builder.gep(operands, [INDEX(place)])),
            vector_type(dtype, target.vector_bytes),
        )
        for place in (0, 1)
    )
    sums = vector_type("int32" if dtype == "int16" else dtype, target.vector_bytes)
    zeros = [
        emit_hide(builder, target, ir.Constant(sums, None)) for _ in range(target.accumulators)
    ]

    def body(_trip: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
        *accumulators, right = carried
        factor = Factor(builder, target, right)
        for start in [*range(0, target.accumulators, _GROUP)] * REPEATS:
            group = slice(start, start + _GROUP)
            results = operation(builder, target, left, factor, accumulators[group])
            accumulators[group] = [emit_hide(builder, target, result) for result in results]
        return [*accumulators, factor.value]

    for value in emit_loop(builder, trips, [*zeros, first_right], body):
        emit_keep(builder, target, value)


class _Strip:
    """Vectors of doubles at the places of one trip through arrays, begun again at their end."""

    def __init__(self, builder: ir.IRBuilder, target: Target, divisor: int) -> None:
        self._builder = builder
        self._step = max(target.vector_bytes // divisor, _NARROWEST)
        self._kind = vector_type("float64", self._step)

    def offsets(self, trip: ir.Value, mask: ir.Value, size: int) -> list[ir.Value]:
        """Byte offsets of the vectors that make up this trip's ``size`` bytes."""
        start = self._builder.and_(self._builder.mul(trip, INDEX(size)), mask)
        return [self._builder.add(start, INDEX(place)) for place in range(0, size, self._step)]

    def load(self, data: ir.Value, offset: ir.Value) -> ir.Value:
        """Emit the load of a vector."""
        return self._builder.load(self._address(data, offset), align=_ALIGNMENT)

    def store(self, vector: ir.Value, data: ir.Value, offset: ir.Value) -> None:
        """Emit the store of a vector."""
        self._builder.store(vector, self._address(data, offset), align=_ALIGNMENT)

    def splat(self, scalar: ir.Value) -> ir.Value:
        """Emit a vector full of one number."""
        return emit_splat(self._builder, scalar, self._kind)

    def _address(self, data: ir.Value, offset: ir.Value) -> ir.Value:
        start = self._builder.bitcast(data, ir.IntType(8).as_pointer())
        place = self._builder.gep(start, [offset], inbounds=True)
        return self._builder.bitcast(place, self._kind.as_pointer())


def emit_reads(
    builder: ir.IRBuilder,
    target: Target,
    data: ir.Value,
    mask: ir.Value,
    trips: ir.Value,
    *,
    divisor: int,
) -> None:
    """Emit a loop of loads and nothing else, so that nothing else can be the limit.

    Parameters
    ----------
    builder : IRBuilder
        Left behind the loop.
    target : Target
        Decides the width.
    data : Value
        Pointer to the first double.
    mask : Value
        int64, bytes of the array less one; the array's bytes are a power of two.
    trips : Value
        int64, at least 1; each reads ``READ_BYTES``.
    divisor : int
        1 loads whole registers, 2 loads half of one at a time.
    """
    strip = _Strip(builder, target, divisor)

    def body(trip: ir.Value, _carried: list[ir.Value]) -> list[ir.Value]:
        for offset in strip.offsets(trip, mask, READ_BYTES):
            emit_keep(builder, target, strip.load(data, offset))
        return []

    emit_loop(builder, trips, [], body)


def emit_triad(
    builder: ir.IRBuilder,
    target: Target,
    arrays: Sequence[ir.Value],
    *,
    factor: ir.Value,
    mask: ir.Value,
    trips: ir.Value,
    divisor: int,
) -> None:
    """Emit a loop of ``a = b + factor * c``.

    Parameters
    ----------
    builder : IRBuilder
        Left behind the loop.
    target : Target
        Decides the width.
    arrays : sequence of three Value
        Pointers to the first doubles of a, b and c.
    factor : Value
        Double.
    mask : Value
        int64, bytes of one array less one; the arrays' bytes are a power of two.
    trips : Value
        int64, at least 1; each writes ``TRIAD_BYTES``.
    divisor : int
        1 works on whole registers, 2 on half of one at a time.
    """
    strip = _Strip(builder, target, divisor)
    a, b, c = arrays
    scale = strip.splat(factor)

    def body(trip: ir.Value, _carried: list[ir.Value]) -> list[ir.Value]:
        for offset in strip.offsets(trip, mask, TRIAD_BYTES):
            left, right = strip.load(b, offset), strip.load(c, offset)
            strip.store(emit_multiply_add(builder, target, scale, right, left), a, offset)
        return []

    emit_loop(builder, trips, [], body)
    emit_pointer_sink(builder, a)


def emit_chain(builder: ir.IRBuilder, first: ir.Value, step: ir.Value, trips: ir.Value) -> ir.Value:
    """Emit a loop of exclusive-ors, ``CHAIN`` per trip, each waiting for the one before it.

    Between registers on purpose: newer cores carry out moves and additions of small constants
    while renaming registers, in no time at all, but no exclusive-or of two different registers.

    Parameters
    ----------
    builder : IRBuilder
        Left behind the loop.
    first, step : Value
        int64: first value, and what is combined with it.
    trips : Value
        int64, at least 1.

    Returns
    -------
    Value
        The last value, int64.
    """

    def body(_trip: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
        value = carried[0]
        for _ in range(CHAIN):
            value = emit_opaque(builder, builder.xor(value, step))
        return [value]

    return emit_loop(builder, trips, [first], body)[0]
