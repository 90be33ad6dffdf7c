"""Reads the lines of massif text in machine code.

A snapshot is a block of fields (``snapshot=``, ``time=``, ``mem_heap_B=``, ``mem_heap_extra_B=``,
``mem_stacks_B=``, ``heap_tree=``) between lines of ``#``; where the tree is ``detailed`` or the
``peak``, its nodes follow, one per line, indented by their depth::

    n2: 776192 0x20779A: allocate (new_allocator.h:137)

That is two children, bytes, address and place. Nodes that are too small to be listed share one
line, ``n0: 107348 in 282 places, all below massif's threshold (1.00%)``.

References
----------
``massif/ms_main.c`` (``pp_snapshot``, ``pp_snapshot_SXPt``) and ``massif/ms_print.in`` of
valgrind 3.19.
"""

import numpy as np

from slonana_analysis.readers.massif_tree import (
    BEGUN,
    CUT,
    DEPTH,
    DROPPED,
    FIRST_HELD,
    FOUND,
    GAP,
    HEAP,
    HELD,
    INCOMPLETE,
    KIND,
    LARGEST,
    LINE,
    LOST,
    NO_TREE,
    NUMBER,
    OVERHEAD,
    SCALE,
    SNAPSHOTS,
    STACK,
    STRANGE,
    TIME,
    Counters,
    Tables,
    close_tree,
    fits,
    take_tree,
    trouble,
    whole_tree,
)
from slonana_analysis.readers.scanning import Bytes, Integer, decimal, line_end, same_bytes
from slonana_analysis.readers.uncounted import uncounted

EMPTY, DETAILED, PEAK = range(3)

# Bits of ``FOUND``: the snapshot was begun, has its number, and each of its fields.
_BEGUN = 1
_NUMBERED = 2
_FIRST_FIELD = 4
_TREE = _FIRST_FIELD << KIND
_COMPLETE = (_TREE << 1) - 1

# What a line between two snapshots does.
_EDGE = 1
_OPENS = 2

_HEAP = np.frombuffer(b"mem_heap_B=", np.uint8)
_OVERHEAD = np.frombuffer(b"mem_heap_extra_B=", np.uint8)
_STACK = np.frombuffer(b"mem_stacks_B=", np.uint8)
_TIME = np.frombuffer(b"time=", np.uint8)
_SNAPSHOT = np.frombuffer(b"snapshot=", np.uint8)
_KIND = np.frombuffer(b"heap_tree=", np.uint8)
_EMPTY = np.frombuffer(b"empty", np.uint8)
_DETAILED = np.frombuffer(b"detailed", np.uint8)
_PEAK = np.frombuffer(b"peak", np.uint8)

_NANOSECONDS = 1_000_000_000
_NANO_DIGITS = 9


@uncounted
def take_lines(data: Bytes, begin: Integer, tables: Tables) -> Integer:
    """Read lines of a block until it ends or the tables need room.

    Parameters
    ----------
    data : ndarray of uint8
        Block of text that ends at a line feed, except the last of a file.
    begin : int
        Position of a line's first byte.
    tables : Tables
        Filled.

    Returns
    -------
    int
        Position of the first line that was not read; the size of the block at its end. A line
        without a line feed is not read but counted in ``state[CUT]``.
    """
    state, fields, branch, held = tables.state, tables.fields, tables.open, tables.held
    node_state, parents, troubles = tables.nodes.state, tables.nodes.parents, tables.troubles
    most = tables.snapshots.shape[0]
    position, size = begin, np.int64(data.size)
    while position < size:
        feed = line_end(data, position, size)
        if state[SNAPSHOTS] >= most or not fits(state, branch, held, node_state, parents):
            return position
        if feed == size:
            state[CUT] = size - position
            return size
        if state[FOUND] & _TREE and fields[KIND] != EMPTY:
            behind, full = take_tree(data, position, size, tables)
            if full or behind > position:
                position = behind
                if full:
                    return position
                continue
        end = feed - 1 if feed > position and data[feed - 1] == 13 else feed
        state[LINE] += 1
        edge = _edge(data, position, end, state)
        if edge & _OPENS:
            begin_snapshot(tables)
        taken = edge & _EDGE != 0 or _take_number(data, position, end, state, troubles)
        taken = taken or _take_field(data, position, end, state, fields)
        state[BEGUN if taken else LOST] += feed + 1 - position
        if not taken:
            trouble(state, troubles, STRANGE)
        position = feed + 1
    return position


@uncounted
def _edge(data: Bytes, begin: Integer, end: Integer, state: Counters) -> Integer:
    """Return what a line has of the edge between two snapshots: bits, 0 for another line."""
    found = state[FOUND]
    if end > begin and data[begin] == 35:
        opens = found & _TREE != 0 or found & _NUMBERED == 0
        return np.int64(_EDGE | _OPENS if opens else _EDGE)
    if found != _BEGUN and _number(data, begin, end) >= 0:
        return np.int64(_OPENS)
    return np.int64(0)


@uncounted
def _take_number(
    data: Bytes, begin: Integer, end: Integer, state: Counters, troubles: Counters
) -> bool:
    """Take a line ``snapshot=N``; return whether it is one."""
    number = _number(data, begin, end)
    if number < 0:
        return False
    if number != state[NUMBER]:
        trouble(state, troubles, GAP)
    state[NUMBER] = number + 1
    state[FOUND] |= _NUMBERED
    return True


