"""What perf sends as records where it cannot go back to a header: events, names, statements."""

from dataclasses import replace

from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import (
    SMALLEST_ATTRIBUTE,
    Attribute,
    identifiers,
    parse_attribute,
)
from slonana_analysis.readers.perf_data_file.features import take_build_id, take_feature
from slonana_analysis.readers.perf_data_file.header import Header
from slonana_analysis.readers.perf_data_file.records import Records

_MOST_EVENTS = 4096


def take_statements(records: Records, header: Header) -> None:
    """Add to a header what records state that is found in a file's header otherwise.

    Parameters
    ----------
    records : Records
        Of the recording. perf writes some of these into files, too.
    header : Header
        Filled in place; names that ``EVENT_UPDATE`` or the description of the events give
        replace those made from numbers.
    """
    facts, names = header.facts, dict[int, str]()
    described = len(facts.events)
    for row in records.of(f.HEADER_ATTR, f.EVENT_UPDATE, f.FEATURE, f.BUILD_ID).tolist():
        raw, kind = records.raw(row), int(records.kinds[row])
        if kind == f.HEADER_ATTR and len(header.attributes) < _MOST_EVENTS:
            header.attributes += _attribute(raw)
        elif kind == f.EVENT_UPDATE:
            names.update(_new_name(raw))
        elif kind == f.BUILD_ID:
            take_build_id(raw, facts)
        elif kind == f.FEATURE and len(raw) >= 16:
            take_feature(int.from_bytes(raw[8:16], "little"), raw[16:], facts)
    for event in facts.events[described:]:
        names.update(dict.fromkeys(event.ids, event.name))
    if names:
        header.attributes = [_renamed(event, names) for event in header.attributes]


def _attribute(raw: bytes) -> list[Attribute]:
    """Return the event of a record, which states its own size, in a list; none if it is cut."""
    if len(raw) < 16:
        return []
    # Where no size is stated it is that of the first perf.
    size = int.from_bytes(raw[12:16], "little") or SMALLEST_ATTRIBUTE
    event = parse_attribute(raw[8 : 8 + size], identifiers(raw[8 + size :]))
    return [] if event is None else [event]


def _new_name(raw: bytes) -> dict[int, str]:
    if len(raw) < 25 or int.from_bytes(raw[8:16], "little") != f.UPDATED_NAME:
        return {}
    name = raw[24:].partition(b"\0")[0].decode("utf-8", "backslashreplace")
    return {int.from_bytes(raw[16:24], "little"): name} if name else {}


def _renamed(event: Attribute, names: dict[int, str]) -> Attribute:
    name = next((names[each] for each in event.ids if each in names), event.name)
    return event if name == event.name else replace(event, name=name)
