"""Turns the costs that were read of callgrind text into the tables of a profile."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.assembly import Collected, assemble
from slonana_analysis.readers.callgrind_header import Header
from slonana_analysis.readers.callgrind_state import Tables
from slonana_analysis.readers.callgrind_sums import Sums, costs_of
from slonana_analysis.readers.interning import name_list
from slonana_analysis.readers.profile_builder import Description

_HALF = 32
_LOWER_HALF = (1 << _HALF) - 1
_LARGEST_SUM = 2**62
_PROGRAM_LENGTH = 80


@dataclass(frozen=True)
class Costs:
    """Costs that are not 0, one row for each number.

    Attributes
    ----------
    upper, lower : ndarray of int64, shape (n_rows,)
        The halves of the keys that costs were added up by: place and source line, or the places
        of caller and callee. Places are rows of ``Tables.places``.
    part : ndarray of int64, shape (n_rows,)
        Part of the file.
    row, event : ndarray of int32, shape (n_costs,)
        Row of the arrays above, and number of the event.
    value : ndarray of int64, shape (n_costs,)
        The cost.
    """

    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    part: NDArray[np.int64]
    row: NDArray[np.int32]
    event: NDArray[np.int32]
    value: NDArray[np.int64]


def spread(sums: Sums, parts: NDArray[np.int64], header: Header) -> Costs:
    """Return the costs of some sums, each with the event that its column counts.

    Parameters
    ----------
    sums : Sums
        By keys of which the upper half is a place.
    parts : ndarray of int64, shape (n_places,)
        Part of each place.
    header : Header
        What each part counts.

    Returns
    -------
    Costs
        In the order of first sight.
    """
    packed, row, column, value = costs_of(sums)
    upper, lower = packed >> _HALF, packed & _LOWER_HALF
    part = parts[upper]
    counted = value != 0
    row, column = row[counted], column[counted]
    return Costs(upper, lower, part, row, _events(header)[part[row], column], value[counted])


def _events(header: Header) -> NDArray[np.int32]:
    """Return the event of each column, shape (n_parts, columns)."""
    sets = {part.events: None for part in header.parts}
    columns = max(map(len, sets))
    padded = {events: (*events, *[0] * (columns - len(events))) for events in sets}
    return np.array([padded[part.events] for part in header.parts], np.int32)


def part_totals(costs: Costs, parts: int, events: int) -> NDArray[np.int64]:
    """Return the sum of the costs of every part, shape (parts, events)."""
    sums = np.zeros((parts, events), np.int64)
    np.add.at(sums, (costs.part[costs.row], costs.event), costs.value)
    return sums


def with_derived(costs: Costs, factors: list[dict[int, int]], first: int) -> Costs:
    """Return costs with those of derived events behind them.

    Parameters
    ----------
    costs : Costs
        Of counted events.
    factors : list of dict
        Factor of every counted event, for each derived one.
    first : int
        Number of the first derived event.

    Returns
    -------
    Costs
        Sums must fit 64 bits, which the caller has made sure of.
    """
    rows, events, values = [costs.row], [costs.event], [costs.value]
    for number, factor in enumerate(factors, first):
        times = np.zeros(first, np.int64)
        times[list(factor)] = list(factor.values())
        sums = np.zeros(costs.upper.size, np.int64)
        np.add.at(sums, costs.row, costs.value * times[costs.event])
        found = np.flatnonzero(sums).astype(np.int32)
        rows.append(found)
        events.append(np.full(found.size, number, np.int32))
        values.append(sums[found])
    return replace(
        costs,
        row=np.concatenate(rows),
        event=np.concatenate(events),
        value=np.concatenate(values),
    )


def fits(factors: dict[int, int], heaviest: float) -> bool:
    """Return whether a derived event's sums are sure to fit 64 bits."""
    return sum(factors.values()) * heaviest < _LARGEST_SUM


