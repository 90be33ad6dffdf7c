"""The clock of every measurement: libc's ``clock_gettime``, called by compiled code itself.

The call is an external symbol in LLVM's eyes, so functions that use it can still be cached on
disk, and its cost is that of the kernel's vDSO (about 30 ns) instead of the microsecond that going
through Python takes. Nothing may be moved across it: LLVM knows nothing of what it does.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from slonana_analysis.measure.targets import monotonic_clock_id

_emit: Any = cgutils  # numba ships types for some of its modules, not for this one
_INT32, _INT64 = ir.IntType(32), ir.IntType(64)
# struct timespec of every 64-bit Linux and of macOS: seconds, nanoseconds.
_TIMESPEC = ir.LiteralStructType([_INT64, _INT64])
_NANOSECONDS = 1_000_000_000


def emit_clock_read(builder: ir.IRBuilder) -> ir.Value:
    """Emit a reading of the monotonic clock.

    Parameters
    ----------
    builder : IRBuilder
        Placed where the clock shall be read; the module's triple decides the clock's number.

    Returns
    -------
    Value
        int64, nanoseconds since an arbitrary moment.
    """
    identifier = monotonic_clock_id(builder.module.triple)
    place = _emit.alloca_once(builder, _TIMESPEC)
    clock_gettime = _emit.get_or_insert_function(
        builder.module, ir.FunctionType(_INT32, [_INT32, place.type]), "clock_gettime"
    )
    # The result is not looked at: with a valid clock and a valid address it cannot fail.
    builder.call(clock_gettime, [_INT32(identifier), place])
    seconds, nanoseconds = (
        builder.load(builder.gep(place, [_INT32(0), _INT32(field)], inbounds=True))
        for field in (0, 1)
    )
    return builder.add(builder.mul(seconds, _INT64(_NANOSECONDS)), nanoseconds)


def _clock_ns(
    _typing_context: Any,  # noqa: ANN401  # numba's own context objects carry no types
) -> tuple[Any, Callable[..., ir.Value]]:
    def generate(
        _context: Any,  # noqa: ANN401
        builder: ir.IRBuilder,
        _signature: Any,  # noqa: ANN401
        _arguments: object,
    ) -> ir.Value:
        return emit_clock_read(builder)

    return types.int64(), generate


clock_ns: Any = intrinsic(_clock_ns)
"""``clock_ns()`` inside compiled code returns the monotonic clock as int64 nanoseconds."""


@numba.njit(cache=True, nogil=True)
def read_clock(readings: NDArray[np.int64]) -> None:
    """Fill ``readings`` with consecutive readings of the clock.

    Parameters
    ----------
    readings : ndarray of int64, shape (n,), nanoseconds
        Overwritten.
    """
    for index in range(readings.size):
        readings[index] = clock_ns()


def smallest_step_ns(readings: NDArray[np.int64]) -> int:
    """Return the smallest positive difference of consecutive readings.

    Parameters
    ----------
    readings : ndarray of int64, shape (n,), nanoseconds
        Readings in the order they were made.

    Returns
    -------
    int
        Nanoseconds; 0 when the clock never moved.
    """
    steps = np.diff(readings)
    forward = steps[steps > 0]
    return int(forward.min()) if forward.size else 0


def observed_step_ns(count: int = 20_000) -> int:
    """Return the smallest positive step seen between consecutive readings of the clock.

    What is observed, not what is promised: a clock that counts 0.4 ns ticks may well move in
    steps of 10 ns, and a single reading is never better than that step.

    Parameters
    ----------
    count : int
        Readings to make, about 30 ns each.

    Returns
    -------
    int
        Nanoseconds.
    """
    readings = np.empty(count, np.int64)
    read_clock(readings)
    return smallest_step_ns(readings)
