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
# Columns of the events' table.
_TYPE, _FORMAT, _PERIOD, _ID_AT = 0, 1, 2, 3


class Samples(NamedTuple):
    """Columns, one row per sample; all ndarray of int64, shape (n_samples,).

    ``mode`` is the processor's mode, ``chain`` where the addresses of the call chain lie,
    ``depth`` how many there are (-1: none was recorded), ``sound`` 0 where a record does not hold
    what its event's layout asks for.
    """

    process: NDArray[np.int64]
    thread: NDArray[np.int64]
    time: NDArray[np.int64]
    period: NDArray[np.int64]
    event: NDArray[np.int64]
    address: NDArray[np.int64]
    mode: NDArray[np.int64]
    chain: NDArray[np.int64]
    depth: NDArray[np.int64]
    sound: NDArray[np.int64]


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
    table = np.array(
        [(each.sample_type, each.read_format, each.period, _id_place(each)) for each in attributes],
        np.int64,
    )
    pairs = sorted({(id_, row) for row, each in enumerate(attributes) for id_ in each.ids})
    ids = np.array([pair[0] for pair in pairs], np.uint64)
    events = np.array([pair[1] for pair in pairs], np.int64)
    out = np.zeros((len(Samples._fields), rows.size), np.int64)
    _fill(records.data, records.begins[rows], records.ends[rows], table, ids, events, out)
    return Samples(*out)


def _id_place(attribute: Attribute) -> int:
    """Return where in a sample its event's number stands, in bytes; -1 if nowhere."""
    kind = attribute.sample_type
    if kind & f.IDENTIFIER:
        return f.RECORD_HEADER
    if not kind & f.ID:
        return -1
    before = (f.IP, f.TID, f.TIME, f.ADDR)
    return f.RECORD_HEADER + 8 * sum(bool(kind & field) for field in before)


@njit(cache=True, nogil=True)
def _fill(
    data: Bytes,
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    table: NDArray[np.int64],
    ids: NDArray[np.uint64],
    events: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    for row in range(begins.size):
        event = _event_of(data, begins[row], ends[row], table, ids, events)
        out[4, row] = event
        out[9, row] = 0
        out[8, row] = -1
        if event >= 0:
            _fill_one(data, begins[row], ends[row], table[event], out, row)


@njit(cache=True, nogil=True)
def _event_of(
    data: Bytes,
    begin: Integer,
    end: Integer,
    table: NDArray[np.int64],
    ids: NDArray[np.uint64],
    events: NDArray[np.int64],
) -> Integer:
    """Return the event of a sample; -1 if its number is of none."""
    if table.shape[0] == 1 or table[0, _ID_AT] < 0 or ids.size == 0:
        return np.int64(0)
    at = begin + table[0, _ID_AT]
    if at + 8 > end:
        return np.int64(-1)
    wanted = word_at(data, at)
    low, high = 0, ids.size
    while low < high:
        middle = (low + high) // 2
        if ids[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    # perf takes a number that it does not know, 0 above all, for the first event.
    return events[low] if low < ids.size and ids[low] == wanted else np.int64(0)


@njit(cache=True, nogil=True)
def _fill_one(
    data: Bytes,
    begin: Integer,
    end: Integer,
    event: NDArray[np.int64],
    out: NDArray[np.int64],
    row: Integer,
) -> None:
    """Write the columns of one sample; its column ``sound`` stays 0 if it is too short."""
    kind = event[_TYPE]
    at = begin + f.RECORD_HEADER
    out[6, row] = np.int64(word_at(data, begin) >> np.uint64(32)) & f.CPU_MODE
    out[0, row] = -1
    out[1, row] = -1
    out[2, row] = -1
    out[3, row] = event[_PERIOD]
    fixed = 0
    for field in (
        f.IDENTIFIER,
        f.IP,
        f.TID,
        f.TIME,
        f.ADDR,
        f.ID,
        f.STREAM_ID,
        f.CPU,
        f.PERIOD,
    ):
        if kind & field:
            fixed += 8
    if at + fixed > end:
        return
    if kind & f.IDENTIFIER:
        at += 8
    if kind & f.IP:
        out[5, row] = np.int64(word_at(data, at))
        at += 8
    if kind & f.TID:
        word = word_at(data, at)
        out[0, row] = np.int64(np.int32(word & _LOW))
        out[1, row] = np.int64(np.int32(word >> np.uint64(32)))
        at += 8
    if kind & f.TIME:
        out[2, row] = np.int64(word_at(data, at))
        at += 8
    for field in (f.ADDR, f.ID, f.STREAM_ID, f.CPU):
        if kind & field:
            at += 8
    if kind & f.PERIOD:
        out[3, row] = np.int64(word_at(data, at))
        at += 8
    if kind & f.READ:
        at = _behind_read(data, at, end, event[_FORMAT])
    if at < 0:
        return
    if kind & f.CALLCHAIN:
        if at + 8 > end:
            return
        depth = np.int64(word_at(data, at))
        if depth < 0 or depth > (end - at - 8) // 8:
            return
        out[7, row] = at + 8
        out[8, row] = depth
    out[9, row] = 1


@njit(cache=True, nogil=True)
def _behind_read(data: Bytes, at: Integer, end: Integer, read_format: Integer) -> Integer:
    """Return the position behind a counter's values; -1 if the record ends before."""
    each = 8
    if read_format & f.READ_ID:
        each += 8
    if read_format & f.READ_LOST:
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
        if count < 0 or count > (end - at) // each:
            return np.int64(-1)
    size += count * each
    return at + size if at + size <= end else np.int64(-1)
