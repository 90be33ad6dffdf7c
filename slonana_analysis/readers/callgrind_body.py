# ruff: noqa: PLR1714  # a set of numbers is searched slowly in machine code
"""Goes through the body of callgrind text in machine code."""

import numpy as np
from numba import njit

from slonana_analysis.readers.callgrind_costs import (
    cost_line,
    drop_line,
    find_places,
    kept_line,
    settle,
)
from slonana_analysis.readers.callgrind_keywords import (
    other_line,
    usual_line,
)
from slonana_analysis.readers.callgrind_state import (
    CALLEE,
    CALLER,
    CALLS,
    DISCARD,
    DONE,
    FULL,
    HEADER,
    MISSING,
    NAME,
    NAME_BEGIN,
    NAME_END,
    NAME_ROW,
    NEXT_LINE,
    PLACE,
    TEXT_LINE,
    WIDTH,
    State,
    Tables,
)
from slonana_analysis.readers.callgrind_sums import (
    add_costs,
)
from slonana_analysis.readers.interning import (
    Names,
    intern_name,
)
from slonana_analysis.readers.scanning import Bytes, Integer, borrowing


@njit(cache=True, nogil=True)
def scan(
    data: Bytes, begin: Integer, end: Integer, tables: Tables, state: State
) -> tuple[Integer, Integer]:
    """Read lines until the text ends, a table is full or a header line comes.

    Parameters
    ----------
    data : ndarray of uint8
        The text.
    begin, end : int
        First byte to read; one past the last line feed.
    tables, state : Tables, State
        Filled.

    Returns
    -------
    position, why : int
        ``DONE`` at ``end``; ``FULL`` at the line that did not fit; ``HEADER`` at a line of the
        form ``key: value``, which is the caller's to read.
    """
    names = tables.names
    position = begin
    why = NAME
    while why == NAME:
        position, why = _scan_lines(data, position, end, tables, state)
        if why == NAME:
            row = _interned(data, state.now[NAME_BEGIN], state.now[NAME_END], names)
            state.now[NAME_ROW] = row
            why = NAME if row >= 0 else FULL
    return position, why


@njit(cache=True, nogil=True)
def _interned(data: Bytes, begin: Integer, end: Integer, names: Names) -> Integer:
    """Return the row of a name, ``MISSING`` if there is no room for it."""
    count = np.int64(names.state[0])
    full = count >= names.hashes.size
    if full or names.begins[count] + end - begin > names.text.size:
        return np.int64(MISSING)
    return intern_name(names, data, begin, end)


@borrowing
def _scan_lines(
    data: Bytes, begin: Integer, end: Integer, tables: Tables, state: State
) -> tuple[Integer, Integer]:
    """Do what ``scan`` does; come back with ``NAME`` for each name that must be looked up."""
    _, numbered, places, lines, edges, calls = tables
    line_slots, line_rows, line_others, line_state = lines
    edge_slots, edge_rows, edge_others, edge_state = edges
    now, losses, heaviest, values, recent = state
    position = begin
    why = DONE
    while position < end:
        now[TEXT_LINE] += 1
        first = data[position]
        if not (48 <= first <= 57 or first == 43 or first == 45 or first == 42):
            following = usual_line(data, position, now, losses, numbered)
            if following < 0:
                following, why = other_line(data, position, end, now, losses, numbered)
        else:
            following = cost_line(data, position, end, now, values, heaviest)
            if following < 0 or now[CALLS] == DISCARD:
                following = drop_line(data, position, end, now, losses)
            elif not find_places(places, now, recent):
                why = FULL
            elif now[CALLS] == MISSING:
                key = now[PLACE] << 32 | kept_line(now[NEXT_LINE])
                row = add_costs(
                    line_slots, line_rows, line_others, line_state,
                    key, values, now[WIDTH],
                )  # fmt: skip
                why = settle(row, now, losses, heaviest, calls)
            else:
                key = now[CALLER] << 32 | now[CALLEE]
                row = add_costs(
                    edge_slots, edge_rows, edge_others, edge_state,
                    key, values, now[WIDTH],
                )  # fmt: skip
                why = settle(row, now, losses, heaviest, calls)
        if why != DONE:
            now[TEXT_LINE] -= np.int64(why != HEADER)
            break
        position = following
    return position, why
