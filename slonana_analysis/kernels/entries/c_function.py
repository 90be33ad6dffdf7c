"""From a compiled kernel to a C function, without what stands between the two in numba's own.

``numba.cfunc`` makes a function that calls the compiled one and turns exceptions into messages.
That call may not be inlined, and costs more than the smallest kernels take. The function made here
has the kernel in itself; kernels raise nothing.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

_pointer_to: Any = types.CPointer
_WORDS = _pointer_to(types.int32)
_ARGUMENTS = (_WORDS, _WORDS, _WORDS)
_RESULT = types.uint64


def _c_function(
    _: Any,  # noqa: ANN401  # numba's own objects carry no types
    kernel: Any,  # noqa: ANN401
) -> tuple[Any, Callable[..., ir.Value]]:
    if not isinstance(kernel, types.Dispatcher):
        raise TypingError(f"a C function is made of a compiled kernel, not of {kernel}")
    dispatcher = kernel.dispatcher
    dispatcher.compile(_ARGUMENTS)
    compiled = dispatcher.overloads[_ARGUMENTS]
    if compiled.signature.return_type != _RESULT:
        raise TypingError(f"an entry returns uint64, not {compiled.signature.return_type}")

    def generate(
        context: Any,  # noqa: ANN401
        builder: ir.IRBuilder,
        _signature: Any,  # noqa: ANN401
        _arguments: list[ir.Value],
    ) -> ir.Value:
        context.active_code_library.add_linking_library(compiled.library)
        word = ir.IntType(32).as_pointer()
        shape = ir.FunctionType(ir.IntType(64), [word, word, word])
        function = ir.Function(builder.module, shape, f"entry.{compiled.fndesc.mangled_name}")
        function.linkage = "internal"
        body = ir.IRBuilder(function.append_basic_block())
        _status, code = context.call_internal_no_propagate(
            body, compiled.fndesc, compiled.signature, function.args
        )
        body.ret(code)
        return builder.ptrtoint(function, ir.IntType(64))

    return types.int64(kernel), generate


c_function: Any = intrinsic(_c_function)
"""``c_function(kernel)``: its address as a C function, for compiled code to ask for.

In C: ``uint64_t kernel(int32_t *out, const int32_t *input, const int32_t *model)``. The address is
valid as long as the function that asked for it lives; at the top level of a module, for good.
"""
