"""Which thread each sample is of, by the name that the thread had at that time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.perf_data_file.grouping import grouped

_LAST_MOMENT = (1 << 63) - 1


def thread_rows(
    names: dict[int, list[tuple[int, str]]],
    identity: tuple[NDArray[np.int32], NDArray[np.int32]],
    time: NDArray[np.int64],
) -> tuple[NDArray[np.int32], Sequence[tuple[int, int, str]]]:
    """Return the thread of each sample, and the distinct threads with their names.

    Parameters
    ----------
    names : dict of int to list of (int, str)
        By thread: its names, with the moment of each, in order.
    identity : tuple of ndarray of int32, shape (n_samples,)
        Process and thread of each sample.
    time : ndarray of int64, shape (n_samples,)
        Its time.

    Returns
    -------
    rows : ndarray of int32, shape (n_samples,)
        Index into the sequence.
    threads : sequence of (int, int, str)
        Process, thread, name. A thread that nobody named is called ``:id``, as perf does.
    """
    process, thread = identity
    rows = np.zeros(process.size, np.int32)
    threads: dict[tuple[int, int, str], int] = {}
    pairs = process.astype(np.int64) << 32 | thread.view(np.uint32)
    for pair, mine in grouped(pairs):
        pid, tid = pair >> 32, int(np.uint32(pair & 0xFFFFFFFF).view(np.int32))
        named = names.get(tid, [])
        moments = np.array([min(moment, _LAST_MOMENT) for moment, _ in named], np.int64)
        at = np.searchsorted(moments, time[mine], side="right")
        used, which = np.unique(at, return_inverse=True)
        called = [named[place - 1][1] if place else _unnamed(pid, tid) for place in used.tolist()]
        own = [threads.setdefault((pid, tid, name), len(threads)) for name in called]
        rows[mine] = np.array(own, np.int32)[which]
    return rows, list(threads)


def _unnamed(process: int, thread: int) -> str:
    return "swapper" if process == 0 and thread == 0 else f":{thread}"
