"""Compiles functions that work on arrays of their caller without counting references to them."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])


def uncounted(function: _Function) -> _Function:
    """Compile a function that neither makes nor frees an array.

    Counting references to the arrays that such functions hand on from line to line, which they
    only borrow, takes half of a reader's time. numba refuses to compile what would need it.

    Parameters
    ----------
    function : callable
        Python function.

    Returns
    -------
    callable
        The function in machine code, kept on disk.
    """
    # An option of numba's (numba/core/options.py) that its stubs do not list.
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    return cast(_Function, njit(**options)(function))
