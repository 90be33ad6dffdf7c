"""Sinks against dead-code elimination: they cost no instruction and hide what happens to a value.

The inline assembly is empty. LLVM may not look inside, so it must assume that a sunk array is read
and overwritten there, and that an opaque value comes out changed; whatever computes or consumes
them stays where it is. An empty text needs no assembler, which matters because LLVM aborts the
process when it meets a non-empty one without its parser being set up.

References
----------
Carruth, C. (2015), Tuning C++: Benchmarks, and CPUs, and Compilers! Oh My!, CppCon: ``escape`` and
``clobber``.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from slonana_analysis.measure.targets import float_register

_NARROWEST = 32


def emit_pointer_sink(builder: ir.IRBuilder, pointer: ir.Value) -> None:
    """Emit an empty assembly that takes ``pointer`` and may read or write any memory."""
    kind = ir.FunctionType(ir.VoidType(), [pointer.type])
    builder.asm(kind, "", "r,~{memory}", [pointer], side_effect=True)


def emit_opaque(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """Emit an empty assembly that ``value`` passes through.

    Parameters
    ----------
    builder : IRBuilder
        Placed where the value shall be hidden.
    value : Value
        Integer of any width up to 64 bits, float or double.

    Returns
    -------
    Value
        Of the same type, unknown to the optimiser.
    """
    if isinstance(value.type, ir.IntType) and value.type.width < _NARROWEST:
        # No register holds a single bit, and on Arm none holds a single byte.
        wide = builder.zext(value, ir.IntType(_NARROWEST))
        return builder.trunc(emit_opaque(builder, wide), value.type)
    integer = isinstance(value.type, ir.IntType)
    register = "r" if integer else float_register(builder.module.triple)
    kind = ir.FunctionType(value.type, [value.type])
    return builder.asm(kind, "", f"={register},0", [value], side_effect=True)


def _is_number(kind: types.Type) -> bool:
    return isinstance(kind, (types.Boolean, types.Integer)) or kind in (
        types.float32,
        types.float64,
    )


def _is_tuple(kind: types.Type) -> bool:
    return isinstance(kind, types.BaseTuple)


def _sink_pointer(
    _typing_context: Any,  # noqa: ANN401  # numba's own context objects carry no types
    array: types.Type,
) -> tuple[Any, Callable[..., ir.Value]]:
    if not isinstance(array, types.Array):
        raise TypingError(f"sink_pointer takes an array, not {array}; use opaque for a number")

    def generate(
        context: Any,  # noqa: ANN401
        builder: ir.IRBuilder,
        _signature: Any,  # noqa: ANN401
        arguments: list[ir.Value],
    ) -> ir.Value:
        _sink_value(context, builder, array, arguments[0])
        return context.get_dummy_value()

    return types.void(array), generate


def _opaque(
    _typing_context: Any,  # noqa: ANN401
    value: types.Type,
) -> tuple[Any, Callable[..., ir.Value]]:
    if not _is_number(value):
        raise TypingError(f"opaque takes an integer, a boolean or a float32/64, not {value}")

    def generate(
        _context: Any,  # noqa: ANN401
        builder: ir.IRBuilder,
        _signature: Any,  # noqa: ANN401
        arguments: list[ir.Value],
    ) -> ir.Value:
        return emit_opaque(builder, arguments[0])

    return value(value), generate


def _keep(
    _typing_context: Any,  # noqa: ANN401
    value: types.Type,
) -> tuple[Any, Callable[..., ir.Value]]:
    _require_keepable(value)

    def generate(
        context: Any,  # noqa: ANN401
        builder: ir.IRBuilder,
        _signature: Any,  # noqa: ANN401
        arguments: list[ir.Value],
    ) -> ir.Value:
        _sink_value(context, builder, value, arguments[0])
        return context.get_dummy_value()

    return types.void(value), generate


def _require_keepable(kind: Any) -> None:  # noqa: ANN401
    if _is_tuple(kind):
        for part in kind:
            _require_keepable(part)
    elif not (kind is types.none or _is_number(kind) or isinstance(kind, types.Array)):
        raise TypingError(
            f"a timed kernel may return nothing, a number, an array or a tuple of these, not {kind}"
        )


def _sink_value(
    context: Any,  # noqa: ANN401
    builder: ir.IRBuilder,
    kind: Any,  # noqa: ANN401
    value: ir.Value,
) -> None:
    if _is_tuple(kind):
        for index, part in enumerate(kind):
            _sink_value(context, builder, part, builder.extract_value(value, index))
    elif isinstance(kind, types.Array):
        emit_pointer_sink(builder, context.make_array(kind)(context, builder, value).data)
    elif kind is not types.none:
        emit_opaque(builder, value)


sink_pointer: Any = intrinsic(_sink_pointer)
"""``sink_pointer(array)`` pretends to read and to overwrite an array's elements."""

opaque: Any = intrinsic(_opaque)
"""``opaque(number)`` returns the number as if it came from outside."""

keep: Any = intrinsic(_keep)
"""``keep(value)`` pretends to use a kernel's result: nothing, number, array or tuple of these."""
