"""Reads the records of an interpreted heaptrack recording in machine code.

Every line is a record: a letter, then hexadecimal numbers. ``s`` defines a string, ``i`` an
instruction pointer (address, module, and innermost first function, file and line of every frame
inlined there), ``t`` a stack (instruction pointer, stack of its callers), ``a`` an allocation
(size, stack), each numbered by its place; ``+`` and ``-`` allocate and free such an allocation,
``c`` states the milliseconds since the start, ``R`` the resident pages. A damaged definition keeps
its number, so that those behind it keep theirs.

References
----------
``src/interpret/heaptrack_interpret.cpp`` and ``src/analyze/accumulatedtracedata.cpp`` of
heaptrack 1.4; file format versions 1 to 3.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.scanning import Bytes, Integer, hexadecimal, line_end
from slonana_analysis.readers.uncounted import uncounted

Counters = NDArray[np.int64]

# Places in ``Records.state``.
LINE, LOST, DROPPED, KEPT, CUT, STRINGS, POINTERS, FRAMES = range(8)
TRACES, INFOS, EVENTS, STAMPS, TIME, RESIDENT, NOTES, SIZED = range(8, 16)

# Kinds of trouble: rows of ``Records.troubles``.
STRANGE, MALFORMED, WRONG_LENGTH, DANGLING, NEVER_HELD, BACKWARDS = range(6)
TROUBLES = (
    "lines are no records of heaptrack",
    "records could not be read",
    "strings are not as long as they say",
    "records refer to something that is not defined before them",
    "deallocations of memory that is not held were dropped",
    "time stamps go back and were taken as the time before them",
)

LARGEST_SIZE = 1 << 47
"""Bytes of a user's address space: no allocation is larger."""
_LARGEST_TIME = (1 << 62) // 1_000_000
_NOTES = 4096
_NANOSECONDS_PER_MILLISECOND = 1_000_000


class Records(NamedTuple):
    """The records of a file as arrays.

    Attributes
    ----------
    state : ndarray of int64, shape (16,)
        How many rows of each array are filled, and other counters.
    troubles : ndarray of int64, shape (6, 2)
        How often each kind of trouble was met, and the line of the first.
    strings : ndarray of int64, shape (n_strings, 2)
        Begin and end of each string in the file.
    pointers : ndarray of int64, shape (n_pointers, 3)
        Address, module (a string, from 1; 0: none) and first row of ``frames``.
    frames : ndarray of int32, shape (n_frames, 3)
        Function and file (strings, from 1; 0: none) and line; innermost first.
    traces : ndarray of int32, shape (n_traces, 2)
        Instruction pointer and stack of the callers, both from 1 (0: none).
    sizes : ndarray of int64, shape (n_infos,)
        Bytes of each allocation; -1 for a damaged record.
    stacks : ndarray of int32, shape (n_infos,)
        Its stack, from 1; 0: none.
    calls, live : ndarray of int64, shape (n_infos,)
        How often it was allocated, and how many of these were not freed.
    events : ndarray of int32, shape (n_events,)
        Number of the allocation, or its complement (``~number``) where it is freed.
    stamps : ndarray of int64, shape (n_stamps, 2)
        Events before each time stamp, and its time in ns.
    notes : ndarray of int64, shape (n_notes, 3)
        Begin, end and line number of records that state facts in words.
    """

    state: Counters
    troubles: Counters
    strings: Counters
    pointers: Counters
    frames: NDArray[np.int32]
    traces: NDArray[np.int32]
    sizes: Counters
    stacks: NDArray[np.int32]
    calls: Counters
    live: Counters
    events: NDArray[np.int32]
    stamps: Counters
    notes: Counters


def read_records(data: Bytes, *, sized: bool) -> Records:
    """Return the records of a recording.

    Parameters
    ----------
    data : ndarray of uint8
        The unpacked file.
    sized : bool
        Whether strings state their length (format version 3).

    Returns
    -------
    Records
        What could be read; room is made for what was counted first, never for what a number in
        the file promises.
    """
    counts = _count(data)
    infos = int(counts[ord("a")])
    records = Records(
        state=np.zeros(16, np.int64),
        troubles=np.zeros((len(TROUBLES), 2), np.int64),
        strings=np.zeros((counts[ord("s")], 2), np.int64),
        pointers=np.zeros((counts[ord("i")], 3), np.int64),
        frames=np.zeros((counts[0], 3), np.int32),
        traces=np.zeros((counts[ord("t")], 2), np.int32),
        sizes=np.zeros(infos, np.int64),
        stacks=np.zeros(infos, np.int32),
        calls=np.zeros(infos, np.int64),
        live=np.zeros(infos, np.int64),
        events=np.empty(counts[ord("+")] + counts[ord("-")], np.int32),
        stamps=np.zeros((counts[ord("c")], 2), np.int64),
        notes=np.zeros((_NOTES, 3), np.int64),
    )
    records.state[SIZED] = sized
    _read(data, records)
    return records


