"""What a heaptrack recording says in words: version, command, host, and how many records it has."""

import re
from dataclasses import dataclass

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.heaptrack_records import (
    LINE,
    NOTES,
    POINTERS,
    RESIDENT,
    STRINGS,
    Records,
)
from slonana_analysis.readers.heaptrack_suppressions import parse_suppression
from slonana_analysis.readers.scanning import Bytes

NEWEST = 3
_VALUE = 4096
_VERSION = re.compile(rb"v ([0-9a-f]{1,8})(?: ([0-9a-f]{1,8}))?\r?(?:\n|$)")
_RAW = re.compile(rb"[xmt] ")
_KINDS = b"xXmsiIta+-cRAS#"
# Version 1.2.0 wrote no version of the file format yet, and wrote the first.
_FIRST = 0x010200
_TOTAL = re.compile(rb"# (strings|ips): (\d{1,18})")


def begins_as_heaptrack(head: bytes) -> bool:
    """Return whether a file that begins with ``head`` is a recording of heaptrack, raw or not."""
    found = _VERSION.match(head)
    if found is None or not found[0].endswith(b"\n"):
        return False
    rest = head[found.end() :]
    spaced = rest[:1] in (b"#", b"A") or rest[1:2] == b" "
    return not rest or (spaced and rest[0] in _KINDS)


def file_version(head: bytes, source: str) -> int:
    """Return the version of the file format.

    Parameters
    ----------
    head : bytes
        Beginning of the file.
    source : str
        What to call it in errors.

    Returns
    -------
    int
        1 to 3.

    Raises
    ------
    FormatError
        If the file is raw, or of a version that is not known.
    """
    found = _VERSION.match(head)
    if found is None:
        raise FormatError(
            f"{source} does not begin with heaptrack's version (line 1); record again with "
            "heaptrack 1.2 or newer"
        )
    stated = int(found[2], 16) if found[2] else int(int(found[1], 16) == _FIRST)
    if not 1 <= stated <= NEWEST:
        raise FormatError(
            f"{source} is of heaptrack's file format {stated} (line 1), known are 1 to {NEWEST}; "
            "record again with heaptrack 1.2 to 1.5"
        )
    if _RAW.match(head, found.end()):
        raise FormatError(
            f"{source} is a raw recording of heaptrack, without the names of functions; run "
            "'heaptrack_interpret < FILE > NEWFILE' (unpacked, where it was recorded) and read that"
        )
    return stated


@dataclass(frozen=True)
class Facts:
    """What the records in words say.

    Attributes
    ----------
    header : dict of str to str
        Version, command, page size, peak of the resident memory.
    suppressions : tuple of str
        Patterns of leaks to be left out that the program brings along.
    finished : bool
        Whether the file ends with the totals that heaptrack writes last.
    reasons : tuple of str
        Totals that the file states and does not reach.
    """

    header: dict[str, str]
    suppressions: tuple[str, ...]
    finished: bool
    reasons: tuple[str, ...]


def read_facts(data: Bytes, records: Records) -> Facts:
    """Return what a recording says in words.

    Parameters
    ----------
    data : ndarray of uint8
        The file.
    records : Records
        Its records.

    Returns
    -------
    Facts
        A fact that is stated several times is the first; what cannot be read is left out.
    """
    header: dict[str, str] = {}
    suppressions: list[str] = []
    totals: dict[str, int] = {}
    last = 0
    for begin, end, line in records.notes[: records.state[NOTES]].tolist():
        note = data[begin : min(end, begin + _VALUE)].tobytes()
        if found := _TOTAL.fullmatch(note):
            totals[found[1].decode()] = int(found[2])
            last = line if found[1] == b"ips" else 0
        elif note.startswith(b"S "):
            suppressions.append(parse_suppression(_text(note[2:])))
        else:
            _add(header, note)
    _add_resident(header, int(records.state[RESIDENT]))
    return Facts(
        header=header,
        suppressions=tuple(filter(None, suppressions)),
        finished=len(totals) == 2 and last == records.state[LINE],
        reasons=tuple(_unreached(totals, records)),
    )


def _add(header: dict[str, str], note: bytes) -> None:
    if note.startswith(b"v ") and (found := _VERSION.fullmatch(note)):
        number = int(found[1], 16)
        version = f"{number >> 16}.{number >> 8 & 255}.{number & 255}"
        header.setdefault("heaptrack version", version)
    elif note.startswith(b"X "):
        header.setdefault("command", _text(note[2:]))
    elif note.startswith(b"I ") and (found := re.fullmatch(rb"I ([0-9a-f]{1,8}) .*", note)):
        header.setdefault("page size", str(int(found[1], 16)))
    elif note.startswith(b"A"):
        header["attached"] = "yes: what was allocated before is not in the recording"


def _add_resident(header: dict[str, str], pages: int) -> None:
    if pages and "page size" in header:
        header["peak resident bytes"] = str(pages * int(header["page size"]))


def _unreached(totals: dict[str, int], records: Records) -> list[str]:
    there = {"strings": int(records.state[STRINGS]), "ips": int(records.state[POINTERS])}
    words = {"strings": "strings", "ips": "instruction pointers"}
    return [
        f"the file states {stated} {words[name]} at its end and holds {there[name]}, so names "
        "may belong to other frames"
        for name, stated in totals.items()
        if stated != there[name]
    ]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
