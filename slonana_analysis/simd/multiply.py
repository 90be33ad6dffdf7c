"""The multiplications that x86 does many of at once.

References
----------
Intel 64 and IA-32 manual, volume 2: PMADDWD, PMULHW, PMULDQ, VPDPWSSD.
"""

from llvmlite import ir
from numba.core.errors import TypingError

from slonana_analysis.simd.emission import binary, call, is_x86, same, shuffled, splatted, ternary
from slonana_analysis.simd.target import cpu_has
from slonana_analysis.simd.vectors import Vector

_PAIRS = {
    "int16x8": ("sse2", "llvm.x86.sse2.pmadd.wd"),
    "int16x16": ("avx2", "llvm.x86.avx2.pmadd.wd"),
    "int16x32": ("avx512bw", "llvm.x86.avx512.pmaddw.d.512"),
}
_HIGH = {
    "int16x8": ("sse2", "llvm.x86.sse2.pmulh.w"),
    "int16x16": ("avx2", "llvm.x86.avx2.pmulh.w"),
    "int16x32": ("avx512bw", "llvm.x86.avx512.pmulh.w.512"),
}


def _usable(builder: ir.IRBuilder, feature: str) -> bool:
    return is_x86(builder) and (feature == "sse2" or cpu_has(feature))


def _require_int16(vector: Vector) -> Vector:
    if vector.element != "int16":
        raise TypingError(f"int16 vectors are multiplied here, not {vector}")
    return vector


def _pairs(vector: Vector) -> Vector:
    return Vector("int32", _require_int16(vector).lanes // 2)


def _emit_pairs(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    feature, name = _PAIRS[str(vector)]
    result = _pairs(vector).llvm
    if _usable(builder, feature):
        return call(builder, name, result, values)
    wide = ir.VectorType(ir.IntType(32), vector.lanes)
    products = builder.mul(*(builder.sext(value, wide) for value in values))
    even, odd = (
        shuffled(builder, (products, products), range(start, vector.lanes, 2)) for start in (0, 1)
    )
    return builder.add(even, odd)


multiply_add_pairs = binary("multiply_add_pairs", _emit_pairs, _pairs)
"""``multiply_add_pairs(a, b)``: ``a[2i] b[2i] + a[2i+1] b[2i+1]`` of int16 as int32.

The one sum that does not fit, four times -32768, wraps to -2^31.
"""


_ACCUMULATED = {
    "int16x16": ("avx512vnni", "llvm.x86.avx512.vpdpwssd.256"),
    "int16x32": ("avx512vnni", "llvm.x86.avx512.vpdpwssd.512"),
}


def emit_multiply_add(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    """Emit `multiply_add_pairs_into` of ``[sums, a, b]``, ``a`` and ``b`` of type ``vector``."""
    feature, name = _ACCUMULATED.get(str(vector), ("", ""))
    if feature and _usable(builder, feature):
        return call(builder, name, _pairs(vector).llvm, values)
    return builder.add(values[0], _emit_pairs(builder, vector, values[1:]))


multiply_add_pairs_into = ternary("multiply_add_pairs_into", emit_multiply_add, _pairs, _pairs)
"""``multiply_add_pairs_into(sums, a, b)``: ``sums + multiply_add_pairs(a, b)``, wrapping."""


def _emit_high(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    feature, name = _HIGH[str(vector)]
    if _usable(builder, feature):
        return call(builder, name, vector.llvm, values)
    wide = ir.VectorType(ir.IntType(32), vector.lanes)
    products = builder.mul(*(builder.sext(value, wide) for value in values))
    by = splatted(builder, wide, ir.Constant(ir.IntType(32), 16))
    return builder.trunc(builder.ashr(products, by), vector.llvm)


multiply_high = binary("multiply_high", _emit_high, lambda vector: same(_require_int16(vector)))
"""``multiply_high(a, b)``: the upper 16 bits of the products of int16, rounded down."""


def _emit_wide(builder: ir.IRBuilder, vector: Vector, values: list[ir.Value]) -> ir.Value:
    wide = _evens(vector).llvm
    half = ir.Constant(wide, [32] * wide.count)
    # Sign-extended in place, which is what the instruction's pattern looks for.
    evens = [
        builder.ashr(builder.shl(builder.bitcast(value, wide), half), half) for value in values
    ]
    return builder.mul(*evens)


def _evens(vector: Vector) -> Vector:
    if vector.element != "int32":
        raise TypingError(f"int32 vectors are multiplied here, not {vector}")
    return Vector("int64", vector.lanes // 2)


multiply_wide = binary("multiply_wide", _emit_wide, _evens)
"""``multiply_wide(a, b)``: the int64 products of the even lanes of int32 vectors (PMULDQ)."""
