"""Lane by lane: arithmetic, comparisons, selection.

Integer arithmetic wraps. Every function takes vectors of one type and gives that type back, unless
it says otherwise.

References
----------
LLVM language reference, binary operations and ``llvm.*`` arithmetic intrinsics.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from slonana_analysis.simd.emission import (
    Emit,
    binary,
    call,
    constant,
    require_vector,
    same,
    splatted,
    ternary,
    unary,
)
from slonana_analysis.simd.vectors import (
    NumbaObject,
    Vector,
    float32x4,
    float32x8,
    float32x16,
    float64x2,
    float64x4,
    float64x8,
    int8x16,
    int8x32,
    int8x64,
    int16x8,
    int16x16,
    int16x32,
    int32x4,
    int32x8,
    int32x16,
    int64x2,
    int64x4,
    int64x8,
    mask_of,
)


def _arithmetic(integer: str, floating: str = "") -> Emit:
    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        operation = floating if vector.is_float else integer
        if not operation:
            raise TypingError(f"there is no such instruction for {vector}")
        return getattr(builder, operation)(*values)

    return emit


def _comparison(operator: str, *, signed: bool = True) -> Emit:
    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        if vector.is_float:
            return builder.fcmp_ordered(operator, *values)
        compare = builder.icmp_signed if signed else builder.icmp_unsigned
        return compare(operator, *values)

    return emit


def _extremum(operator: str, *, signed: bool = True) -> Emit:
    compare = _comparison(operator, signed=signed)

    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        return builder.select(compare(builder, vector, values), *values)

    return emit


def _intrinsic(name: str) -> Emit:
    def emit(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
        return call(builder, f"llvm.{name}.{vector.suffix}", vector.llvm, values)

    return emit


def _emit_absolute(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    if vector.is_float:
        return _intrinsic("fabs")(builder, vector, values)
    zero = constant(vector, 0)
    negative = builder.icmp_signed("<", values[0], zero)
    return builder.select(negative, builder.sub(zero, values[0]), values[0])


def _emit_select(builder: ir.IRBuilder, _: Vector, values: list[ir.Value]) -> ir.Value:
    return builder.select(*values)


add = binary("add", _arithmetic("add", "fadd"), same)
subtract = binary("subtract", _arithmetic("sub", "fsub"), same)
multiply = binary("multiply", _arithmetic("mul", "fmul"), same)
divide = binary("divide", _arithmetic("", "fdiv"), same)
"""``divide(a, b)``: floating point only."""

bit_and = binary("bit_and", _arithmetic("and_"), same)
bit_or = binary("bit_or", _arithmetic("or_"), same)
bit_xor = binary("bit_xor", _arithmetic("xor"), same)
shift_left = binary("shift_left", _arithmetic("shl"), same)
shift_right = binary("shift_right", _arithmetic("ashr"), same)
"""``shift_right(a, counts)``: arithmetic, so it rounds down. Counts must be below the width."""
shift_right_logical = binary("shift_right_logical", _arithmetic("lshr"), same)

minimum = binary("minimum", _extremum("<"), same)
maximum = binary("maximum", _extremum(">"), same)
maximum_unsigned = binary("maximum_unsigned", _extremum(">", signed=False), same)
minimum_unsigned = binary("minimum_unsigned", _extremum("<", signed=False), same)
absolute = unary("absolute", _emit_absolute, same)
"""``absolute(a)``: the smallest integer stays what it is, as with the instruction."""
add_saturating = binary("add_saturating", _intrinsic("sadd.sat"), same)
subtract_saturating = binary("subtract_saturating", _intrinsic("ssub.sat"), same)
fused_multiply_add = ternary("fused_multiply_add", _intrinsic("fma"), same, same)
"""``fused_multiply_add(a, b, c)``: ``a * b + c``, rounded once; floating point."""
floor = unary("floor", _intrinsic("floor"), same)
truncate = unary("truncate", _intrinsic("trunc"), same)

greater = binary("greater", _comparison(">"), mask_of)
"""Comparisons give a mask; with a number that is none, they are false."""
less = binary("less", _comparison("<"), mask_of)
equal = binary("equal", _comparison("=="), mask_of)
greater_equal = binary("greater_equal", _comparison(">="), mask_of)
less_equal = binary("less_equal", _comparison("<="), mask_of)
select = ternary("select", _emit_select, mask_of, same)
"""``select(mask, a, b)``: ``a`` where the mask is set, else ``b``."""


def _bits(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    if vector.element != "int1":
        raise TypingError(f"a mask is wanted here, not {vector}")
    return builder.bitcast(values[0], ir.IntType(vector.lanes))


def _emit_to_bits(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    bits = _bits(builder, vector, values)
    wide = ir.IntType(64)
    return bits if vector.lanes == wide.width else builder.zext(bits, wide)


def _emit_all(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    bits = _bits(builder, vector, values)
    return builder.icmp_unsigned("==", bits, ir.Constant(bits.type, -1))


def _emit_any(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    bits = _bits(builder, vector, values)
    return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))


to_bits = unary("to_bits", _emit_to_bits, lambda _: types.int64)
"""``to_bits(mask)``: an int64 with lane ``i`` as bit ``i``."""
all_true = unary("all_true", _emit_all, lambda _: types.boolean)
any_true = unary("any_true", _emit_any, lambda _: types.boolean)


def _splat(vector: Vector) -> Any:  # noqa: ANN401
    def splat(_: NumbaObject, _scalar: NumbaObject) -> NumbaObject:
        def generate(
            _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
        ) -> ir.Value:
            return splatted(builder, vector.llvm, values[0])

        return vector(vector.scalar), generate

    splat.__name__ = splat.__qualname__ = f"splat_{vector}"
    return intrinsic(splat)


splat_int8x16, splat_int8x32, splat_int8x64 = map(_splat, (int8x16, int8x32, int8x64))
"""``splat_<type>(scalar)``: the scalar, converted to the element's type, in every lane."""
splat_int16x8, splat_int16x16, splat_int16x32 = map(_splat, (int16x8, int16x16, int16x32))
splat_int32x4, splat_int32x8, splat_int32x16 = map(_splat, (int32x4, int32x8, int32x16))
splat_int64x2, splat_int64x4, splat_int64x8 = map(_splat, (int64x2, int64x4, int64x8))
splat_float32x4, splat_float32x8 = map(_splat, (float32x4, float32x8))
splat_float32x16 = _splat(float32x16)
splat_float64x2, splat_float64x4 = map(_splat, (float64x2, float64x4))
splat_float64x8 = _splat(float64x8)


