"""Equal bins of time."""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError


def bin_edges(time_ns: NDArray[np.int64], bins: int) -> NDArray[np.int64]:
    """Return the edges of equal bins that hold all times.

    Parameters
    ----------
    time_ns : ndarray of int64, shape (n,)
        At least one time, ns.
    bins : int
        How many bins.

    Returns
    -------
    ndarray of int64, shape (bins + 1,)
        A bin begins with its edge and ends before the next; the last time is in the last bin.

    Raises
    ------
    UsageError
        If ``bins`` is less than one.
    """
    if bins < 1:
        raise UsageError("a view over time needs at least one bin")
    start, span = int(time_ns.min()), int(time_ns.max()) - int(time_ns.min()) + 1
    return start + np.array([span * edge // bins for edge in range(bins + 1)], np.int64)
