"""One row of a stack of arrays, as a view that costs an addition and no reference count."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

_emit: Any = cgutils  # numba ships types for some of its modules, not for this one


def _row(
    _typing_context: Any,  # noqa: ANN401  # numba's own context objects carry no types
    stack: types.Type,
    index: types.Type,
) -> tuple[Any, Callable[..., ir.Value]]:
    if not isinstance(stack, types.Array) or stack.layout != "C":
        raise TypingError(f"only the rows of a C-contiguous array can rotate, not of {stack}")
    if not isinstance(index, types.Integer):
        raise TypingError(f"a row is chosen by an integer, not by {index}")
    if stack.ndim == 1:
        return stack.dtype(stack, types.intp), _emit_element
    return stack.copy(ndim=stack.ndim - 1)(stack, types.intp), _emit_view


def _emit_element(
    context: Any,  # noqa: ANN401
    builder: ir.IRBuilder,
    signature: Any,  # noqa: ANN401
    arguments: list[ir.Value],
) -> ir.Value:
    kind = signature.args[0]
    stack = context.make_array(kind)(context, builder, arguments[0])
    return context.unpack_value(builder, kind.dtype, builder.gep(stack.data, [arguments[1]]))


def _emit_view(
    context: Any,  # noqa: ANN401
    builder: ir.IRBuilder,
    signature: Any,  # noqa: ANN401
    arguments: list[ir.Value],
) -> ir.Value:
    stack = context.make_array(signature.args[0])(context, builder, arguments[0])
    shape = _emit.unpack_tuple(builder, stack.shape)[1:]
    strides = _emit.unpack_tuple(builder, stack.strides)
    offset = builder.mul(strides[0], arguments[1])
    view = context.make_array(signature.return_type)(context, builder)
    view.data = _emit.pointer_add(builder, stack.data, offset, stack.data.type)
    view.shape = _emit.pack_array(builder, shape)
    view.strides = _emit.pack_array(builder, strides[1:])
    view.itemsize = stack.itemsize
    items = shape[0]
    for length in shape[1:]:
        items = builder.mul(items, length)
    view.nitems = items
    # Borrowed: the loop's argument keeps the memory alive, so the view need not.
    view.meminfo = ir.Constant(view.meminfo.type, None)
    view.parent = ir.Constant(view.parent.type, None)
    return view._getvalue()  # noqa: SLF001  # numba's own way to take a built structure


row: Any = intrinsic(_row)
"""``row(stack, index)``: like ``stack[index]``, unchecked; valid while ``stack`` is alive."""
