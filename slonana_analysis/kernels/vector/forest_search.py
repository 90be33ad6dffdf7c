"""Sixteen values compared at once with thresholds of their own type, whichever type that is."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from slonana_analysis.simd.emission import splatted
from slonana_analysis.simd.vectors import NumbaObject, int32x16, mask_of

_pointer_type: Any = types.CPointer
_LANES = 16
_MASK = mask_of(int32x16)
_INDEX = ir.IntType(64)


def _is_above(
    builder: ir.IRBuilder, kind: NumbaObject, values: ir.Value, limits: ir.Value
) -> ir.Value:
    """Emit a mask of the lanes whose value is not at most its limit; NaN is at most none."""
    if isinstance(kind, types.Float):
        return builder.fcmp_unordered(">", values, limits)
    return builder.icmp_signed(">", values, limits)


def _loaded(builder: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
    vector = ir.VectorType(pointer.type.pointee, _LANES)
    return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=1)


def _require_pointers(*kinds: NumbaObject) -> None:
    for kind in kinds:
        if not isinstance(kind, types.CPointer) or kind.dtype != kinds[0].dtype:
            raise TypingError(f"pointers to one type of number are wanted here, not {kind}")


def _above(
    _: NumbaObject, values: NumbaObject, limits: NumbaObject, _index: NumbaObject
) -> NumbaObject:
    _require_pointers(values, limits)

    def generate(
        _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, given: list[ir.Value]
    ) -> ir.Value:
        pointer, thresholds, place = given
        limit = builder.load(builder.gep(thresholds, [place], inbounds=True))
        loaded = _loaded(builder, pointer)
        return _is_above(builder, values.dtype, loaded, splatted(builder, loaded.type, limit))

    return _MASK(values, limits, types.intp), generate


def _above_each(
    _: NumbaObject, values: NumbaObject, limits: NumbaObject, _places: NumbaObject
) -> NumbaObject:
    _require_pointers(values, limits)

    def generate(
        _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, given: list[ir.Value]
    ) -> ir.Value:
        pointer, thresholds, indices = given
        loaded = _loaded(builder, pointer)
        chosen = ir.Constant(loaded.type, ir.Undefined)
        # Not the instruction that gathers: it is hardly faster than this, and slower on many.
        for number in range(_LANES):
            lane = ir.Constant(ir.IntType(32), number)
            place = builder.sext(builder.extract_element(indices, lane), _INDEX)
            limit = builder.load(builder.gep(thresholds, [place], inbounds=True))
            chosen = builder.insert_element(chosen, limit, lane)
        return _is_above(builder, values.dtype, loaded, chosen)

    return _MASK(values, limits, int32x16), generate


def _pointer_to(_: NumbaObject, source: NumbaObject, _index: NumbaObject) -> NumbaObject:
    if not isinstance(source, types.Array) or source.layout != "C":
        raise TypingError(f"a C-contiguous array is wanted here, not {source}")

    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, given: list[ir.Value]
    ) -> ir.Value:
        data = context.make_array(source)(context, builder, given[0]).data
        return builder.gep(data, [given[1]], inbounds=True)

    return _pointer_type(source.dtype)(source, types.intp), generate


pointer_to: Any = intrinsic(_pointer_to)
"""``pointer_to(array, index)``: a pointer to an element, counted from the first one."""
above: Any = intrinsic(_above)
"""``above(values, limits, index)``: a mask of those of the sixteen values at a pointer that
are not at most ``limits[index]``."""
above_each: Any = intrinsic(_above_each)
"""``above_each(values, limits, places)``: likewise, each value with the limit at its own place."""
