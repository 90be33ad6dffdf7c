"""Calls that stay calls.

The optimiser puts small functions into their callers. A rare case that ends up there takes
registers and stack from the common one, which then saves them on every call; for a kernel of a few
nanoseconds that is a third of its time.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic


def _out_of_line(
    _: Any,  # noqa: ANN401  # numba's own objects carry no types
    kernel: Any,  # noqa: ANN401
    out: Any,  # noqa: ANN401
    values: Any,  # noqa: ANN401
    count: Any,  # noqa: ANN401
) -> tuple[Any, Callable[..., ir.Value]]:
    if not isinstance(kernel, types.Dispatcher):
        raise TypingError(f"a compiled kernel is called out of line, not {kernel}")
    dispatcher = kernel.dispatcher
    dispatcher.compile((out, values, count))
    compiled = dispatcher.overloads[out, values, count]
    if compiled.signature.return_type != types.none:
        raise TypingError(f"a kernel called out of line returns nothing: {kernel}")

    def generate(
        context: Any,  # noqa: ANN401
        builder: ir.IRBuilder,
        _signature: Any,  # noqa: ANN401
        arguments: list[ir.Value],
    ) -> ir.Value:
        context.active_code_library.add_linking_library(compiled.library)
        function = context.declare_function(builder.module, compiled.fndesc)
        types_ = compiled.signature.args
        context.call_conv.call_function(
            builder, function, types.none, types_, arguments[1:], attrs=("noinline",)
        )
        return context.get_dummy_value()

    return types.none(kernel, out, values, count), generate


out_of_line: Any = intrinsic(_out_of_line)
"""``out_of_line(kernel, out, values, count)``: ``kernel(out, values, count)``, never inlined.

The kernel is a compiled function that raises and returns nothing."""
