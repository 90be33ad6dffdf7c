"""From a function that emits LLVM instructions to one that numba can call.

A numba intrinsic is two nested functions full of arguments that hardly any instruction needs. Here
an instruction is a typing rule and an emitter, and nothing else.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from llvmlite import ir
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from slonana_analysis.simd.vectors import NumbaObject, Vector

Emit: TypeAlias = Callable[[ir.IRBuilder, Vector, list[ir.Value]], ir.Value]
Rule: TypeAlias = Callable[[Vector], NumbaObject]

X86 = "x86_64"
_cgutils: Any = cgutils


def is_x86(builder: ir.IRBuilder) -> bool:
    """Return whether the code is for x86-64."""
    return str(builder.module.triple).startswith(X86)


def require_vector(kind: NumbaObject, name: str) -> Vector:
    """Return ``kind``, or raise numba's TypingError where it is no vector."""
    if not isinstance(kind, Vector):
        raise TypingError(f"{name} takes vectors, not {kind}")
    return kind


def call(builder: ir.IRBuilder, name: str, result: ir.Type, arguments: list[ir.Value]) -> ir.Value:
    """Emit a call of an LLVM intrinsic by its name."""
    kind = ir.FunctionType(result, [each.type for each in arguments])
    function = _cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.call(function, arguments)


def unary(name: str, emit: Emit, result: Rule) -> Any:  # noqa: ANN401  # an intrinsic
    """Return a function of one vector.

    Parameters
    ----------
    name : str
        Of the function, for messages.
    emit : callable
        ``emit(builder, vector_type, [value])``.
    result : callable
        From the vector's type to the result's; it may raise TypingError.

    Returns
    -------
    numba intrinsic
    """

    def typed(_: NumbaObject, a: NumbaObject) -> NumbaObject:
        vector = require_vector(a, name)

        def generate(
            _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
        ) -> ir.Value:
            return emit(builder, vector, values)

        return result(vector)(a), generate

    return _named(typed, name)


def binary(name: str, emit: Emit, result: Rule) -> Any:  # noqa: ANN401
    """Return a function of two vectors of the same type; parameters as for `unary`."""

    def typed(_: NumbaObject, a: NumbaObject, b: NumbaObject) -> NumbaObject:
        vector = require_vector(a, name)
        _require_same(vector, b, name)

        def generate(
            _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
        ) -> ir.Value:
            return emit(builder, vector, values)

        return result(vector)(a, b), generate

    return _named(typed, name)


def ternary(name: str, emit: Emit, first: Rule, result: Rule) -> Any:  # noqa: ANN401
    """Return a function of three vectors, the last two of one type.

    ``first`` gives the type of the first from that of the others; the rest is as for `unary`.
    """

    def typed(_: NumbaObject, a: NumbaObject, b: NumbaObject, c: NumbaObject) -> NumbaObject:
        vector = require_vector(b, name)
        _require_same(vector, c, name)
        _require_same(first(vector), a, name)

        def generate(
            _context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
        ) -> ir.Value:
            return emit(builder, vector, values)

        return result(vector)(a, b, c), generate

    return _named(typed, name)


def _named(typed: Callable[..., NumbaObject], name: str) -> Any:  # noqa: ANN401
    typed.__name__ = typed.__qualname__ = name
    return intrinsic(typed)


def _require_same(wanted: Vector, given: NumbaObject, name: str) -> None:
    if given != wanted:
        raise TypingError(f"{name} takes {wanted} here, not {given}")


def same(vector: Vector) -> Vector:
    """Return the type itself: the rule of most instructions."""
    return vector


def splatted(builder: ir.IRBuilder, kind: ir.VectorType, scalar: ir.Value) -> ir.Value:
    """Emit a vector of ``kind`` with ``scalar`` in every lane."""
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
    return shuffled(builder, (first, undefined), [0] * kind.count)


def shuffled(
    builder: ir.IRBuilder, operands: Sequence[ir.Value], indices: Sequence[int]
) -> ir.Value:
    """Emit the lanes ``indices`` of two vectors, numbered one after the other."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(indices)), list(indices))
    return builder.shuffle_vector(*operands, mask)


def constant(vector: Vector, value: int) -> ir.Constant:
    """Return an integer vector with ``value`` in every lane."""
    return ir.Constant(vector.llvm, [value] * vector.lanes)
