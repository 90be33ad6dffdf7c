"""Writes pprof's protocol buffers field by field, so that tests can lie where they want."""

import io
from collections.abc import Iterable, Sequence

from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.pprof import READER


def varint(value: int) -> bytes:
    rest = value % (1 << 64)
    written = b""
    while rest > 0x7F:
        written += bytes([rest & 0x7F | 0x80])
        rest >>= 7
    return written + bytes([rest])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def packed(field: int, values: Iterable[int]) -> bytes:
    return message(field, *map(varint, values))


def sample(locations: Sequence[int], values: Sequence[int]) -> bytes:
    return message(2, packed(1, locations), packed(2, values))


def location(identity: int, *functions: int, mapping: int = 0) -> bytes:
    lines = [message(4, number(1, each), number(2, 10 * each)) for each in functions]
    return message(4, number(1, identity), number(2, mapping), *lines)


def function(identity: int, name: int, file: int = 0) -> bytes:
    return message(5, number(1, identity), number(2, name), number(4, file))


def strings(*texts: str | bytes) -> bytes:
    raw = [text.encode() if isinstance(text, str) else text for text in texts]
    return b"".join(message(6, text) for text in raw)


def read(content: bytes) -> Profile:
    return READER.read(io.BytesIO(content), "made.pb")


def stacks(profile: Profile) -> list[tuple[str, ...]]:
    """Return the functions of each sample, outermost first."""
    names = profile.frames["function"].astype(str).tolist()
    parents, frames = profile.nodes["parent"].tolist(), profile.nodes["frame"].tolist()
    found = []
    for innermost in profile.samples["node"].tolist():
        node, path = innermost, []
        while node >= 0:
            path.append(names[frames[node]])
            node = parents[node]
        found.append(tuple(reversed(path)))
    return found
