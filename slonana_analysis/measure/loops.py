"""From a compiled kernel to the ``batch`` that the harness calls.

The loop lives in a generated module, so that it is compiled once per machine and not once per
process. In every repetition it hands all arrays to a sink (nothing that depends on them can be
hoisted out, no output is ever dead), passes scalars through an opaque register, and keeps the
result.

Two freedoms are left to the optimiser, which it also has in a C++ program. It may inline the
kernel, or call it at a cost of a nanosecond or two: variants that must not differ in this ask for
``numba.njit(forceinline=True)``. And it may decide outside the loop what depends on nothing but the
lengths of arrays, since those are the same in every repetition.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.generated import module_from_source
from slonana_analysis.measure.loop_source import (
    LoopSource,
    Role,
    empty_loop_source,
    kernel_loop_source,
)


class TimedLoop:
    """A compiled loop around a kernel, and the same loop around nothing.

    Attributes
    ----------
    name : str
        Name of the kernel's generated module.
    roles : tuple of Role
        Role of each argument.
    batch, empty : numba dispatchers
        ``batch(inner, first, *arguments) -> int``: nanoseconds of ``inner`` repetitions, the
        rotating arguments starting at row ``first``.
    kernel : numba dispatcher
        What is repeated.
    """

    def __init__(self, kernel: LoopSource, empty: LoopSource, roles: Sequence[Role]) -> None:
        self.name = kernel.name
        self.roles = tuple(roles)
        repeated: Any = module_from_source(kernel.name, kernel.text)
        self.batch: Any = repeated.batch
        self.kernel: Any = repeated.kernel
        self.empty: Any = module_from_source(empty.name, empty.text).batch


def timed_loop(kernel: Any, roles: Sequence[Role]) -> TimedLoop:  # noqa: ANN401
    """Return the timed loop of a kernel.

    Parameters
    ----------
    kernel : numba dispatcher
        At the top level of an importable module, or of one made by ``module_from_source``. It may
        return nothing, a number, an array or a tuple of these.
    roles : sequence of {"out", "rotate", "shared", "scalar"}
        One per argument. ``shared``: the same array in every repetition. ``out``: likewise, and
        the kernel writes it. ``rotate``: an array with a leading axis, a power of two long;
        repetition ``k`` gets row ``k`` modulo that length, which costs about a cycle. ``scalar``:
        a number the optimiser may not know.

    Returns
    -------
    TimedLoop
        To be bound to arrays with ``bind``.

    Raises
    ------
    UsageError
        If a role is unknown, their number is wrong, or a fresh process could not import the
        kernel.
    """
    return TimedLoop(kernel_loop_source(kernel, roles), empty_loop_source(roles), roles)


class BoundLoop:
    """A timed loop with its arguments; ``loop(inner)`` returns nanoseconds.

    Rotation goes on from batch to batch: with more rows than repetitions in a batch, all rows are
    used all the same, and no branch predictor gets to learn the first few by heart.
    """

    def __init__(self, loop: TimedLoop, arguments: tuple[Any, ...]) -> None:
        self._loop = loop
        self._arguments = arguments
        self._first = 0

    def __call__(self, inner: int) -> int:
        """Return the nanoseconds that ``inner`` repetitions take."""
        elapsed = self._loop.batch(inner, self._first, *self._arguments)
        self._first += inner
        return int(elapsed)

    @property
    def period(self) -> int:
        """Repetitions after which the same rows come round again; 1 where nothing rotates."""
        return max((len(each) for role, each in self.bound if role == "rotate"), default=1)

    def on(self, *arguments: NDArray[Any] | float) -> "BoundLoop":
        """Return the same loop on other arguments, as ``bind`` does."""
        return bind(self._loop, *arguments)

    @property
    def kernel(self) -> Any:  # noqa: ANN401  # numba's dispatchers carry no types
        """The kernel that is repeated."""
        return self._loop.kernel

    @property
    def bound(self) -> tuple[tuple[Role, Any], ...]:
        """Each argument after its role."""
        return tuple(zip(self._loop.roles, self._arguments, strict=True))

    def empty(self, inner: int) -> int:
        """Return the nanoseconds of ``inner`` repetitions of the loop around nothing."""
        return int(self._loop.empty(inner, 0, *self._arguments))

    def warm(self) -> None:
        """Compile both loops, or load them from the cache, without timing anything."""
        self(1)
        self.empty(1)


def bind(loop: TimedLoop, *arguments: NDArray[Any] | float) -> BoundLoop:
    """Return the batch function of a variant.

    Parameters
    ----------
    loop : TimedLoop
        From ``timed_loop``.
    *arguments : ndarray or number
        What the kernel is called with, in its order; arrays are not copied.

    Returns
    -------
    BoundLoop
        To be a ``Variant``'s ``batch``. The first call compiles.

    Raises
    ------
    UsageError
        If an argument does not suit its role.
    """
    if len(arguments) != len(loop.roles):
        raise UsageError(
            f"{loop.name} is bound to {len(loop.roles)} arguments, not {len(arguments)}"
        )
    for position, (role, argument) in enumerate(zip(loop.roles, arguments, strict=True)):
        if complaint := _unsuited(role, argument):
            raise UsageError(f"argument {position} of {loop.name} {complaint}")
    return BoundLoop(loop, arguments)


def _unsuited(role: Role, argument: object) -> str:
    """Why ``argument`` cannot play ``role``; empty when it can."""
    if role == "scalar":
        return "is an array; its role must not be scalar" if np.ndim(argument) else ""  # type: ignore[arg-type]  # any object has a dimension to numpy
    if not isinstance(argument, np.ndarray):
        return f"is a {type(argument).__name__}; a '{role}' argument must be an array"
    if role == "out" and not argument.flags.writeable:
        return "is read-only; an output must be writable"
    if role == "rotate":
        return _unsuited_rotation(argument)
    return ""


def _unsuited_rotation(argument: NDArray[Any]) -> str:
    rows = len(argument) if argument.ndim else 0
    if rows == 0 or rows & (rows - 1):
        return f"has {rows} rows; rotation needs a power of two"
    return "" if argument.flags.c_contiguous else "is not C-contiguous; its rows cannot rotate"