def _splat_like(_: NumbaObject, _scalar: NumbaObject, like: NumbaObject) -> NumbaObject:
    vector = require_vector(like, "splat_like")

    def generate(
        _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
    ) -> ir.Value:
        return splatted(builder, vector.llvm, values[0])

    return vector(vector.scalar, like), generate


splat_like: Any = intrinsic(_splat_like)
"""``splat_like(scalar, vector)``: the scalar in every lane of a vector of the same type."""


def _lane_numbers(vector: Vector) -> Any:  # noqa: ANN401
    def lane_numbers(_: NumbaObject) -> NumbaObject:
        def generate(
            _context: NumbaObject, _builder: ir.IRBuilder, _: NumbaObject, _values: list[ir.Value]
        ) -> ir.Value:
            return ir.Constant(vector.llvm, list(range(vector.lanes)))

        return vector(), generate

    lane_numbers.__name__ = lane_numbers.__qualname__ = f"lane_numbers_{vector}"
    return intrinsic(lane_numbers)


lane_numbers_int32x8, lane_numbers_int32x16 = map(_lane_numbers, (int32x8, int32x16))
"""``lane_numbers_<type>()``: 0, 1, 2 and so on."""


def _trailing_zeros(_: NumbaObject, _bits: NumbaObject) -> NumbaObject:
    def generate(
        _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
    ) -> ir.Value:
        wide = ir.IntType(64)
        return call(builder, "llvm.cttz.i64", wide, [values[0], ir.Constant(ir.IntType(1), 0)])

    return types.int64(types.int64), generate


trailing_zeros: Any = intrinsic(_trailing_zeros)
"""``trailing_zeros(int64)``: the number of the lowest set bit; 64 where there is none."""
