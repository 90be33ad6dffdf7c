"""What reading callgrind text has to remember from one line, and one block of lines, to the next.

All of it is arrays, so that machine code can take it, fill it and stop where one of them is full.
Costs lie ragged in one array: a row holds as many as its line had, so that memory grows with what
stands in the file and not with what its header announces.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.callgrind_sums import MOST_EVENTS, Sums, longer, new_sums, roomy_sums
from slonana_analysis.readers.interning import (
    Names,
    Rows,
    new_names,
    new_rows,
    reserve_names,
    reserve_rows,
)

FUNCTIONS, FILES, OBJECTS = range(3)
"""Rows of ``Tables.numbered``: each kind of name counts for itself."""

LARGEST_NUMBER = 1 << 22
"""Numbers of names from here on are refused: no program has as many functions."""

MISSING = -1
"""No name, no place, no cost line to come."""

DISCARD = -2
"""The next cost line belongs to a call that could not be read."""

UNSET = -2
"""The called function lies in the same file or object as its caller."""

# A power of two.
_REMEMBERED = 1024

# Why the machine code came back.
DONE, FULL, HEADER, NAME = range(4)

# Kinds of loss: rows of ``State.losses``.
UNREADABLE, BAD_COSTS, UNDEFINED, ODD_LINE, NO_COSTS = range(5)
LOSSES = (
    "lines are not callgrind text",
    "cost lines are damaged",
    "names are referred to by numbers that stand for nothing",
    "costs have a source line that is none, and are counted without one",
    "calls lack the cost line that must follow",
)

# Places in ``State.now``.
(
    FUNCTION,
    FILE,
    OBJECT,
    FUNCTION_FILE,
    CALLED,
    CALLED_FILE,
    CALLED_OBJECT,
    CALL_SEEN,
    CALLS,
    CALL_BYTES,
    SOURCE_LINE,
    PART,
    COLUMNS,
    LINE_COLUMN,
    EVENTS,
    SIGNED,
    TEXT_LINE,
    RECORDS,
    DROPPED,
    BYTES_LOST,
    NAME_BEGIN,
    NAME_END,
    NAME_ROW,
    NUMBER,
    PLACE,
    CALLER,
    CALLEE,
    WIDTH,
    NEXT_LINE,
) = range(29)


# Places in ``State.heaviest``.
COSTS_WEIGHT, CALLS_WEIGHT, LINE_WEIGHT = range(3)


class Tables(NamedTuple):
    """What grows with the file.

    Attributes
    ----------
    names : Names
        Names of functions, files and objects.
    numbered : ndarray of int32, shape (3, n)
        Name that a number in parentheses stands for, by kind; -1 where none.
    places : Rows
        ``(function, object, file, part)``; the first three are rows of ``names`` or -1.
    lines : Sums
        Self costs by place and source line.
    edges : Sums
        Inclusive costs by the place that calls and the one that is called.
    calls : ndarray of int64, shape (capacity,)
        How often each row of ``edges`` was called.
    """

    names: Names
    numbered: NDArray[np.int32]
    places: Rows
    lines: Sums
    edges: Sums
    calls: NDArray[np.int64]


class State(NamedTuple):
    """What stays of one size.

    Attributes
    ----------
    now : ndarray of int64, shape (29,)
        Where reading stands; the constants of this module name the places.
    losses : ndarray of int64, shape (5, 2)
        How often each kind of loss was met, and the number of the first line with it.
    heaviest : ndarray of float64, shape (3,)
        Sums of the absolute costs and of the calls, to see whether 64 bits held them, and that of
        the line being read.
    values : ndarray of int64, shape (64,)
        Costs of the line being read.
    recent : ndarray of int64, shape (1024, 4)
        Function, object and file of callees met lately, and their place.
    """

    now: NDArray[np.int64]
    losses: NDArray[np.int64]
    heaviest: NDArray[np.float64]
    values: NDArray[np.int64]
    recent: NDArray[np.int64]


def new_state(*, signed: bool) -> State:
    """Return the state before the first line; ``signed`` if costs may be below zero."""
    now = np.zeros(29, np.int64)
    now[[FUNCTION, FILE, OBJECT, FUNCTION_FILE, CALLED, CALLS, PLACE, CALLER, NAME_ROW]] = MISSING
    now[[CALLED_FILE, CALLED_OBJECT]] = UNSET
    now[COLUMNS] = 1
    now[SIGNED] = signed
    return State(
        now,
        np.zeros((len(LOSSES), 2), np.int64),
        np.zeros(3, np.float64),
        np.zeros(MOST_EVENTS, np.int64),
        np.full((_REMEMBERED, 4), UNSET, np.int64),
    )


def new_tables() -> Tables:
    """Return empty tables."""
    return Tables(
        new_names(),
        np.full((3, 1024), MISSING, np.int32),
        new_rows(),
        new_sums(),
        new_sums(),
        np.zeros(1024, np.int64),
    )


def roomy(tables: Tables, state: State) -> Tables:
    """Return the tables with room for at least one more line like the one that did not fit."""
    edges = roomy_sums(tables.edges)
    return Tables(
        reserve_names(tables.names, int(state.now[NAME_END] - state.now[NAME_BEGIN])),
        _roomy_numbers(tables.numbered, int(state.now[NUMBER])),
        reserve_rows(tables.places),
        roomy_sums(tables.lines),
        edges,
        longer(tables.calls, len(edges.rows)),
    )


def _roomy_numbers(numbered: NDArray[np.int32], number: int) -> NDArray[np.int32]:
    if number < numbered.shape[1]:
        return numbered
    larger = np.full((3, max(2 * numbered.shape[1], number + 1)), MISSING, np.int32)
    larger[:, : numbered.shape[1]] = numbered
    return larger
