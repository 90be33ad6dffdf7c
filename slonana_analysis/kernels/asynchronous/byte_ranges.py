"""Bytes compared and copied inside compiled code, as fast as libc does it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic
from numpy.typing import NDArray

_emit: Any = cgutils  # numba ships types for some of its modules, not for this one
_SIZE = ir.IntType(64)
_INT = ir.IntType(32)


def _compare(
    _typing_context: Any,  # noqa: ANN401  # numba's own context objects carry no types
    first: types.Type,
    second: types.Type,
    _size: types.Type,
) -> tuple[Any, Callable[..., ir.Value]]:
    for each in (first, second):
        if not (isinstance(each, types.Array) and each.dtype == types.uint8):
            raise TypingError(f"bytes are compared, not {each}")

    def generate(
        context: Any,  # noqa: ANN401
        builder: ir.IRBuilder,
        _signature: Any,  # noqa: ANN401
        arguments: list[ir.Value],
    ) -> ir.Value:
        pointers = [
            context.make_array(kind)(context, builder, value).data
            for kind, value in zip((first, second), arguments, strict=False)
        ]
        kind = ir.FunctionType(_INT, [pointers[0].type, pointers[1].type, _SIZE])
        memcmp = _emit.get_or_insert_function(builder.module, kind, "memcmp")
        return builder.call(memcmp, [*pointers, arguments[2]])

    return types.int32(first, second, types.int64), generate


_memcmp: Any = intrinsic(_compare)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def differ(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> bool:
    """Return whether two arrays differ in length or in any byte.

    Parameters
    ----------
    first, second : ndarray of uint8, shape (n_bytes,)
        C-contiguous.

    Returns
    -------
    bool
    """
    return first.size != second.size or _memcmp(first, second, first.size) != 0


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def copy(target: NDArray[np.uint8], source: NDArray[np.uint8], count: int) -> None:
    """Copy the first bytes of an array to those of another that shares no memory with it.

    Parameters
    ----------
    target, source : ndarray of uint8, shape (n_bytes,)
        At least ``count`` bytes each. A loop, for numba's assignment of slices looks for overlaps
        first, which takes longer than a kilobyte does.
    count : int
        How many.
    """
    for place in range(count):
        target[place] = source[place]
