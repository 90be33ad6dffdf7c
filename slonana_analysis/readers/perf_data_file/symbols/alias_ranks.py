"""Which of several symbols with one start perf shows.

References
----------
Linux 6.1, ``tools/perf/util/symbol.c``: ``choose_best_symbol``.
"""

import re

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.perf_data_file.symbols.demangle import demangled

GLOBAL, WEAK = 1, 2
# Constructors and destructors come in variants, which demangle to one name.
_VARIANT = re.compile(rb"[CD][0-4]E")
# A table with more aliases than this is hostile; they are compared as they stand in the file.
_MOST_DEMANGLED = 200_000
_LONGEST_NAME = 1 << 20


def ranks_of(
    starts: NDArray[np.uint64],
    names: list[bytes],
    bindings: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """Return how good symbols are where they share a start; higher is better.

    Parameters
    ----------
    starts : ndarray of uint64, shape (n_symbols,)
        Ascending, so that aliases stand together.
    names : list of bytes
        As the file has them.
    bindings : ndarray of uint8, shape (n_symbols,)
        ``STB_*``.

    Returns
    -------
    ndarray of int64, shape (n_symbols,)
        By falling weight: not weak, global, few leading underscores, a long name (both of the
        demangled name), no alias of a system call.
    """
    shown = _shown(starts, names)
    ranks = (bindings != WEAK).astype(np.int64)
    ranks = 2 * ranks + (bindings == GLOBAL)
    underscores = np.array([len(name) - len(name.lstrip(b"_")) for name in shown], np.int64)
    lengths = np.array([len(name) for name in shown], np.int64)
    second = np.array([name.startswith((b"SyS", b"compat_SyS")) for name in shown], np.int64)
    ranks = ranks * _LONGEST_NAME + (_LONGEST_NAME - 1 - np.minimum(underscores, _LONGEST_NAME - 1))
    ranks = ranks * _LONGEST_NAME + np.minimum(lengths, _LONGEST_NAME - 1)
    result: NDArray[np.int64] = 2 * ranks + 1 - second
    return result


def _shown(starts: NDArray[np.uint64], names: list[bytes]) -> list[bytes]:
    """Return the names as perf compares them, demangled where that can make a difference."""
    shown = list(names)
    borders = np.flatnonzero(starts[1:] != starts[:-1]) + 1
    places: list[int] = []
    for begin, end in zip([0, *borders.tolist()], [*borders.tolist(), len(names)], strict=True):
        group = names[begin:end]
        if len({_VARIANT.sub(b"CE", name) for name in group}) > 1:
            places += [place for place in range(begin, end) if names[place].startswith(b"_")]
    asked = places[:_MOST_DEMANGLED]
    for place, name in zip(asked, demangled([names[place] for place in asked]), strict=True):
        shown[place] = name
    return shown
