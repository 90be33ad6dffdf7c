"""Staying on one processor for the length of a block, without keeping the process there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from slonana_analysis.measure.placement import stay_on_this_cpu


@contextmanager
def pinned() -> Iterator[int]:
    """Keep the calling thread on the processor it runs on; let it go when the block ends.

    Yields
    ------
    int
        The processor; -1 where threads cannot be pinned.
    """
    if not hasattr(os, "sched_getaffinity"):
        yield -1
        return
    allowed = os.sched_getaffinity(0)
    try:
        yield stay_on_this_cpu()
    finally:
        os.sched_setaffinity(0, allowed)
