"""Rows that belong together, found by sorting once."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def grouped(
    keys: NDArray[np.integer[Any]], lowest: int | None = None
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Give each distinct key with its rows.

    Parameters
    ----------
    keys : ndarray of int, shape (n,)
        The keys.
    lowest : int, optional
        Rows with a smaller key are left out.

    Yields
    ------
    key : int
        In ascending order.
    rows : ndarray of int64
        The rows that have it, ascending.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    begin = 0 if lowest is None else int(np.searchsorted(ordered, lowest))
    bounds = np.flatnonzero(np.diff(ordered[begin:])) + begin + 1
    for end in [*bounds.tolist(), order.size]:
        if begin < end:
            yield int(ordered[begin]), order[begin:end]
        begin = end
