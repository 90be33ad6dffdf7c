"""What the harness times: variants of one piece of work, grouped into cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class HasEmptyLoop(Protocol):
    """A batch function that can also time its own loop around nothing.

    ``bind`` and ``python_batch`` return such functions; for others the cost of the loop is unknown.
    """

    def empty(self, inner: int) -> int:
        """Return the nanoseconds of ``inner`` repetitions without the work."""


@dataclass(frozen=True)
class Variant:
    """One way to do the work.

    Attributes
    ----------
    name : str
        Short name, unique within its case.
    batch : callable
        ``batch(inner)`` repeats the work ``inner`` times in compiled code between two readings of
        the clock and returns the elapsed nanoseconds as an int. Inputs vary from repetition to
        repetition; results go to a sink.
    output : callable
        Returns what the work computes over all of the case's inputs, as an array; compared with
        the baseline's before anything is timed.
    minimum_ns : float
        Time of one repetition that no implementation can beat on this machine, from its roofs;
        0 where no roof applies.
    operations : float
        Scalar operations that one repetition cannot do without; 0 where nothing is declared.
    """

    name: str
    batch: Callable[[int], int]
    output: Callable[[], NDArray[Any]]
    minimum_ns: float = 0.0
    operations: float = 0.0


@dataclass(frozen=True)
class Case:
    """Variants that must compute the same; the first is the baseline.

    Attributes
    ----------
    experiment : str
        Experiment name.
    parameters : mapping
        What distinguishes this case from its siblings; JSON values.
    variants : tuple of Variant
        At least one.
    tolerance : float
        Largest relative difference from the baseline's output that still counts as the same;
        0 asks for identical bits. Floating-point sums in another order need more than 0.
    """

    experiment: str
    parameters: Mapping[str, object]
    variants: tuple[Variant, ...]
    tolerance: float = 0.0


def outputs_agree(reference: NDArray[Any], candidate: NDArray[Any], tolerance: float) -> bool:
    """Return whether two outputs are the same within ``tolerance``.

    Parameters
    ----------
    reference, candidate : ndarray
        Any shape and dtype; shapes must be equal for agreement.
    tolerance : float
        Relative to the largest magnitude in ``reference``; 0 compares exactly.

    Returns
    -------
    bool
        True when they agree.
    """
    if reference.shape != candidate.shape:
        return False
    if tolerance == 0.0:
        return bool(np.array_equal(reference, candidate))
    # In float64, for a difference of unsigned integers would wrap.
    wanted, given = reference.astype(np.float64), candidate.astype(np.float64)
    scale = float(np.max(np.abs(wanted), initial=0.0))
    worst = float(np.max(np.abs(wanted - given), initial=0.0))
    return worst <= tolerance * scale
