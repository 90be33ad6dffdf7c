"""The symbols that just-in-time compilers write for perf: ``/tmp/perf-PID.map``.

References
----------
Linux, ``tools/perf/Documentation/jit-interface.txt``; Linux 6.1, ``tools/perf/util/symbol.c``:
``dso__load_perf_map``.
"""

import os
import re
import stat
from pathlib import Path

import numpy as np

from slonana_analysis.readers.perf_data_file.symbols.symbol_table import (
    GLOBAL,
    SymbolTable,
    plain_batch,
)

_LINE = re.compile(rb"(?:0x)?([0-9a-fA-F]{1,16}) (?:0x)?([0-9a-fA-F]{1,16}) (.+)")
_LARGEST = 1 << 30
_MASK = (1 << 64) - 1


def map_path(process: int) -> str:
    """Return the path at which the symbols of a process are expected."""
    return f"/tmp/perf-{process}.map"  # noqa: S108  # fixed by the interface; its owner is checked


def load(process: int, root: Path) -> tuple[SymbolTable | None, str]:
    """Return the symbols that a process wrote and, if there are none, why.

    Parameters
    ----------
    process : int
        Process number (pid).
    root : Path
        Where paths begin.
    """
    path = map_path(process)
    target = root / path.lstrip("/")
    try:
        descriptor = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        return None, (
            f"{path} cannot be opened ({error.strerror}); code that was compiled at run time has "
            "no symbols"
        )
    with open(descriptor, "rb") as stream:  # noqa: PTH123  # of a descriptor
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None, f"{path} is no regular file; it is not read"
        if status.st_uid not in {0, os.geteuid()}:
            return None, (
                f"{path} belongs to another user, who could put any name into it; it is not read "
                "(chown it to use it)"
            )
        return parsed(stream.read(_LARGEST)), ""


def parsed(content: bytes) -> SymbolTable:
    """Return the symbols in a map file.

    Parameters
    ----------
    content : bytes
        Lines of start, size (both hexadecimal) and name; others are passed over.
    """
    found = [match.groups() for match in map(_LINE.match, content.splitlines()) if match]
    starts = np.array([int(start, 16) for start, _, _ in found], np.uint64)
    room = [_MASK - int(start) for start in starts.tolist()]
    sizes = [min(int(size, 16), most) for (_, size, _), most in zip(found, room, strict=True)]
    names = [name for _, _, name in found]
    bindings = np.full(starts.size, GLOBAL, np.uint8)
    batch = plain_batch(starts, np.array(sizes, np.uint64), names, bindings)
    return SymbolTable([batch], settled=0, mangled=False)
