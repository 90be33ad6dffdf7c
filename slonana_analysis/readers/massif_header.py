"""The lines above massif's first snapshot: options, command, unit of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from slonana_analysis.readers.scanning import Bytes

_VALUE = 4096
_LONGEST = 1 << 20
# Unit of time and how many of it are in what massif counts.
_UNITS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "i": ("instructions", 1),
        "B": ("bytes", 1),
        "ms": ("ns", 1_000_000),
        "s": ("ns", 1_000_000_000),
    }
)


@dataclass(frozen=True)
class Header:
    """What stands above the first snapshot.

    Attributes
    ----------
    facts : dict of str to str
        ``options`` and ``command``, as far as stated.
    time_unit : str
        ``instructions``, ``bytes`` or ``ns``.
    scale : int
        How many of the unit are in one that the file counts.
    size, lines : int
        Bytes and lines of the header.
    lost : int
        Bytes of lines that are no header's.
    known : bool
        Whether it begins as massif's do.
    complete : bool
        Whether a snapshot follows.
    reasons : tuple of str
        What is wrong with it.
    """

    facts: dict[str, str] = field(default_factory=dict)
    time_unit: str = "instructions"
    scale: int = 1
    size: int = 0
    lines: int = 0
    lost: int = 0
    known: bool = False
    complete: bool = False
    reasons: tuple[str, ...] = ()


def read_header(block: Bytes) -> Header:
    """Return the header at the beginning of a massif text.

    Parameters
    ----------
    block : ndarray of uint8
        The beginning of the text; a header of over 1 MiB is none.

    Returns
    -------
    Header
        With what could be read of it.
    """
    text = block[:_LONGEST].tobytes()
    place = 0 if text.startswith(b"#") else text.find(b"\n#") + 1
    complete = place > 0 or text.startswith(b"#")
    size = place if complete else text.rfind(b"\n") + 1
    stated: dict[str, bytes] = {}
    name, lost = "", 0
    lines = text[:size].split(b"\n")[:-1]
    for line in lines:
        key, separator, value = line.rstrip(b"\r").partition(b":")
        if separator and key in (b"desc", b"cmd", b"time_unit"):
            name = key.decode()
            stated[name] = value.strip()
        elif name == "cmd":
            # An argument of the command may hold line feeds.
            stated[name] += b"\n" + line.rstrip(b"\r")
        else:
            lost += len(line) + 1
    return _header(stated, size, len(lines), lost, complete=complete)


def _header(
    stated: dict[str, bytes], size: int, lines: int, lost: int, *, complete: bool
) -> Header:
    reasons = [f"{lost} bytes above the first snapshot are no header of massif"] if lost else []
    unit = stated.get("time_unit", b"").decode("utf-8", "backslashreplace")
    if complete and unit not in _UNITS:
        reasons.append("the unit of time is not stated, or not one of i, B, ms and s; i is assumed")
    name, scale = _UNITS.get(unit, _UNITS["i"])
    words = {"options": "desc", "command": "cmd"}
    return Header(
        facts={
            word: stated[key].decode("utf-8", "backslashreplace")[:_VALUE]
            for word, key in words.items()
            if key in stated
        },
        time_unit=name,
        scale=scale,
        size=size,
        lines=lines,
        lost=lost,
        # Other tools of valgrind begin with the same two lines, but count no time.
        known=not lost and list(stated) == ["desc", "cmd", "time_unit"],
        complete=complete,
        reasons=tuple(reasons),
    )