@uncounted
def begin_snapshot(tables: Tables) -> None:
    """Settle the open snapshot, if any, and open the next."""
    state = tables.state
    # A line of "#" alone is no snapshot yet: another one begins the same snapshot.
    if state[FOUND] & ~_BEGUN:
        settle_snapshot(tables)
    elif state[FOUND] == 0:
        state[BEGUN] = 0
    state[FOUND] = _BEGUN
    state[FIRST_HELD] = state[HELD]


@uncounted
def settle_snapshot(tables: Tables) -> None:
    """Keep the open snapshot if it has all its fields, else drop it."""
    state, fields = tables.state, tables.fields
    if state[FOUND] == _COMPLETE:
        if fields[KIND] != EMPTY and state[DEPTH] == 0:
            trouble(state, tables.troubles, NO_TREE)
        close_tree(tables)
        for place in range(fields.size):
            tables.snapshots[state[SNAPSHOTS], place] = fields[place]
        state[SNAPSHOTS] += 1
    else:
        trouble(state, tables.troubles, INCOMPLETE)
        drop_snapshot(state)
    state[BEGUN] = 0
    state[FOUND] = 0


@uncounted
def drop_snapshot(state: Counters) -> None:
    """Forget the open snapshot and count its bytes as lost."""
    state[DEPTH] = 0
    state[DROPPED] += 1
    state[LOST] += state[BEGUN]
    state[HELD] = state[FIRST_HELD]
    state[BEGUN] = 0
    state[FOUND] = 0


@uncounted
def finish_snapshot(tables: Tables) -> bool:
    """Settle the last snapshot of a text; return False if the text ends inside it."""
    found, kind = tables.state[FOUND], tables.fields[KIND]
    if found == 0:
        return True
    if found == _COMPLETE and (kind == EMPTY or whole_tree(tables)):
        settle_snapshot(tables)
        return True
    drop_snapshot(tables.state)
    return False


@uncounted
def _number(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return the number in a line ``snapshot=N``; -1 for another line."""
    if not _begins(data, begin, end, _SNAPSHOT):
        return np.int64(-1)
    number, behind = decimal(data, begin + _SNAPSHOT.size, end)
    return number if behind == end and behind > begin + _SNAPSHOT.size else np.int64(-1)


@uncounted
def _take_field(
    data: Bytes, begin: Integer, end: Integer, state: Counters, fields: Counters
) -> bool:
    """Take a line ``name=value`` of the open snapshot; return whether it is one of massif's."""
    place = begin
    while place < end and data[place] != 61:
        place += 1
    place += 1
    field, value, behind = np.int64(-1), np.int64(-1), np.int64(-1)
    if _begins(data, begin, end, _TIME):
        field = np.int64(TIME)
        value, behind = _scaled(data, place, end, state[SCALE])
    elif _begins(data, begin, end, _KIND):
        field, behind = np.int64(KIND), end
        value = _kind(data, place, end)
    else:
        field = _amount_field(data, begin, end)
        value, behind = decimal(data, place, end)
    bit = _FIRST_FIELD << field if field >= 0 else 0
    wanted = field >= 0 and state[FOUND] & _NUMBERED != 0 and state[FOUND] & bit == 0
    if not wanted or value < 0 or behind != end or behind == place:
        return False
    fields[field] = value
    state[FOUND] |= bit
    return True


@uncounted
def _amount_field(data: Bytes, begin: Integer, end: Integer) -> Integer:
    if _begins(data, begin, end, _HEAP):
        return np.int64(HEAP)
    if _begins(data, begin, end, _OVERHEAD):
        return np.int64(OVERHEAD)
    if _begins(data, begin, end, _STACK):
        return np.int64(STACK)
    return np.int64(-1)


@uncounted
def _scaled(data: Bytes, begin: Integer, end: Integer, scale: Integer) -> tuple[Integer, Integer]:
    """Return a time in the unit and what is behind it; heaptrack's export has fractions."""
    whole, behind = decimal(data, begin, end)
    if behind == begin or whole > LARGEST // scale:
        return np.int64(-1), begin
    fraction = np.int64(0)
    if behind < end and data[behind] == 46:
        first = behind + 1
        fraction, behind = decimal(data, first, min(end, first + _NANO_DIGITS))
        for _ in range(_NANO_DIGITS - (behind - first)):
            fraction *= 10
        while behind < end and 48 <= data[behind] <= 57:
            behind += 1
    return whole * scale + fraction // (_NANOSECONDS // scale), behind


@uncounted
def _kind(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return the kind of a snapshot; -1 for a word that is none."""
    if _begins(data, begin, end, _EMPTY) and end - begin == _EMPTY.size:
        return np.int64(EMPTY)
    if _begins(data, begin, end, _DETAILED) and end - begin == _DETAILED.size:
        return np.int64(DETAILED)
    if _begins(data, begin, end, _PEAK) and end - begin == _PEAK.size:
        return np.int64(PEAK)
    return np.int64(-1)


@uncounted
def _begins(data: Bytes, begin: Integer, end: Integer, word: Bytes) -> bool:
    return bool(
        end - begin >= word.size and same_bytes(data, begin, word, np.int64(0), np.int64(word.size))
    )
