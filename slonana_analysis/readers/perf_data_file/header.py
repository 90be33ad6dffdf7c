"""What a perf.data file says of itself, in front of its records and behind them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import Attribute, parse_attribute
from slonana_analysis.readers.scanning import Bytes

_MOST_EVENTS = 4096
_MOST_IDS = 1 << 20
_LONGEST_TEXT = 4096
_FEATURE_BITS = 256


@dataclass
class Header:
    """What is known before the records are read.

    Attributes
    ----------
    begin, end : int
        Where the records lie.
    attributes : list of Attribute
        The events.
    facts : dict of str to str
        Statements about the recording, by the names that ``perf script --header`` prints.
    build_ids : dict of str to bytes
        Build id of each recorded object.
    """

    begin: int
    end: int
    attributes: list[Attribute] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    build_ids: dict[str, bytes] = field(default_factory=dict)


def read_header(data: Bytes, source: str, losses: LossCounter) -> Header:
    """Return the header of a file, or of what perf wrote to a pipe.

    Parameters
    ----------
    data : ndarray of uint8
        The whole file.
    source : str
        What to call it in errors.
    losses : LossCounter
        Told of sections that are cut off.

    Raises
    ------
    FormatError
        If it was written on a machine of other byte order, or ends within its header.
    """
    magic = data[:8].tobytes()
    if magic == f.SWAPPED_MAGIC:
        raise FormatError(
            f"{source} was recorded on a big-endian machine; turn it into text there with "
            "'perf script --header' and read that"
        )
    if magic != f.MAGIC or data.size < f.PIPE_HEADER:
        raise FormatError(f"{source} is no perf.data file, or ends within its header")
    (size,) = struct.unpack_from("<Q", data, 8)
    if size == f.PIPE_HEADER:
        return Header(f.PIPE_HEADER, data.size)
    if size < f.FILE_HEADER or data.size < f.FILE_HEADER:
        raise FormatError(f"{source} ends within its header, or states a size it cannot have")
    return _file_header(data, losses)


def _file_header(data: Bytes, losses: LossCounter) -> Header:
    attr_size, attr_at, attr_bytes, begin, length = struct.unpack_from("<5Q", data, 16)
    end = begin + length
    unfinished = length == 0
    header = Header(min(begin, data.size), data.size if unfinished else min(end, data.size))
    if unfinished:
        losses.truncated = True
        losses.say("perf was ended before it finished the file, so its header states no size")
    elif end > data.size:
        losses.truncated = True
        losses.say(
            f"the header states {length} bytes of records, the file holds "
            f"{max(data.size - begin, 0)} of them"
        )
    else:
        _read_features(data, end, header, losses)
    named = {attribute.ids: attribute.name for attribute in header.attributes if attribute.ids}
    ordered = [attribute.name for attribute in header.attributes]
    header.attributes = _attributes(data, attr_size, attr_at, attr_bytes, named, ordered)
    return header


def _attributes(
    data: Bytes,
    size: int,
    at: int,
    length: int,
    named: dict[tuple[int, ...], str],
    ordered: list[str],
) -> list[Attribute]:
    found = []
    # Each attribute is followed by where its ids lie.
    count = min(length // size if size > 16 else 0, _MOST_EVENTS)
    for place in range(count):
        raw = _slice(data, at + place * size, size)
        if len(raw) < size:
            break
        ids_at, ids_bytes = struct.unpack_from("<2Q", raw, size - 16)
        ids = _ids(_slice(data, ids_at, min(ids_bytes, 8 * _MOST_IDS)))
        name = named.get(ids) or (ordered[place] if place < len(ordered) else "")
        attribute = parse_attribute(raw[:-16], ids, name)
        if attribute is not None:
            found.append(attribute)
    return found


def _read_features(data: Bytes, at: int, header: Header, losses: LossCounter) -> None:
    """Read the sections behind the records; their table follows the records directly."""
    bits = int.from_bytes(data[72:104].tobytes(), "little")
    for number in range(_FEATURE_BITS):
        if not bits >> number & 1:
            continue
        entry = _slice(data, at, 16)
        at += 16
        if len(entry) < 16:
            losses.truncated = True
            losses.say("the file ends within the table of its header sections")
            return
        begin, length = struct.unpack("<2Q", entry)
        content = _slice(data, begin, length)
        if len(content) < length:
            losses.truncated = True
            losses.say(f"the file ends within header section {number}")
        take_feature(number, content, header)


def take_feature(number: int, content: bytes, header: Header) -> None:
    """Add what one header section states; a damaged section states as much as can be read."""
    if number in f.FEATURE_TEXTS:
        stated = next(_texts(content, 1), "")
        if stated:
            header.facts[f.FEATURE_TEXTS[number]] = stated
    elif number == f.FEATURE_NRCPUS and len(content) >= 8:
        online, available = struct.unpack_from("<II", content)
        header.facts["nrcpus online"] = str(online)
        header.facts["nrcpus avail"] = str(available)
    elif number == f.FEATURE_CMDLINE and len(content) >= 4:
        (count,) = struct.unpack_from("<I", content)
        header.facts["cmdline"] = " ".join(_texts(content[4:], count))[:_LONGEST_TEXT]
    elif number == f.FEATURE_EVENT_DESC:
        header.attributes += _event_descriptions(content)
    elif number == f.FEATURE_BUILD_ID:
        for record in _records(content):
            take_build_id(record, header)


def take_build_id(record: bytes, header: Header) -> None:
    """Add the build id of a record (header, process, id, file name)."""
    if len(record) < 37:
        return
    (misc,) = struct.unpack_from("<H", record, 4)
    size = min(record[32], 20) if misc & f.BUILD_ID_SIZED else 20
    path = _text(record[36:])
    if path:
        header.build_ids[path] = record[12 : 12 + size]


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
        ids = _ids(content[at : at + 8 * min(ids_count, _MOST_IDS)])
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
    return raw.partition(b"\0")[0][:_LONGEST_TEXT].decode("utf-8", "backslashreplace")


def _ids(raw: bytes) -> tuple[int, ...]:
    return tuple(np.frombuffer(raw[: len(raw) // 8 * 8], "<u8").tolist())


def _slice(data: Bytes, begin: int, length: int) -> bytes:
    if begin >= data.size:
        return b""
    return data[begin : begin + min(length, data.size)].tobytes()
