"""The vector loops as numba intrinsics.

Width and accumulators are chosen while compiling, from the processor that numba compiles for.
numba has that processor in the key of its cache on disk, so a loop from the cache always fits.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from slonana_analysis.measure.vector_ir import INDEX, Target
from slonana_analysis.measure.vector_loops import (
    Operation,
    additions,
    emit_arithmetic,
    emit_chain,
    emit_reads,
    emit_triad,
    multiply_adds,
)

FULL_WIDTH, HALF_WIDTH = 1, 2
"""Whether memory is gone through in whole registers or, as some processors do better, in half."""

NumbaObject: TypeAlias = Any  # contexts, types and signatures of numba carry no annotations
Generator: TypeAlias = Callable[[NumbaObject, ir.IRBuilder, NumbaObject, list[ir.Value]], ir.Value]
Intrinsic: TypeAlias = tuple[NumbaObject, Generator]

_new_tuple: Any = types.Tuple
_SHAPE = _new_tuple((types.int64, types.int64, types.int64))


def _target(context: NumbaObject) -> Target:
    triple, _processor, features = context.codegen().magic_tuple()
    return Target.parse(triple, features)


def _data(
    context: NumbaObject, builder: ir.IRBuilder, kind: NumbaObject, array: ir.Value
) -> ir.Value:
    return context.make_array(kind)(context, builder, array).data


def _arithmetic(operation: Operation, operands: NumbaObject, trips: NumbaObject) -> Intrinsic:
    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, arguments: list[ir.Value]
    ) -> ir.Value:
        pointer = _data(context, builder, operands, arguments[0])
        emit_arithmetic(
            builder,
            _target(context),
            operation,
            dtype=str(operands.dtype),
            operands=pointer,
            trips=arguments[1],
        )
        return context.get_dummy_value()

    return types.void(operands, trips), generate


def _add_loop(_: NumbaObject, operands: NumbaObject, trips: NumbaObject) -> Intrinsic:
    return _arithmetic(additions, operands, trips)


def _multiply_add_loop(_: NumbaObject, operands: NumbaObject, trips: NumbaObject) -> Intrinsic:
    return _arithmetic(multiply_adds, operands, trips)


def _read_loop(
    _: NumbaObject, array: NumbaObject, mask: NumbaObject, trips: NumbaObject, width: NumbaObject
) -> Intrinsic:
    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, arguments: list[ir.Value]
    ) -> ir.Value:
        pointer = _data(context, builder, array, arguments[0])
        mask_value, trips_value = arguments[1:3]
        divisor = width.literal_value
        emit_reads(builder, _target(context), pointer, mask_value, trips_value, divisor=divisor)
        return context.get_dummy_value()

    return types.void(array, mask, trips, width), generate


def _triad_loop(
    _: NumbaObject,
    arrays: NumbaObject,
    factor: NumbaObject,
    mask: NumbaObject,
    trips: NumbaObject,
    width: NumbaObject,
) -> Intrinsic:
    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, arguments: list[ir.Value]
    ) -> ir.Value:
        pointers = [
            _data(context, builder, kind, builder.extract_value(arguments[0], place))
            for place, kind in enumerate(arrays)
        ]
        emit_triad(
            builder,
            _target(context),
            pointers,
            factor=arguments[1],
            mask=arguments[2],
            trips=arguments[3],
            divisor=width.literal_value,
        )
        return context.get_dummy_value()

    return types.void(arrays, factor, mask, trips, width), generate


def _chain_loop(
    _: NumbaObject, first: NumbaObject, step: NumbaObject, trips: NumbaObject
) -> Intrinsic:
    def generate(
        _: NumbaObject, builder: ir.IRBuilder, __: NumbaObject, arguments: list[ir.Value]
    ) -> ir.Value:
        return emit_chain(builder, *arguments)

    return types.int64(first, step, trips), generate


def _vector_shape(_: NumbaObject) -> Intrinsic:
    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, __: list[ir.Value]
    ) -> ir.Value:
        target = _target(context)
        shape = (target.vector_bytes, target.accumulators, int(target.adds_pairs))
        return context.make_tuple(builder, _SHAPE, [INDEX(number) for number in shape])

    return _SHAPE(), generate


add_loop: Any = intrinsic(_add_loop)
"""``add_loop(operands, trips)`` adds ``operands[1]`` to all accumulators."""

multiply_add_loop: Any = intrinsic(_multiply_add_loop)
"""``multiply_add_loop(operands, trips)`` adds ``operands[0] * operands[1]`` to all of them."""

read_loop: Any = intrinsic(prefer_literal=True)(_read_loop)
"""``read_loop(array, mask, trips, width)`` loads an array again and again; width is a literal."""

triad_loop: Any = intrinsic(prefer_literal=True)(_triad_loop)
"""``triad_loop((a, b, c), factor, mask, trips, width)`` computes ``a = b + factor * c``."""

chain_loop: Any = intrinsic(_chain_loop)
"""``chain_loop(first, step, trips)`` returns the last value of a chain of exclusive-ors."""

vector_shape: Any = intrinsic(_vector_shape)
"""``vector_shape()`` returns bytes of a register, accumulators, and whether int16 add in pairs."""
