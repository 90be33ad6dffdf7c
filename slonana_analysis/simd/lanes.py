"""Across lanes: halves, shuffles, reductions, and conversions between element types.

``unpack_low``, ``unpack_high`` and ``narrow_saturating`` work within each 128 bits, as x86's
instructions do, and as kernels that undo one with the other want them.

References
----------
LLVM language reference, ``shufflevector`` and conversions; Intel 64 and IA-32 manual, volume 2:
PUNPCKL*, PUNPCKH*, PACKSSDW, PACKSSWB, VPERMD.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core.errors import TypingError
from numba.extending import intrinsic

from slonana_analysis.simd.emission import (
    Emit,
    binary,
    call,
    constant,
    is_x86,
    require_vector,
    same,
    shuffled,
    unary,
)
from slonana_analysis.simd.target import cpu_has
from slonana_analysis.simd.vectors import NumbaObject, Vector

_REGISTER_BITS = 128
_INDEX = ir.IntType(32)
_PERMUTE = {
    "int32x8": ("avx2", "llvm.x86.avx2.permd"),
    "int32x16": ("avx512f", "llvm.x86.avx512.permvar.si.512"),
    "int16x16": ("avx512vl", "llvm.x86.avx512.permvar.hi.256"),
    "int16x32": ("avx512bw", "llvm.x86.avx512.permvar.hi.512"),
}
_PACK = {
    "int32x4": ("sse2", "llvm.x86.sse2.packssdw.128"),
    "int32x8": ("avx2", "llvm.x86.avx2.packssdw"),
    "int32x16": ("avx512bw", "llvm.x86.avx512.packssdw.512"),
    "int16x8": ("sse2", "llvm.x86.sse2.packsswb.128"),
    "int16x16": ("avx2", "llvm.x86.avx2.packsswb"),
    "int16x32": ("avx512bw", "llvm.x86.avx512.packsswb.512"),
}


def _resized(lanes: Callable[[int], int]) -> Callable[[Vector], Vector]:
    return lambda vector: Vector(vector.element, lanes(vector.lanes))


def _half(second: bool) -> Emit:  # noqa: FBT001
    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        half = vector.lanes // 2
        indices = range(half, vector.lanes) if second else range(half)
        return shuffled(builder, (values[0], values[0]), indices)

    return emit


def _emit_join(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    return shuffled(builder, values, range(2 * vector.lanes))


low = unary("low", _half(second=False), _resized(lambda lanes: lanes // 2))
"""``low(v)``: the first half of the lanes."""
high = unary("high", _half(second=True), _resized(lambda lanes: lanes // 2))
join = binary("join", _emit_join, _resized(lambda lanes: 2 * lanes))
"""``join(low, high)``: twice as many lanes."""


def _unpack(second: bool) -> Emit:  # noqa: FBT001
    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        per_register = _REGISTER_BITS // vector.bits
        half = per_register // 2
        indices = [
            index
            for register in range(0, vector.lanes, per_register)
            for lane in range(register + half * second, register + half * (1 + second))
            for index in (lane, vector.lanes + lane)
        ]
        return shuffled(builder, values, indices)

    return emit


unpack_low = binary("unpack_low", _unpack(second=False), same)
"""``unpack_low(a, b)``: the lower lanes of a and b in turn, within each 128 bits."""
unpack_high = binary("unpack_high", _unpack(second=True), same)


def shuffler(indices: Sequence[int]) -> Any:  # noqa: ANN401
    """Return a function ``shuffle(a, b)`` that picks lanes.

    Parameters
    ----------
    indices : sequence of int
        One per lane of the result; ``b``'s lanes are numbered after ``a``'s. Their number is a
        power of two.

    Returns
    -------
    numba intrinsic
        To be kept in a name of a module, so that compiled code can refer to it.
    """
    chosen = list(indices)

    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        if max(chosen) >= 2 * vector.lanes:
            raise TypingError(f"two {vector} have no lane {max(chosen)}")
        return shuffled(builder, values, chosen)

    return binary("shuffle", emit, _resized(lambda _: len(chosen)))


def _permute(_: NumbaObject, values: NumbaObject, indices: NumbaObject) -> NumbaObject:
    vector = require_vector(values, "permute")
    if indices != Vector(f"int{vector.bits}", vector.lanes):
        raise TypingError(f"permute takes one index of the same width per lane, not {indices}")

    def generate(
        _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, given: list[ir.Value]
    ) -> ir.Value:
        return _emit_permute(builder, vector, *given)

    return vector(values, indices), generate


def _emit_permute(
    builder: ir.IRBuilder, vector: Vector, values: ir.Value, indices: ir.Value
) -> ir.Value:
    feature, name = _PERMUTE.get(str(vector), ("", ""))
    if is_x86(builder) and feature and cpu_has(feature):
        return call(builder, name, vector.llvm, [values, indices])
    wrapped = builder.and_(indices, ir.Constant(indices.type, [vector.lanes - 1] * vector.lanes))
    result = ir.Constant(vector.llvm, ir.Undefined)
    for lane in range(vector.lanes):
        position = ir.Constant(_INDEX, lane)
        chosen = builder.extract_element(values, builder.extract_element(wrapped, position))
        result = builder.insert_element(result, chosen, position)
    return result


permute: Any = intrinsic(_permute)
"""``permute(v, indices)``: lane ``i`` is ``v[indices[i]]``; indices count modulo the lanes."""


def _reduction(integer: str, floating: str = "") -> Emit:
    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        name = floating if vector.is_float else integer
        if not name:
            raise TypingError(f"there is no such reduction of {vector}")
        full = f"llvm.vector.reduce.{name}.{vector.suffix}"
        return call(builder, full, vector.llvm.element, values)

    return emit


reduce_add = unary("reduce_add", _reduction("add"), lambda vector: vector.scalar)
"""Reductions give a scalar; the sum is of integers only, and wraps."""
reduce_maximum = unary("reduce_maximum", _reduction("smax", "fmax"), lambda vector: vector.scalar)
reduce_minimum = unary("reduce_minimum", _reduction("smin", "fmin"), lambda vector: vector.scalar)
reduce_or = unary("reduce_or", _reduction("or"), lambda vector: vector.scalar)
reduce_maximum_unsigned = unary(
    "reduce_maximum_unsigned", _reduction("umax"), lambda vector: vector.scalar
)


def _emit_float_sum(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    """Halves are added until one lane is left: the shortest chain, and always the same order."""
    part, lanes = values[0], vector.lanes
    while lanes > 1:
        lanes //= 2
        halves = (shuffled(builder, (part, part), range(k, k + lanes)) for k in (0, lanes))
        part = builder.fadd(*halves)
    return builder.extract_element(part, ir.Constant(_INDEX, 0))


def _float_sum(vector: Vector) -> NumbaObject:
    if not vector.is_float:
        raise TypingError(f"reduce_add_pairwise takes floats, not {vector}")
    return vector.scalar


reduce_add_pairwise = unary("reduce_add_pairwise", _emit_float_sum, _float_sum)
"""``reduce_add_pairwise(floats)``: a scalar, the halves added, and their halves, and so on."""


def _converted(element: str, operation: str) -> Any:  # noqa: ANN401
    def result(vector: Vector) -> Vector:
        return Vector(element, vector.lanes)

    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        return getattr(builder, operation)(values[0], result(vector).llvm)

    return unary(f"to_{element}", emit, result)


to_float64, to_float32 = _converted("float64", "sitofp"), _converted("float32", "sitofp")
"""``to_float64(integers)``, ``to_float32(integers)``: rounded to the nearest."""
to_int32, to_int64 = _converted("int32", "fptosi"), _converted("int64", "fptosi")
"""``to_int32(floats)``: truncated; the result is undefined where it does not fit."""


def _scaled(factor: float) -> Callable[[Vector], Vector]:
    def result(vector: Vector) -> Vector:
        kind = "float" if vector.is_float else "int"
        return Vector(f"{kind}{int(vector.bits * factor)}", vector.lanes)

    return result


def _emit_widen(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    wide = _scaled(2)(vector).llvm
    return builder.fpext(values[0], wide) if vector.is_float else builder.sext(values[0], wide)


def _emit_narrow(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    narrow_type = _scaled(0.5)(vector).llvm
    if vector.is_float:
        return builder.fptrunc(values[0], narrow_type)
    return builder.trunc(values[0], narrow_type)


widen = unary("widen", _emit_widen, _scaled(2))
"""``widen(v)``: the same numbers in elements twice as wide."""
narrow = unary("narrow", _emit_narrow, _scaled(0.5))
"""``narrow(v)``: the lower half of every integer's bits; floats are rounded."""


