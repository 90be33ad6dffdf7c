"""Timing what is called from Python: a numpy expression, a C function through ctypes.

Each repetition pays the interpreter's way into the call, some 50 ns to a few microseconds. That is
what a caller in Python pays, so it is part of the result and not subtracted; a kernel that is
called from compiled code belongs in ``timed_loop``.
"""

from collections.abc import Callable
from time import perf_counter_ns


def python_batch(call: Callable[[], object]) -> "PythonLoop":
    """Return the batch function of something that only Python can call.

    Parameters
    ----------
    call : callable
        The work of one repetition, without arguments; its result is kept until the next one.

    Returns
    -------
    PythonLoop
        To be a ``Variant``'s ``batch``.
    """
    return PythonLoop(call)


class PythonLoop:
    """A Python loop around a call, between two readings of ``time.perf_counter_ns``."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call

    def __call__(self, inner: int) -> int:
        """Return the nanoseconds of ``inner`` calls, the interpreter's share included."""
        return _elapsed(self._call, inner)

    def empty(self, inner: int) -> int:
        """Return the nanoseconds of ``inner`` calls of a Python function that does nothing."""
        return _elapsed(_nothing, inner)


def _nothing() -> None:
    return None


def _elapsed(call: Callable[[], object], inner: int) -> int:
    result = None
    start = perf_counter_ns()
    for _ in range(inner):
        result = call()
    elapsed = perf_counter_ns() - start
    del result  # after the clock was read: freeing the last result is no repetition's work
    return elapsed
