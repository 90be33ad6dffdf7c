"""Takes the places in massif's heap trees apart: function, module, file, line."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

THRESHOLD = "[below massif's threshold]"
"""Frame of the callers that are too small for massif to list."""

UNKNOWN = "[unknown]"

_PLACE = re.compile(r"(?P<function>.*?) \((?P<place>[^()]*)\)", re.DOTALL)
_LINE = re.compile(r"(?P<file>.+):(?P<line>\d{1,9})", re.DOTALL)
_LARGEST_LINE = 2**31 - 1


def place_of(label: str) -> tuple[str, str, str, int]:
    """Return function, module, file and line of a tree node's text.

    Parameters
    ----------
    label : str
        Text behind the address, for example ``tick (poh.cpp:328)`` or
        ``??? (in /usr/lib/libc.so.6)``.

    Returns
    -------
    tuple of (str, str, str, int)
        Where valgrind prints a source line it names no module, and the other way round: what is
        not printed is empty, or 0. A function without a name is ``[unknown]``.
    """
    found = _PLACE.fullmatch(label)
    function, module, file, line = label, "", "", 0
    if found is not None:
        place = _LINE.fullmatch(found["place"])
        if found["place"].startswith("in "):
            function, module = found["function"], found["place"][3:]
        elif place is not None and int(place["line"]) <= _LARGEST_LINE:
            function, file, line = found["function"], place["file"], int(place["line"])
    return (UNKNOWN if function in ("", "???") else function), module, file, line


def frame_rows(labels: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Return the frames of tree nodes' texts.

    Parameters
    ----------
    labels : sequence of str
        Texts; the first stands for callers below the threshold.

    Returns
    -------
    names : list of str
        Functions, modules and files.
    rows : ndarray of int64, shape (n_labels, 4)
        Number of the function's name, of the module's, of the file's (-1: none), and the line.
    """
    numbers: dict[str, int] = {}
    rows = np.empty((len(labels), 4), np.int64)
    for row, label in enumerate(labels):
        # Valgrind's root of every tree stands for malloc and its like.
        place = (THRESHOLD, "", "", 0) if row == 0 else place_of(label)
        texts = [numbers.setdefault(text, len(numbers)) if text else -1 for text in place[:3]]
        rows[row] = (*texts, place[3])
    return list(numbers), rows
