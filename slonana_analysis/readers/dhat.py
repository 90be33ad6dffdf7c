"""Reads what valgrind's DHAT leaves behind: where a program allocates or copies, and how much.

References
----------
"DHAT: a dynamic heap analysis tool", Valgrind User Manual; ``dhat/dh_main.c`` for the format.
"""

import re
from dataclasses import replace
from typing import Any, BinaryIO

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.dhat_scan import Scan, scan
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder

_VERSION = 2
# The standard library's decoder makes objects ten times as large as the text.
_LARGEST = 256 << 20
_LARGEST_COUNT = 2**62
_LONGEST_STACK = 10_000
_LONGEST_FRAME = 4096
_FACTS = ("mode", "verb", "cmd", "pid", "te", "tg", "tu", "bu", "bsu", "bksu")
_EVENTS = {
    "tb": ("bytes", "bytes"),
    "tbk": ("blocks", "blocks"),
    "gb": ("at-peak bytes", "bytes"),
    "gbk": ("at-peak blocks", "blocks"),
    "eb": ("at-end bytes", "bytes"),
    "ebk": ("at-end blocks", "blocks"),
    "rb": ("reads", "bytes"),
    "wb": ("writes", "bytes"),
}
_FRAME = re.compile(
    r"(?:0x[0-9A-Fa-f]+: )?(?P<function>.*?)"
    r"(?: \(in (?P<module>[^()]*(?:\([^()]*\)[^()]*)*)\)"
    r"| \((?P<file>[^()]*?):(?P<line>\d{1,9})(?::\d+)?\))?",
    re.DOTALL,
)


class DhatReader:
    """Reads DHAT's JSON, version 2: modes heap, copy and ad hoc; also that of Rust's dhat."""

    name = "dhat"
    description = "output of 'valgrind --tool=dhat'"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is DHAT's."""
        return re.match(rb'\s*\{\s*"dhatFileVersion"\s*:', head) is not None

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a file.

        Parameters
        ----------
        stream : binary file
            At its beginning.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            A sample for each program point and event: ``bytes`` and ``blocks`` in all, ``at-peak``
            (when the program held most) and ``at-end`` of both, ``reads`` and ``writes`` in bytes;
            events that the file lacks, or that are 0 everywhere, are left out. In ad hoc mode
            ``bytes`` and ``blocks`` bear the names the file gives them. Of a damaged file every
            whole program point is kept; frames whose names it lacks are called ``[frame 12]``.

        Raises
        ------
        FormatError
            If the file is larger than 256 MiB, or counts add up to more than 64 bits hold.
        """
        data = all_bytes(stream, source)
        if data.size > _LARGEST:
            raise FormatError(
                f"{source} holds more than {_LARGEST >> 20} MiB, more than is read of DHAT's JSON; "
                "record for a shorter time, or with a smaller --num-callers"
            )
        size = int(data.size)
        text = data.tobytes().decode("utf-8", "surrogateescape")
        del data
        found = scan(text)
        del text
        return _profile(found, size, source)


def _profile(found: Scan, size: int, source: str) -> Profile:
    builder = ProfileBuilder()
    facts = {key: _clean(str(found.facts[key])) for key in _FACTS if key in found.facts}
    words = facts.get("cmd", "").split()
    pid = found.facts.get("pid", -1)
    thread = builder.thread(
        pid if _is_count(pid) else -1, -1, words[0].rpartition("/")[2] if words else ""
    )
    names = {**_EVENTS, **_own_words(facts)}
    frames = [builder.frame(*_frame(text)) for text in found.frames]
    unknown = 0
    refused = 0
    for point in found.points:
        stack = point.get("fs")
        if (
            stack is None
            or not _is_stack(stack)
            or not all(_is_count(point.get(key, 0)) for key in names)
        ):
            refused += 1
            continue
        unknown += sum(number >= len(frames) for number in stack)
        node = builder.node(
            [
                frames[number] if number < len(frames) else builder.frame(f"[frame {number}]", "")
                for number in stack
                # The first frame of the table is the root of all stacks.
                if number or not frames or found.frames[0] != "[root]"
            ]
        )
        for key, (event, _) in names.items():
            if point.get(key):
                builder.add(node, thread, -1, point[key], builder.event(event))
    units = dict(names.values())
    description = Description(
        format="dhat",
        tool="dhat",
        unit=names["tb"][1],
        loss=_ledger(found, size, refused, unknown),
        header=facts,
    )
    profile = builder.build(description, source)
    counted = profile.samples["event"].cat.categories
    return replace(profile, units={event: units[event] for event in counted})


def _ledger(found: Scan, size: int, refused: int, unknown: int) -> LossLedger:
    reasons = []
    if found.lost:
        reasons.append(
            f"{found.lost} bytes are not whole JSON values, the first at line {found.first_damage}"
        )
    if not found.whole:
        reasons.append("the file ends before its outermost bracket closes")
    if refused:
        reasons.append(f"{refused} program points lack a stack or hold what is no count")
    if unknown:
        reasons.append(f"{unknown} frames have no name, because the list of names is not whole")
    version = found.facts.get("dhatFileVersion")
    if version != _VERSION:
        reasons.append(f"the file is of version {version}, and was read as version {_VERSION}")
    return LossLedger(
        bytes=size,
        bytes_read=size - found.lost,
        records=len(found.points) - refused,
        dropped=found.dropped + refused,
        truncated=not found.whole,
        reasons=tuple(reasons),
    )


def _own_words(facts: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return what an ad hoc profile counts, in its own words."""
    if "bsu" not in facts:
        return {}
    blocks = facts.get("bksu", "events")
    return {"tb": (facts["bsu"], facts["bsu"]), "tbk": (blocks, blocks)}


def _frame(text: str) -> tuple[str, str, str, int]:
    text = _clean(text)[:_LONGEST_FRAME]
    match = _FRAME.fullmatch(text)
    if match is None:
        return text, "", "", 0
    return match["function"], match["module"] or "", match["file"] or "", int(match["line"] or 0)


def _clean(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_count(value: Any) -> bool:  # noqa: ANN401  # whatever JSON holds
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_COUNT


def _is_stack(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, list) and len(value) <= _LONGEST_STACK and all(map(_is_count, value))


READER = DhatReader()
