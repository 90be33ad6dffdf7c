"""The samples of a perf.data file as columns.

References
----------
perf_event_open(2), the layout of PERF_RECORD_SAMPLE and of ``struct sample_id``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.perf_data_file import layout as f
from slonana_analysis.readers.perf_data_file.attributes import Attribute
from slonana_analysis.readers.perf_data_file.records import Records
from slonana_analysis.readers.scanning import Bytes, Integer, word_at

_LOW = np.uint64(0xFFFFFFFF)
# More events than can pass between two samples: two years in nanoseconds.
_LARGEST_PERIOD = 1 << 56
_FIXED_FIELDS = (
    f.IDENTIFIER,
    f.IP,
    f.TID,
    f.TIME,
    f.ADDR,
    f.ID,
    f.STREAM_ID,
    f.CPU,
    f.PERIOD,
)
# Columns of the events' table: where fields stand, from the record's beginning on (-1: nowhere).
_ID_AT, _IP_AT, _TID_AT, _TIME_AT, _PERIOD_AT, _BEHIND = 0, 1, 2, 3, 4, 5
# Its other columns; a read format of -1 stands for no counter values.
_PERIOD, _READ_FORMAT, _HAS_CHAIN = 6, 7, 8


class Samples(NamedTuple):
    """Columns, one row per sample, in the order of the file.

    Attributes
    ----------
    process, thread, event, depth : ndarray of int32, shape (n_samples,)
        Process and thread (-1: not recorded), row of the attribute, addresses in the call chain
        (-1: none was recorded).
    time, period, chain : ndarray of int64, shape (n_samples,)
        Time in ns, weight, and where the addresses of the call chain lie; of a sample without
        one, where its only address lies (-1: nowhere).
    mode : ndarray of uint8, shape (n_samples,)
        Mode of the processor.
    sound : ndarray of bool, shape (n_samples,)
        Whether the record holds what its event's layout asks for, and numbers that can be.
    """

    process: NDArray[np.int32]
    thread: NDArray[np.int32]
    time: NDArray[np.int64]
    period: NDArray[np.int64]
    event: NDArray[np.int32]
    mode: NDArray[np.uint8]
    chain: NDArray[np.int64]
    depth: NDArray[np.int32]
    sound: NDArray[np.bool_]


class _Events(NamedTuple):
    """Table of the events, and the numbers (ascending) by which samples name its rows."""

    table: NDArray[np.int64]
    ids: NDArray[np.uint64]
    rows: NDArray[np.int64]


def read_samples(records: Records, attributes: Sequence[Attribute]) -> Samples:
    """Return all samples in the order of the file.

    Parameters
    ----------
    records : Records
        Of the file.
    attributes : sequence of Attribute
        Its events, at least one.
    """
    rows = records.of(f.SAMPLE)
    pairs = sorted({(id_, row) for row, each in enumerate(attributes) for id_ in each.ids})
    events = _Events(
        np.array([_layout(each) for each in attributes], np.int64),
        np.array([pair[0] for pair in pairs], np.uint64),
        np.array([pair[1] for pair in pairs], np.int64),
    )
    count = rows.size
    samples = Samples(
        process=np.empty(count, np.int32),
        thread=np.empty(count, np.int32),
        time=np.empty(count, np.int64),
        period=np.empty(count, np.int64),
        event=np.empty(count, np.int32),
        mode=np.empty(count, np.uint8),
        chain=np.empty(count, np.int64),
        depth=np.empty(count, np.int32),
        sound=np.zeros(count, np.bool_),
    )
    _fill(records.data, (records.begins[rows], records.sizes[rows]), events, samples)
    return samples


def _layout(attribute: Attribute) -> list[int]:
    """Return the row of an event in the table."""
    kind = attribute.sample_type
    place, at = {}, f.RECORD_HEADER
    for field in _FIXED_FIELDS:
        if kind & field:
            place[field] = at
            at += 8
    # perf puts the number first where events differ in their layout, else behind the address.
    id_at = place.get(f.IDENTIFIER, place.get(f.ID, -1))
    fields = [place.get(field, -1) for field in (f.IP, f.TID, f.TIME, f.PERIOD)]
    read_format = attribute.read_format if kind & f.READ else -1
    return [id_at, *fields, at, attribute.period, read_format, kind & f.CALLCHAIN]


@njit(cache=True, nogil=True)
def _fill(
    data: Bytes,
    spans: tuple[NDArray[np.int64], NDArray[np.uint16]],
    events: _Events,
    out: Samples,
) -> None:
    begins, sizes = spans
    for row in range(begins.size):
        begin = begins[row]
        end = begin + np.int64(sizes[row])
        event = _event_of(data, begin, end, events)
        if event >= 0:
            out.event[row] = event
            out.sound[row] = _fill_one(data, (begin, end), events.table[event], out, row)


@njit(cache=True, nogil=True)
def _event_of(data: Bytes, begin: Integer, end: Integer, events: _Events) -> Integer:
    """Return the event of a sample; -1 if the record ends before its number."""
    offset = events.table[0, _ID_AT]
    if events.table.shape[0] == 1 or offset < 0 or events.ids.size == 0:
        return np.int64(0)
    if begin + offset + 8 > end:
        return np.int64(-1)
    wanted = word_at(data, begin + offset)
    place = np.searchsorted(events.ids, wanted)
    # perf takes a number that it does not know, 0 above all, for the first event.
    known = place < events.ids.size and events.ids[place] == wanted
    return events.rows[place] if known else np.int64(0)


@njit(cache=True, nogil=True)
def _fill_one(
    data: Bytes,
    span: tuple[Integer, Integer],
    event: NDArray[np.int64],
    out: Samples,
    row: Integer,
) -> bool:
    """Write the columns of one sample; return whether it is sound."""
    begin, end = span
    at = begin + event[_BEHIND]
    if at > end:
        return False
    identity = np.uint64(_field(data, begin, event[_TID_AT], -1))
    out.process[row] = np.int32(identity & _LOW)
    out.thread[row] = np.int32(identity >> np.uint64(32))
    out.time[row] = _field(data, begin, event[_TIME_AT], 0)
    out.period[row] = _field(data, begin, event[_PERIOD_AT], event[_PERIOD])
    out.mode[row] = (word_at(data, begin) >> np.uint64(32)) & np.uint64(f.CPU_MODE)
    out.chain[row] = begin + event[_IP_AT] if event[_IP_AT] >= 0 else -1
    out.depth[row] = -1
    if out.time[row] < 0 or not 0 <= out.period[row] <= _LARGEST_PERIOD:
        return False
    if event[_READ_FORMAT] >= 0:
        at = _behind_read(data, at, end, event[_READ_FORMAT])
    if not event[_HAS_CHAIN]:
        return bool(at >= 0)
    if at < 0 or at + 8 > end:
        return False
    depth = np.int64(word_at(data, at))
    if not 0 <= depth <= (end - at - 8) // 8:
        return False
    out.chain[row] = at + 8
    out.depth[row] = depth
    return True


@njit(cache=True, nogil=True)
def _field(data: Bytes, begin: Integer, offset: Integer, otherwise: Integer) -> Integer:
    return np.int64(word_at(data, begin + offset)) if offset >= 0 else np.int64(otherwise)


@njit(cache=True, nogil=True)
def _behind_read(data: Bytes, at: Integer, end: Integer, read_format: Integer) -> Integer:
    """Return the position behind a counter's values; -1 if the record ends before."""
    each = 8
    for field in (f.READ_ID, f.READ_LOST):
        if read_format & field:
            each += 8
    size = np.int64(0)
    for field in (f.TIME_ENABLED, f.TIME_RUNNING):
        if read_format & field:
            size += 8
    count = np.int64(1)
    if read_format & f.GROUP:
        if at + 8 > end:
            return np.int64(-1)
        count = np.int64(word_at(data, at))
        size += 8
        if not 0 <= count <= (end - at) // each:
            return np.int64(-1)
    size += count * each
    return at + size if at + size <= end else np.int64(-1)