def make_profile(
    tables: Tables,
    header: Header,
    *,
    costs: tuple[Costs, Costs],
    events: list[str],
    description: Description,
    source: str,
) -> Profile:
    """Return the profile.

    Parameters
    ----------
    tables : Tables
        Names and places.
    header : Header
        Parts.
    costs : tuple of Costs
        Of source lines and of calls.
    events : list of str
        All events, derived ones included.
    description : Description
        Format, tool, unit, ledger and facts.
    source : str
        Name of the file, for errors.

    Returns
    -------
    Profile
        A frame for every source line with costs, and one without a line for every function that
        calls or is called; each is a root of its own.
    """
    own, below = costs
    places, place_of = _places_of_all_parts(tables, header)
    costly = np.zeros(own.upper.size, np.bool_)
    costly[own.row] = True
    frames = place_of[own.upper[costly]] << _HALF | own.lower[costly]
    of_costly = np.arange(frames.size)
    if len(header.parts) > 1:
        frames, of_costly = np.unique(frames, return_inverse=True)
    of_line = np.zeros(own.upper.size, np.int32)
    of_line[costly] = of_costly
    frames, of_place = _with_functions(frames, place_of[below.upper], place_of[below.lower])
    threads, names = _threads(header, name_list(tables.names))
    collected = Collected(
        names=names,
        # A place is function, object, file: the order of a frame.
        frames=np.column_stack([places[frames >> _HALF], frames & _LOWER_HALF]),
        parents=np.full(frames.size, -1, np.int32),
        node_frames=np.arange(frames.size, dtype=np.int32),
        threads=threads,
        events=events,
        node=of_line[own.row],
        thread=own.part[own.row].astype(np.int32),
        time_ns=np.full(own.row.size, -1, np.int64),
        weight=own.value,
        event=own.event,
        units={"Ir": "instructions"} if len(events) > 1 and "Ir" in events else {},
    )
    profile = assemble(collected, description, source)
    ends = of_place[place_of[below.upper]], of_place[place_of[below.lower]]
    edges = _edges(below, ends, tables.calls, header, events)
    return replace(profile, edges=edges)


def _with_functions(
    frames: NDArray[np.int64], callers: NDArray[np.int64], callees: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the frames with those of all functions that call or are called, and of each place."""
    ends = np.unique(np.concatenate([callers, callees]))
    bare = np.flatnonzero(frames & _LOWER_HALF == 0)
    highest = max(int(ends.max(initial=-1)), int((frames[bare] >> _HALF).max(initial=-1)))
    of_place = np.full(highest + 1, -1, np.int64)
    of_place[frames[bare] >> _HALF] = bare
    missing = ends[of_place[ends] < 0]
    of_place[missing] = frames.size + np.arange(missing.size)
    return np.concatenate([frames, missing << _HALF]), of_place


def _places_of_all_parts(
    tables: Tables, header: Header
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return function, object and file of every place whatever its part, and which is whose."""
    places = tables.places.keys[: int(tables.places.state[0]), :3]
    if len(header.parts) == 1:
        return places, np.arange(len(places))
    distinct, of_place = np.unique(places, axis=0, return_inverse=True)
    return distinct, of_place.ravel()


def _threads(header: Header, names: list[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Return a row for every part, and the names with those of the rows behind them."""
    words = header.facts.get("cmd", "").split()
    program = words[0].rpartition("/")[2][:_PROGRAM_LENGTH] if words else ""
    labels: dict[str, int] = {}
    rows = []
    for part in header.parts:
        numbered = len(header.parts) > 1 and part.number >= 0
        label = f"{program} part {part.number}".strip() if numbered else program
        name = labels.setdefault(label, len(labels)) + len(names)
        rows.append((part.process, part.thread, name))
    return np.array(rows, np.int64).reshape(-1, 3), [*names, *labels]


def _edges(
    below: Costs,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    calls: NDArray[np.int64],
    header: Header,
    events: list[str],
) -> pd.DataFrame:
    """Sum calls over parts: a row for each pair of functions and event that costs something.

    The first event of a pair has a row always, so that no call is without one.
    """
    if not events:
        return schema.EDGES.empty()
    pairs, of_row = np.unique(ends[0] << _HALF | ends[1], return_inverse=True)
    called = np.zeros(pairs.size, np.int64)
    np.add.at(called, of_row, calls[: of_row.size])
    first = np.array([part.events[0] if part.events else 0 for part in header.parts], np.int64)
    span = len(events)
    keys = np.concatenate(
        [of_row[below.row] * span + below.event, of_row * span + first[below.part]]
    )
    rows, places = np.unique(keys, return_inverse=True)
    inclusive = np.zeros(rows.size, np.int64)
    np.add.at(inclusive, places[: below.row.size], below.value)
    pair = rows // span
    return schema.EDGES.conform(
        pd.DataFrame(
            {
                "caller": pairs[pair] >> _HALF,
                "callee": pairs[pair] & _LOWER_HALF,
                "calls": called[pair],
                "inclusive": inclusive,
                "event": pd.Categorical.from_codes(
                    rows % span, categories=pd.Index(events, dtype="str")
                ),
            }
        )
    )
