"""What to know before a recording starts: whether it may, has room, and will show names.

References
----------
Tool Interface Standard, "Executable and Linking Format Specification" 1.2 (section header table).
"""

import os
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.capture.perf_errors import read_paranoid
from slonana_analysis.capture.perf_setup import may_see_kernel

# A recording of some seconds takes tens of MiB; below the first it is pointless to begin.
_LEAST_ROOM = 64 << 20
_GOOD_ROOM = 1 << 30
_SYMBOL_TABLE = 2
_MOST_SECTIONS = 4096
_MEBI = 1 << 20


@dataclass(frozen=True)
class Check:
    """One thing looked at before a recording.

    Attributes
    ----------
    name, detail : str
        What was looked at, and what was found.
    remedy : str
        The exact command or step that mends it; empty if it is as it should be.
    essential : bool
        Whether the recording would fail without it.
    """

    name: str
    detail: str
    remedy: str = ""
    essential: bool = False

    @property
    def passed(self) -> bool:
        """Whether it is as it should be."""
        return not self.remedy

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}" + (f"; {self.remedy}" if self.remedy else "")


def preflight(
    tool: str, directory: Path, *, command: Sequence[str] = (), pids: Sequence[int] = ()
) -> tuple[Check, ...]:
    """Look at everything that commonly spoils a recording.

    Parameters
    ----------
    tool : str
        ``perf``, ``callgrind``, ``massif``, ``heaptrack`` or ``tcpdump``.
    directory : Path
        Where the capture will go.
    command, pids : sequence
        What is going to be recorded.

    Returns
    -------
    tuple of Check
        Nothing is changed, and nothing but reading is done.
    """
    checks = [_room(directory)]
    if tool == "perf":
        checks.append(_kernel_code())
    if tool != "tcpdump":
        checks += [_symbols(program) for program in _programs(command, pids)]
    return tuple(checks)


def _room(directory: Path) -> Check:
    place = directory.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    detail = f"{free // _MEBI} MiB free at {place}"
    if free >= _GOOD_ROOM:
        return Check("disk", detail)
    remedy = "free some space, or name another place with -o"
    return Check("disk", detail, remedy, essential=free < _LEAST_ROOM)


def _kernel_code() -> Check:
    detail = f"kernel.perf_event_paranoid is {read_paranoid()}"
    if may_see_kernel():
        return Check("kernel functions", detail)
    remedy = "to see them: sudo sysctl kernel.perf_event_paranoid=1"
    return Check("kernel functions", detail, remedy)


def _programs(command: Sequence[str], pids: Sequence[int]) -> list[Path]:
    """Return the executables to be recorded, each once."""
    found = [Path(f"/proc/{pid}/exe") for pid in pids]
    located = shutil.which(command[0]) if command else None
    if located is not None:
        found.append(Path(located))
    resolved: dict[Path, None] = {}
    for path in found:
        try:
            resolved[path.resolve(strict=True)] = None
        except OSError:
            continue
    return list(resolved)


def _symbols(program: Path) -> Check:
    name = f"symbols of {program.name}"
    if has_symbol_table(program) is not False:
        return Check(name, f"{program} is not stripped")
    return Check(
        name,
        f"{program} is stripped, so that most of its functions have no name",
        "install its debug package (-dbgsym), or build it without -s",
    )


def has_symbol_table(program: Path) -> bool | None:
    """Return whether an executable still has its full symbol table.

    Parameters
    ----------
    program : Path
        Any file.

    Returns
    -------
    bool or None
        None where it is no 64-bit little-endian ELF file, or cannot be read: a script, say.
    """
    try:
        with program.open("rb") as stream:
            header = stream.read(64)
            if len(header) < 64 or not header.startswith(b"\x7fELF\x02\x01"):
                return None
            (offset,) = struct.unpack_from("<Q", header, 0x28)
            size, count = struct.unpack_from("<HH", header, 0x3A)
            if size < 8 or offset > os.fstat(stream.fileno()).st_size:
                return None
            stream.seek(offset)
            table = stream.read(size * min(count, _MOST_SECTIONS))
    except OSError:
        return None
    kinds = {
        struct.unpack_from("<I", table, place + 4)[0]
        for place in range(0, len(table) - size + 1, size)
    }
    return _SYMBOL_TABLE in kinds