@njit(cache=True, nogil=True)
def _count(data: Bytes) -> Counters:
    """Return how many lines begin with each byte; in place 0, how many frames there may be."""
    counts = np.zeros(256, np.int64)
    position, size = np.int64(0), np.int64(data.size)
    while position < size:
        first = data[position]
        counts[first] += 1
        if first in (43, 45):
            while position < size and data[position] != 10:
                position += 1
        else:
            feed = line_end(data, position, size)
            if first == 105:
                counts[0] += 1
                for place in range(position, feed):
                    counts[0] += data[place] == 32
            position = feed
        position += 1
    return counts


@uncounted
def _read(data: Bytes, records: Records) -> None:
    """Read all lines; one that does not end is counted in ``state[CUT]``."""
    state, troubles, events = records.state, records.troubles, records.events
    sizes, calls, live = records.sizes, records.calls, records.live
    position, size = np.int64(0), np.int64(data.size)
    line, filled = np.int64(0), np.int64(0)
    while position < size:
        line += 1
        first = data[position]
        if first in (43, 45) and position + 2 < size and data[position + 1] == 32:
            number, behind = hexadecimal(data, position + 2, size)
            if behind > position + 2 and behind < size and data[behind] == 10:
                kept = 0 <= number < state[INFOS] and sizes[number] >= 0
                if kept and first == 43:
                    calls[number] += 1
                    live[number] += 1
                    events[filled] = number
                    filled += 1
                elif kept and live[number] > 0:
                    live[number] -= 1
                    events[filled] = ~number
                    filled += 1
                else:
                    state[DROPPED] += 1
                    state[LOST] += behind + 1 - position
                    _trouble(troubles, NEVER_HELD if kept else DANGLING, line)
                position = behind + 1
                continue
        feed = line_end(data, position, size)
        if feed == size:
            state[CUT] = size - position
            break
        state[LINE], state[EVENTS] = line, filled
        _take_line(data, position, feed, records)
        filled = state[EVENTS]
        position = feed + 1
    state[LINE], state[EVENTS] = line - (state[CUT] > 0), filled


@uncounted
def _trouble(troubles: Counters, kind: Integer, line: Integer) -> None:
    if troubles[kind, 0] == 0:
        troubles[kind, 1] = line
    troubles[kind, 0] += 1


@uncounted
def _take_line(data: Bytes, begin: Integer, feed: Integer, records: Records) -> None:
    """Take any line but a plain allocation or deallocation."""
    state = records.state
    end = feed - 1 if feed > begin and data[feed - 1] == 13 else feed
    first = data[begin] if end > begin else np.uint8(35)
    known = end < begin + 2 or data[begin + 1] == 32
    kind = np.int64(-1)
    if first == 35:
        if end > begin:
            _note(begin, end, records)
    elif not known:
        kind = np.int64(STRANGE)
    elif first == 115:
        kind = _take_string(data, begin + 2, end, feed, records)
    elif first == 105:
        kind = _take_pointer(data, begin + 2, end, records)
    elif first == 116:
        kind = _take_trace(data, begin + 2, end, records)
    elif first == 97:
        kind = _take_info(data, begin + 2, end, records)
    else:
        kind = _take_other(data, begin, end, records)
    if kind >= 0:
        state[LOST] += feed + 1 - begin
        state[DROPPED] += kind != STRANGE
        _trouble(records.troubles, kind, state[LINE])
    elif first != 35:
        state[KEPT] += 1


@uncounted
def _take_other(data: Bytes, begin: Integer, end: Integer, records: Records) -> Integer:
    state, first = records.state, data[begin]
    if first == 99:
        return _take_stamp(data, begin + 2, end, records)
    if first == 82:
        pages, behind = hexadecimal(data, begin + 2, end)
        if behind == begin + 2 or behind != end or pages < 0:
            return np.int64(MALFORMED)
        state[RESIDENT] = max(state[RESIDENT], pages)
        return np.int64(-1)
    if first in (43, 45):
        return _take_event(data, begin, end, records)
    # v, X, I, S and A state facts; the few there are are read where they are used.
    if first in (118, 88, 73, 83, 65):
        _note(begin, end, records)
        return np.int64(-1)
    return np.int64(STRANGE)


@uncounted
def _take_event(data: Bytes, begin: Integer, end: Integer, records: Records) -> Integer:
    """Take an allocation or deallocation that is not plain: its line ends in two bytes."""
    state, events, live = records.state, records.events, records.live
    number, behind = hexadecimal(data, begin + 2, end)
    if behind == begin + 2 or behind != end:
        return np.int64(MALFORMED)
    if not 0 <= number < state[INFOS] or records.sizes[number] < 0:
        return np.int64(DANGLING)
    if data[begin] == 43:
        records.calls[number] += 1
        live[number] += 1
        events[state[EVENTS]] = number
    elif live[number] > 0:
        live[number] -= 1
        events[state[EVENTS]] = ~number
    else:
        return np.int64(NEVER_HELD)
    state[EVENTS] += 1
    state[KEPT] -= 1
    return np.int64(-1)


