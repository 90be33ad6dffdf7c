"""What a perf.data file says of itself, in front of its records and behind them."""

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import (
    Attribute,
    identifiers,
    parse_attribute,
)
from slonana_analysis.readers.perf_data_file.features import READ_FEATURES, Facts, take_feature
from slonana_analysis.readers.scanning import Bytes

_MOST_EVENTS = 4096
_MOST_IDS = 1 << 20
_FEATURE_BITS = 256
_LONGEST_SECTION = 1 << 24
# Kinds of files that hold no samples, with what there is to do about it.
_REFUSED = {
    f.FEATURE_STAT: (
        "holds the counters of 'perf stat record' and no samples; print them with "
        "'perf stat report -x,' and read that"
    ),
    f.FEATURE_DIRECTORY: (
        "is part of a directory that 'perf record --threads' wrote; turn the directory into text "
        "with 'perf script --input DIRECTORY' and read that"
    ),
}


class _Span(NamedTuple):
    """A stretch of the file, as its header states it: it may lie anywhere."""

    at: int
    size: int

    @property
    def end(self) -> int:
        return self.at + self.size

    def content(self, data: Bytes, most: int = _LONGEST_SECTION) -> bytes:
        if self.at >= data.size:
            return b""
        return data[self.at : self.at + min(self.size, most)].tobytes()


@dataclass
class Header:
    """What is known before the records are read.

    Attributes
    ----------
    begin, end : int
        Where the records lie.
    attributes : list of Attribute
        The events.
    facts : Facts
        What the sections behind the records state.
    """

    begin: int
    end: int
    attributes: list[Attribute] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)


def read_header(data: Bytes, source: str, losses: LossCounter) -> Header:
    """Return the header of a file, or of what perf wrote to a pipe.

    Parameters
    ----------
    data : ndarray of uint8
        The whole file.
    source : str
        What to call it in errors.
    losses : LossCounter
        Told of what is cut off, and of bytes that belong to nothing.

    Raises
    ------
    FormatError
        If it was written on a machine of other byte order, ends within its header, or is of a
        kind that holds no samples.
    """
    magic = data[:8].tobytes()
    if magic == f.SWAPPED_MAGIC:
        raise FormatError(
            f"{source} was recorded on a big-endian machine; turn it into text there with "
            "'perf script --header' and read that"
        )
    if magic != f.MAGIC or data.size < f.PIPE_HEADER:
        raise FormatError(f"{source} is no perf.data file, or ends within its header")
    (size,) = struct.unpack_from("<Q", data.data, 8)
    if size == f.PIPE_HEADER:
        return Header(f.PIPE_HEADER, data.size)
    if size < f.FILE_HEADER or data.size < f.FILE_HEADER:
        raise FormatError(f"{source} ends within its header, or states a size it cannot have")
    _refuse_other_kinds(data, source)
    return _file_header(data, losses)


def _refuse_other_kinds(data: Bytes, source: str) -> None:
    bits = _feature_bits(data)
    for feature, why in _REFUSED.items():
        if bits >> feature & 1:
            raise FormatError(f"{source} {why}")


def _feature_bits(data: Bytes) -> int:
    return int.from_bytes(data[72:104].tobytes(), "little")


def _file_header(data: Bytes, losses: LossCounter) -> Header:
    each, *places = struct.unpack_from("<5Q", data.data, 16)
    attributes, records = _Span(*places[:2]), _Span(*places[2:])
    begin = min(records.at, data.size)
    header = Header(begin, data.size if records.size == 0 else min(records.end, data.size))
    if records.size == 0:
        losses.truncated = True
        losses.say("perf was ended before it finished the file, so its header states no size")
    elif records.end > data.size:
        losses.truncated = True
        losses.say(
            f"the header states {records.size} bytes of records, the file holds "
            f"{data.size - begin} of them"
        )
    else:
        _read_features(data, records.end, header.facts, losses)
    header.attributes = _attributes(data, each, attributes, header.facts)
    stated = attributes.size // each if each else 0
    if len(header.attributes) < stated:
        losses.say(
            f"the header states {stated} events, of which {len(header.attributes)} can be read"
        )
    return header


def _attributes(data: Bytes, each: int, section: _Span, facts: Facts) -> list[Attribute]:
    """Return the events; behind each structure stands where its numbers lie."""
    named = {event.ids: event.name for event in facts.events if event.ids}
    ordered = [event.name for event in facts.events]
    found: list[Attribute] = []
    # All the numbers together lie in the file: a header may not refer to one place many times.
    left = min(_MOST_IDS, data.size // 8)
    count = min(section.size // each if each > 16 else 0, _MOST_EVENTS, data.size // 16)
    for place in range(count):
        raw = _Span(section.at + place * each, each).content(data)
        if len(raw) < each:
            break
        ids = identifiers(_Span(*struct.unpack_from("<2Q", raw, each - 16)).content(data, 8 * left))
        left -= len(ids)
        name = named.get(ids) or (ordered[place] if place < len(ordered) else "")
        attribute = parse_attribute(raw[:-16], ids, name)
        if attribute is not None:
            found.append(attribute)
    return found


def _read_features(data: Bytes, table_at: int, facts: Facts, losses: LossCounter) -> None:
    """Read the sections behind the records; their table follows the records directly."""
    bits = _feature_bits(data)
    numbers = [number for number in range(_FEATURE_BITS) if bits >> number & 1]
    reached = table_at + 16 * len(numbers)
    if reached > data.size:
        losses.truncated = True
        losses.say("the file ends within the table of its header sections")
        return
    cut = 0
    for place, number in enumerate(numbers):
        section = _Span(*struct.unpack_from("<2Q", data.data, table_at + 16 * place))
        reached = max(reached, section.end)
        cut += section.end > data.size
        if number in READ_FEATURES:
            take_feature(number, section.content(data), facts)
    if cut:
        losses.truncated = True
        losses.say(f"the file ends within {cut} of its {len(numbers)} header sections")
    if reached < data.size:
        losses.bytes_lost += data.size - reached
        losses.say(f"the {data.size - reached} bytes behind the last header section were not read")
