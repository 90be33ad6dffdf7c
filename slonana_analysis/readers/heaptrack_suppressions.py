"""Leaks that nobody wants to hear of: heaptrack's own list and the one a program brings along.

References
----------
LeakSanitizer's suppressions (its wiki page "AddressSanitizerLeakSanitizer");
``src/analyze/suppressions.cpp`` of heaptrack 1.4, whose list and rules these are.
"""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.heaptrack_records import (
    FRAMES,
    INFOS,
    POINTERS,
    TRACES,
    Records,
)

BUILT_IN = (
    "__nss_module_allocate",
    "__gconv_read_conf",
    "__new_exitfn",
    "tzset_internal",
    "dl_open_worker",
    "g_main_context_new",
    "g_thread_self",
)
_PREFIX = "leak:"
_SIGNS = frozenset("*^$")


def parse_suppression(line: str) -> str:
    """Return the pattern of a line ``leak:pattern``; empty for a comment or anything else."""
    text = line.strip()
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else ""


def matches(pattern: str, text: str) -> bool:
    """Return whether a text holds a pattern, in time linear in both.

    Parameters
    ----------
    pattern : str
        ``*`` stands for anything, ``^`` at the beginning and ``$`` at the end for those of the
        text.
    text : str
        Function, file or module.

    Returns
    -------
    bool
        An empty text holds nothing.
    """
    if pattern == text:
        return True
    anchored, ended = pattern.startswith("^"), pattern.endswith("$")
    parts = pattern.removeprefix("^").removesuffix("$").split("*")
    if not text or (anchored and not text.startswith(parts[0])):
        return False
    place = 0
    for part in parts[:-1] if ended else parts:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return not ended or (text.endswith(parts[-1]) and len(text) - len(parts[-1]) >= place)


def suppressed_infos(
    records: Records, texts: Sequence[str], patterns: Sequence[str]
) -> NDArray[np.bool_]:
    """Return which allocations are not to be called leaks.

    Parameters
    ----------
    records : Records
        A recording.
    texts : sequence of str
        Its strings.
    patterns : sequence of str
        As for ``matches``.

    Returns
    -------
    ndarray of bool, shape (n_infos,)
        True where a function, file or module anywhere on the stack matches.
    """
    state = records.state
    # String 0 is none.
    marked = np.zeros(len(texts) + 1, np.bool_)
    plain = [pattern for pattern in patterns if not _SIGNS.intersection(pattern)]
    other = [pattern for pattern in patterns if _SIGNS.intersection(pattern)]
    for place, text in enumerate(texts, start=1):
        marked[place] = any(pattern in text for pattern in plain) or any(
            matches(pattern, text) for pattern in other
        )
    stacks = records.stacks[: state[INFOS]]
    if not marked.any():
        return np.zeros(stacks.size, np.bool_)
    pointers, frames = records.pointers[: state[POINTERS]], records.frames[: state[FRAMES]]
    hit = marked[frames[:, 0]] | marked[frames[:, 1]]
    by_pointer = marked[pointers[:, 1]]
    by_pointer |= np.logical_or.reduceat(hit, pointers[:, 2]) if len(pointers) else False
    return _on_stacks(records.traces[: state[TRACES]], by_pointer)[stacks]


@njit(cache=True, nogil=True)
def _on_stacks(traces: NDArray[np.int32], by_pointer: NDArray[np.bool_]) -> NDArray[np.bool_]:
    marked = np.zeros(traces.shape[0] + 1, np.bool_)
    for trace in range(traces.shape[0]):
        pointer = traces[trace, 0]
        own = pointer > 0 and by_pointer[pointer - 1]
        marked[trace + 1] = marked[traces[trace, 1]] or own
    return marked
