"""A barrier for one value: the optimiser may neither reorder nor vectorise across it.

It keeps a loop as it was written without switching the vectoriser off for the whole process. The
inline assembly is empty, so no instruction is added and no assembler is needed; it has no side
effect and no memory clobber, so loads may still be scheduled and folded into the addition.
"""

import platform
from collections.abc import Callable
from typing import Any, TypeVar

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Number = TypeVar("Number", int, float)

_FLOAT_REGISTER = "w" if platform.machine() in {"aarch64", "arm64"} else "x"


def _barrier(
    _typing_context: Any,  # noqa: ANN401  # numba's own context objects carry no types
    value: types.Type,
) -> tuple[Any, Callable[..., ir.Instruction]]:
    def generate(
        _context: Any,  # noqa: ANN401
        builder: ir.IRBuilder,
        _signature: Any,  # noqa: ANN401
        arguments: list[ir.Value],
    ) -> ir.Instruction:
        kind = arguments[0].type
        register = _FLOAT_REGISTER if isinstance(value, types.Float) else "r"
        return builder.asm(
            ir.FunctionType(kind, [kind]), "", f"={register},0", arguments, side_effect=False
        )

    return value(value), generate


ordered = intrinsic(_barrier)
"""``ordered(value)`` inside compiled code returns ``value``, a number, unchanged."""
