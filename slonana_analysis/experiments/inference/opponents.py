"""Who the kernels are compared with: C as the compiler makes it, C by hand, and NumPy."""

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.python_loop import python_batch
from slonana_analysis.measure.subject import Variant
from slonana_analysis.model.observation import observed
from slonana_analysis.native.calls import companion_library
from slonana_analysis.native.companions import companion

C_NAME = "C, -O3 -march=native"
PLAIN_NAME = "C, -O3"
AVX2_NAME = "C, AVX2 by hand"
NUMBA_NAME = "numba"
NUMPY_NAME = "NumPy, a call per row"


@observed()
def missing_c() -> str:
    """Return why the C kernels cannot be had here; empty where they can."""
    try:
        companion_library()
    except UnavailableError as error:
        return str(error)
    return ""


@observed()
def missing_avx2() -> str:
    """Return why the kernels by hand cannot be had here; empty where they can."""
    try:
        companion("avx2", "dense")
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
