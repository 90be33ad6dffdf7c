"""Loads and stores of the first lanes of a vector: the ends of arrays of any length.

Lanes past the count touch no memory, so the last elements of an array can be loaded although a
whole vector would reach beyond it.

References
----------
LLVM language reference, ``llvm.masked.load`` and ``llvm.masked.store``.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from slonana_analysis.simd.emission import call, constant, require_vector, splatted
from slonana_analysis.simd.vectors import NumbaObject, Vector, int32x8, int32x16

_ALIGNMENT = ir.Constant(ir.IntType(32), 1)


def _first_lanes(builder: ir.IRBuilder, vector: Vector, count: ir.Value) -> ir.Value:
    # 32 bits, as most lanes have: comparing 64-bit counts would take twice the registers.
    lanes = ir.VectorType(ir.IntType(32), vector.lanes)
    numbers = ir.Constant(lanes, list(range(vector.lanes)))
    narrow = builder.trunc(count, lanes.element)
    return builder.icmp_signed("<", numbers, splatted(builder, lanes, narrow))


def _require_pointer(kind: NumbaObject, vector: Vector) -> None:
    if not isinstance(kind, types.CPointer) or kind.dtype != vector.scalar:
        raise TypingError(f"a pointer to {vector.element} is wanted here, not {kind}")


def _load_first(vector: Vector) -> Any:  # noqa: ANN401  # an intrinsic
    def load_first(_: NumbaObject, source: NumbaObject, _count: NumbaObject) -> NumbaObject:
        _require_pointer(source, vector)

        def generate(
            _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
        ) -> ir.Value:
            address = builder.bitcast(values[0], vector.llvm.as_pointer())
            mask = _first_lanes(builder, vector, values[1])
            arguments = [address, _ALIGNMENT, mask, constant(vector, 0)]
            return call(builder, f"llvm.masked.load.{vector.suffix}.p0", vector.llvm, arguments)

        return vector(source, types.intp), generate

    load_first.__name__ = load_first.__qualname__ = f"load_first_{vector}"
    return intrinsic(load_first)


load_first_int32x8, load_first_int32x16 = map(_load_first, (int32x8, int32x16))
"""``load_first_<type>(pointer, count)``: the first ``count`` lanes from memory, zero in the rest.

A count of zero or less reads nothing, one past the lanes reads all of them.
"""


def _store_first(
    _: NumbaObject, target: NumbaObject, _count: NumbaObject, values: NumbaObject
) -> NumbaObject:
    vector = require_vector(values, "store_first")
    _require_pointer(target, vector)

    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, given: list[ir.Value]
    ) -> ir.Value:
        address = builder.bitcast(given[0], vector.llvm.as_pointer())
        mask = _first_lanes(builder, vector, given[1])
        arguments = [given[2], address, _ALIGNMENT, mask]
        call(builder, f"llvm.masked.store.{vector.suffix}.p0", ir.VoidType(), arguments)
        return context.get_dummy_value()

    return types.void(target, types.intp, vector), generate


store_first: Any = intrinsic(_store_first)
"""``store_first(pointer, count, vector)``: the first ``count`` lanes; memory past them keeps what
it held."""
