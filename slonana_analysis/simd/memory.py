"""Between vectors and memory: loads, stores, scratch memory on the stack, pointers.

``source`` and ``target`` are arrays (C-contiguous; the index counts elements from the first one) or
pointers. Nothing is checked: an index outside is outside. Addresses need no alignment, though a
load that crosses a cache line costs two (see `aligned`).
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from slonana_analysis.simd.vectors import (
    ELEMENTS,
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
)

_CACHE_LINE = 64
_pointer_to: Any = types.CPointer


def _require_memory(kind: NumbaObject) -> None:
    if not isinstance(kind, (types.Array, types.CPointer)):
        raise TypingError(f"an array or a pointer is wanted here, not {kind}")
    if isinstance(kind, types.Array) and kind.layout != "C":
        raise TypingError("vectors are loaded from C-contiguous arrays only")


def _address(
    context: NumbaObject,
    builder: ir.IRBuilder,
    kind: NumbaObject,
    memory: ir.Value,
    index: ir.Value,
) -> ir.Value:
    base = memory
    if isinstance(kind, types.Array):
        base = context.make_array(kind)(context, builder, memory).data
    return builder.gep(base, [index], inbounds=True)


def _load(vector: Vector) -> Any:  # noqa: ANN401
    def load(_: NumbaObject, source: NumbaObject, _index: NumbaObject) -> NumbaObject:
        _require_memory(source)

        def generate(
            context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
        ) -> ir.Value:
            address = _address(context, builder, source, *values)
            return builder.load(builder.bitcast(address, vector.llvm.as_pointer()), align=1)

        return vector(source, types.intp), generate

    load.__name__ = load.__qualname__ = f"load_{vector}"
    return intrinsic(load)


load_int8x16, load_int8x32, load_int8x64 = map(_load, (int8x16, int8x32, int8x64))
"""``load_<type>(source, index)``: that many elements of the memory, whatever its own dtype."""
load_int16x8, load_int16x16, load_int16x32 = map(_load, (int16x8, int16x16, int16x32))
load_int32x4, load_int32x8, load_int32x16 = map(_load, (int32x4, int32x8, int32x16))
load_int64x2, load_int64x4, load_int64x8 = map(_load, (int64x2, int64x4, int64x8))
load_float32x4, load_float32x8 = map(_load, (float32x4, float32x8))
load_float32x16 = _load(float32x16)
load_float64x2, load_float64x4 = map(_load, (float64x2, float64x4))
load_float64x8 = _load(float64x8)


def _store(
    _: NumbaObject, target: NumbaObject, _index: NumbaObject, vector: NumbaObject
) -> NumbaObject:
    _require_memory(target)
    if not isinstance(vector, Vector) or vector.element == "int1":
        raise TypingError(f"store takes a vector, not {vector}")

    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
    ) -> ir.Value:
        address = _address(context, builder, target, *values[:2])
        builder.store(values[2], builder.bitcast(address, values[2].type.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(target, types.intp, vector), generate


store: Any = intrinsic(_store)
"""``store(target, index, vector)``: all lanes, from element ``index`` on."""


def _scratch(element: str) -> Any:  # noqa: ANN401
    scalar, llvm = ELEMENTS[element]

    def scratch(_: NumbaObject, count: NumbaObject) -> NumbaObject:
        if not isinstance(count, types.IntegerLiteral):
            return None  # numba asks again with the literal, if it is one

        def generate(
            _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, _values: list[ir.Value]
        ) -> ir.Value:
            # In the entry block, or a loop would take more of the stack in every turn.
            with builder.goto_entry_block():
                memory = builder.alloca(llvm, ir.Constant(ir.IntType(64), count.literal_value))
            memory.align = _CACHE_LINE
            return memory

        return _pointer_to(scalar)(count), generate

    scratch.__name__ = scratch.__qualname__ = f"scratch_{element}"
    return intrinsic(scratch)


scratch_int16, scratch_int32 = map(_scratch, ("int16", "int32"))
"""``scratch_<element>(count)``: a pointer to uninitialised memory on the stack, which begins at a
cache line and ends with the function; ``count`` is a literal."""
scratch_int64, scratch_float64 = map(_scratch, ("int64", "float64"))
scratch_int8 = _scratch("int8")


def _read(_: NumbaObject, source: NumbaObject, _index: NumbaObject) -> NumbaObject:
    _require_memory(source)

    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
    ) -> ir.Value:
        return builder.load(_address(context, builder, source, *values), align=1)

    return source.dtype(source, types.intp), generate


def _write(
    _: NumbaObject, target: NumbaObject, _index: NumbaObject, _value: NumbaObject
) -> NumbaObject:
    _require_memory(target)

    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
    ) -> ir.Value:
        builder.store(values[2], _address(context, builder, target, *values[:2]), align=1)
        return context.get_dummy_value()

    return types.void(target, types.intp, target.dtype), generate


read: Any = intrinsic(_read)
"""``read(source, index)``: one element; the index is not wrapped, as numba would."""
write: Any = intrinsic(_write)
"""``write(target, index, value)``: one element, converted to the memory's type."""


def _reinterpreted(element: str) -> Any:  # noqa: ANN401
    scalar, llvm = ELEMENTS[element]

    def reinterpreted(_: NumbaObject, source: NumbaObject, _index: NumbaObject) -> NumbaObject:
        _require_memory(source)

        def generate(
            context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
        ) -> ir.Value:
            address = _address(context, builder, source, *values)
            return builder.bitcast(address, llvm.as_pointer())

        return _pointer_to(scalar)(source, types.intp), generate

    reinterpreted.__name__ = reinterpreted.__qualname__ = f"as_{element}"
    return intrinsic(reinterpreted)


as_int8, as_int16, as_int32, as_int64 = map(_reinterpreted, ("int8", "int16", "int32", "int64"))
"""``as_<element>(source, index)``: a pointer to element ``index`` of the source (counted in the
source's elements) that reads the memory there as the other type."""
as_float32, as_float64 = map(_reinterpreted, ("float32", "float64"))
