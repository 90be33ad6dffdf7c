"""The statements about a recording that perf puts behind its records, or sends through a pipe."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import (
    Attribute,
    identifiers,
    parse_attribute,
)

READ_FEATURES = frozenset(
    (
        *f.FEATURE_TEXTS,
        f.FEATURE_NRCPUS,
        f.FEATURE_CMDLINE,
        f.FEATURE_EVENT_DESC,
        f.FEATURE_BUILD_ID,
    )
)
_LONGEST_TEXT = 4096
_MOST_ARGUMENTS = 1024
_MOST_EVENTS = 4096


@dataclass
class Facts:
    """What a recording states about itself.

    Attributes
    ----------
    texts : dict of str to str
        By the names that ``perf script --header`` prints.
    build_ids : dict of str to bytes
        Build id of each recorded object.
    events : list of Attribute
        The events with the names that the user gave them.
    """

    texts: dict[str, str] = field(default_factory=dict)
    build_ids: dict[str, bytes] = field(default_factory=dict)
    events: list[Attribute] = field(default_factory=list)


def take_feature(number: int, content: bytes, facts: Facts) -> None:
    """Add what one header section states; a damaged section states as much as can be read."""
    if number in f.FEATURE_TEXTS:
        stated = next(_texts(content, 1), "")
        if stated:
            facts.texts[f.FEATURE_TEXTS[number]] = stated
    elif number == f.FEATURE_NRCPUS and len(content) >= 8:
        # perf's own order differs from what it documents: the available ones come first.
        available, online = struct.unpack_from("<II", content)
        facts.texts["nrcpus online"] = str(online)
        facts.texts["nrcpus avail"] = str(available)
    elif number == f.FEATURE_CMDLINE and len(content) >= 4:
        (count,) = struct.unpack_from("<I", content)
        words = _texts(content[4:], min(count, _MOST_ARGUMENTS))
        facts.texts["cmdline"] = " ".join(words)[:_LONGEST_TEXT]
    elif number == f.FEATURE_EVENT_DESC:
        facts.events += _event_descriptions(content)
    elif number == f.FEATURE_BUILD_ID:
        for record in _records(content):
            take_build_id(record, facts)


def take_build_id(record: bytes, facts: Facts) -> None:
    """Add the build id of a record (header, process, id, file name)."""
    if len(record) < 37:
        return
    (misc,) = struct.unpack_from("<H", record, 4)
    size = min(record[32], 20) if misc & f.BUILD_ID_SIZED else 20
    path = _text(record[36:])
    if path:
        facts.build_ids[path] = record[12 : 12 + size]


def _event_descriptions(content: bytes) -> list[Attribute]:
    """Return the events as EVENT_DESC has them: attribute, number of ids, name, ids."""
    if len(content) < 8:
        return []
    count, size = struct.unpack_from("<II", content)
    at, found = 8, []
    for _ in range(min(count, _MOST_EVENTS)):
        raw = content[at : at + size]
        if len(raw) < size or len(content) < at + size + 8:
            break
        ids_count, length = struct.unpack_from("<II", content, at + size)
        at += size + 8
        name = _text(content[at : at + length])
        at += length
        ids = identifiers(content[at : at + 8 * ids_count])
        at += 8 * len(ids)
        attribute = parse_attribute(raw, ids, name)
        if attribute is not None:
            found.append(attribute)
    return found


def _records(content: bytes) -> Iterator[bytes]:
    at = 0
    while at + f.RECORD_HEADER <= len(content):
        (size,) = struct.unpack_from("<H", content, at + 6)
        if size < f.RECORD_HEADER or at + size > len(content):
            return
        yield content[at : at + size]
        at += size


def _texts(content: bytes, count: int) -> Iterator[str]:
    """Give texts that stand behind their length, padded with zeros."""
    at = 0
    for _ in range(count):
        if at + 4 > len(content):
            return
        (length,) = struct.unpack_from("<I", content, at)
        yield _text(content[at + 4 : at + 4 + length])
        at += 4 + length


def _text(raw: bytes) -> str:
    return raw[:_LONGEST_TEXT].partition(b"\0")[0].decode("utf-8", "backslashreplace")