@uncounted
def _note(begin: Integer, end: Integer, records: Records) -> None:
    """Remember a line; when there are too many, the last takes the place of the one before it."""
    state = records.state
    place = min(state[NOTES], _NOTES - 1)
    records.notes[place, 0] = begin
    records.notes[place, 1] = end
    records.notes[place, 2] = state[LINE]
    state[NOTES] = place + 1


@uncounted
def _take_string(
    data: Bytes, begin: Integer, end: Integer, feed: Integer, records: Records
) -> Integer:
    state = records.state
    row = state[STRINGS]
    state[STRINGS] += 1
    text = min(begin, end)
    if state[SIZED]:
        length, behind = hexadecimal(data, begin, feed)
        text = min(behind + 1, feed)
        if behind == begin or length != end - text:
            # A string may end in the byte that elsewhere belongs to the line's end.
            if behind > begin and length == feed - text:
                end = feed
            else:
                _trouble(records.troubles, WRONG_LENGTH, state[LINE])
    records.strings[row, 0] = text
    records.strings[row, 1] = max(end, text)
    return np.int64(-1)


@uncounted
def _field(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer]:
    """Return a hexadecimal field and where the next begins; the place is -1 if it is none."""
    value, behind = hexadecimal(data, begin, end)
    if behind == begin or (behind < end and data[behind] != 32):
        return np.int64(0), np.int64(-1)
    return value, behind + 1


@uncounted
def _string_field(
    data: Bytes, begin: Integer, end: Integer, records: Records
) -> tuple[Integer, Integer]:
    """Return a field that names a string; one that is not defined counts as none."""
    value, behind = _field(data, begin, end)
    if behind >= 0 and not 0 <= value <= records.state[STRINGS]:
        _trouble(records.troubles, DANGLING, records.state[LINE])
        value = np.int64(0)
    return value, behind


@uncounted
def _take_pointer(data: Bytes, begin: Integer, end: Integer, records: Records) -> Integer:
    state, frames = records.state, records.frames
    row = state[POINTERS]
    state[POINTERS] += 1
    first = state[FRAMES]
    records.pointers[row, 2] = first
    # A frame without a name where nothing better is known.
    frames[first, 0] = frames[first, 1] = frames[first, 2] = 0
    state[FRAMES] += 1
    address, position = _field(data, begin, end)
    module = np.int64(0)
    if position >= 0:
        module, position = _string_field(data, position, end, records)
    if position < 0:
        return np.int64(MALFORMED)
    records.pointers[row, 0] = address
    records.pointers[row, 1] = module
    place = first
    while position < end:
        function, position = _string_field(data, position, end, records)
        file, line = np.int64(0), np.int64(0)
        if 0 <= position < end:
            file, position = _string_field(data, position, end, records)
            if 0 <= position <= end:
                line, position = _field(data, position, end)
        if position < 0:
            return np.int64(MALFORMED)
        frames[place, 0] = function
        frames[place, 1] = file
        frames[place, 2] = line if 0 <= line < 1 << 31 else 0
        place += 1
        state[FRAMES] = place
    return np.int64(-1)


@uncounted
def _take_trace(data: Bytes, begin: Integer, end: Integer, records: Records) -> Integer:
    state = records.state
    row = state[TRACES]
    state[TRACES] += 1
    pointer, position = _field(data, begin, end)
    parent = np.int64(0)
    if position >= 0:
        parent, position = _field(data, position, end)
    if position < 0:
        return np.int64(MALFORMED)
    if not 0 <= pointer <= state[POINTERS]:
        _trouble(records.troubles, DANGLING, state[LINE])
        pointer = np.int64(0)
    if not 0 <= parent <= row:
        _trouble(records.troubles, DANGLING, state[LINE])
        parent = np.int64(0)
    records.traces[row, 0] = pointer
    records.traces[row, 1] = parent
    return np.int64(-1)


@uncounted
def _take_info(data: Bytes, begin: Integer, end: Integer, records: Records) -> Integer:
    state = records.state
    row = state[INFOS]
    state[INFOS] += 1
    records.sizes[row] = -1
    size, position = _field(data, begin, end)
    trace = np.int64(0)
    if position >= 0:
        trace, position = _field(data, position, end)
    if position < 0 or not 0 <= size <= LARGEST_SIZE:
        return np.int64(MALFORMED)
    if not 0 <= trace <= state[TRACES]:
        _trouble(records.troubles, DANGLING, state[LINE])
        trace = np.int64(0)
    records.sizes[row] = size
    records.stacks[row] = trace
    return np.int64(-1)


@uncounted
def _take_stamp(data: Bytes, begin: Integer, end: Integer, records: Records) -> Integer:
    state = records.state
    time, behind = hexadecimal(data, begin, end)
    if behind == begin or behind != end or not 0 <= time <= _LARGEST_TIME:
        return np.int64(MALFORMED)
    time *= _NANOSECONDS_PER_MILLISECOND
    if time < state[TIME]:
        _trouble(records.troubles, BACKWARDS, state[LINE])
        time = state[TIME]
    state[TIME] = time
    row = state[STAMPS]
    records.stamps[row, 0] = state[EVENTS]
    records.stamps[row, 1] = time
    state[STAMPS] = row + 1
    return np.int64(-1)