def _packed(vector: Vector) -> Vector:
    return Vector(f"int{vector.bits // 2}", 2 * vector.lanes)


def _emit_pack(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    feature, name = _PACK.get(str(vector), ("", ""))
    if is_x86(builder) and feature and (feature == "sse2" or cpu_has(feature)):
        return call(builder, name, _packed(vector).llvm, values)
    top = 2 ** (vector.bits // 2 - 1)
    clamped = [_emit_clamp(builder, vector, value, -top, top - 1) for value in values]
    halves = [builder.trunc(each, _scaled(0.5)(vector).llvm) for each in clamped]
    per_register = _REGISTER_BITS // vector.bits
    indices = [
        source * vector.lanes + lane
        for register in range(0, vector.lanes, per_register)
        for source in (0, 1)
        for lane in range(register, register + per_register)
    ]
    return shuffled(builder, halves, indices)


def _emit_clamp(
    builder: ir.IRBuilder, vector: Vector, value: ir.Value, lowest: int, highest: int
) -> ir.Value:
    bottom, top = constant(vector, lowest), constant(vector, highest)
    raised = builder.select(builder.icmp_signed(">", value, bottom), value, bottom)
    return builder.select(builder.icmp_signed("<", raised, top), raised, top)


narrow_saturating = binary("narrow_saturating", _emit_pack, _packed)
"""``narrow_saturating(a, b)``: both, clamped to half the width, a and b in turn per 128 bits."""


def _reinterpretation(element: str) -> Any:  # noqa: ANN401
    def result(vector: Vector) -> Vector:
        wanted = Vector(element, 1)
        return Vector(element, vector.lanes * vector.bits // wanted.bits)

    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        return builder.bitcast(values[0], result(vector).llvm)

    return unary(f"reinterpret_{element}", emit, result)


reinterpret_int8, reinterpret_int16 = map(_reinterpretation, ("int8", "int16"))
"""``reinterpret_<element>(v)``: the same bits as another type."""
reinterpret_int32, reinterpret_int64 = map(_reinterpretation, ("int32", "int64"))
reinterpret_float32, reinterpret_float64 = map(_reinterpretation, ("float32", "float64"))
