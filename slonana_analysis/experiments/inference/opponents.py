"""Who the kernels are compared with: the same arithmetic in C, and NumPy called row by row."""

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.python_loop import python_batch
from slonana_analysis.measure.subject import Variant
from slonana_analysis.model.observation import observed
from slonana_analysis.native import timed
from slonana_analysis.native.library import kernel_library

C_NAME = "C, -O3 -march=native"
NUMBA_NAME = "numba"
NUMPY_NAME = "NumPy, a call per row"


class TimedC:
    """A timed loop in C as the harness wants it, with C's own empty loop for the floor."""

    def __init__(self, batch: Callable[[int], int], inputs: NDArray[np.int32]) -> None:
        self._batch = batch
        self._inputs = inputs
        self._unused = np.zeros(1, np.int32)

    def __call__(self, inner: int) -> int:
        """Return the nanoseconds that ``inner`` repetitions take."""
        return self._batch(inner)

    def empty(self, inner: int) -> int:
        """Return the nanoseconds of ``inner`` repetitions of the loop around nothing."""
        return timed.time_empty(self._unused, self._inputs, inner)


def c_variant(
    batch: Callable[[int], int],
    inputs: NDArray[np.int32],
    output: Callable[[], NDArray[Any]],
    fastest: float,
    operations: float = 0.0,
) -> tuple[Variant, ...]:
    """Return the C variant of a case, or nothing where no C can be compiled.

    Parameters
    ----------
    batch : callable
        ``batch(inner)``: nanoseconds, from ``native.timed``.
    inputs : ndarray of int32, shape (n_inputs, width)
        What the loop walks through.
    output : callable
        What C computes over all inputs.
    fastest : float
        Nanoseconds that no implementation can beat here.
    operations : float
        Scalar operations that a repetition cannot do without.

    Returns
    -------
    tuple of Variant
        One or none.
    """
    if missing_c():
        return ()
    return (Variant(C_NAME, TimedC(batch, inputs), output, fastest, operations),)


@observed()
def missing_c() -> str:
    """Return why the C kernels cannot be had here; empty where they can."""
    try:
        kernel_library()
    except UnavailableError as error:
        return str(error)
    return ""


def numpy_variant(
    call: Callable[[NDArray[np.int32]], NDArray[Any]], inputs: NDArray[np.int32]
) -> Variant:
    """Return the variant that calls NumPy once for each row, as a straight port would.

    Parameters
    ----------
    call : callable
        From one row of inputs to its result.
    inputs : ndarray of int32, shape (n_inputs, width)
        Taken in turn, without end.

    Returns
    -------
    Variant
        Its time holds what the interpreter takes to get into NumPy; no roof applies to that.
    """
    turn: Iterator[NDArray[np.int32]] = cycle(inputs)
    return Variant(
        NUMPY_NAME,
        python_batch(lambda: call(next(turn))),
        lambda: np.stack([call(row) for row in inputs]),
    )
