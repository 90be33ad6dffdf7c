"""Plays the allocations of a recording again: when most was held, where, and what was temporary."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.scanning import Integer

POINTS = 1998
_MOMENTS = 48
_FEWEST_MOMENTS = 4
# Rows of what is held where, summed over all moments.
_HELD_ROWS = 1_000_000

Counters = NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """The heap over time.

    Attributes
    ----------
    time : ndarray of int64, shape (n_moments,)
        Time stamp before each moment, ns.
    heap : ndarray of int64, shape (n_moments,)
        Bytes held then.
    position : ndarray of int64, shape (n_moments,)
        Events played before it.
    peak : int
        Row of the moment at which most was held, the first such.
    """

    time: Counters
    heap: Counters
    position: Counters
    peak: int


def find_moments(
    events: NDArray[np.int32], sizes: Counters, stamps: Counters
) -> tuple[Moments, Counters]:
    """Return the heap over time, and how often each allocation was temporary.

    Parameters
    ----------
    events : ndarray of int32, shape (n_events,)
        Allocations in order; the complement of a number frees.
    sizes : ndarray of int64, shape (n_infos,)
        Bytes of each allocation.
    stamps : ndarray of int64, shape (n_stamps, 2)
        Events before each time stamp, and its time in ns, ascending.

    Returns
    -------
    moments : Moments
        Of each of up to 1,998 equal slices of time the moment at which most was held, and the
        end. Nothing is averaged, so the highest is the peak.
    temporary : ndarray of int64, shape (n_infos,)
        Allocations that the very next deallocation frees, counted as heaptrack does: it goes by
        the number of the allocation, so another of the same size and stack counts as the same,
        and number 0 counts too where a deallocation precedes.
    """
    begins = np.concatenate(([0], stamps[:, 0]))
    times = np.concatenate(([0], stamps[:, 1]))
    highest, where, temporary, last = _play_all(events, sizes, begins)
    slices = _slices(times)
    # The first of the highest in every slice.
    order = np.lexsort((where, -highest, slices))
    _, first = np.unique(slices[order], return_index=True)
    chosen = order[first]
    time = np.concatenate((times[chosen], times[-1:]))
    heap = np.concatenate((highest[chosen], [last]))
    position = np.concatenate((where[chosen], [events.size]))
    return Moments(time, heap, position, int(np.argmax(heap))), temporary


def _slices(times: Counters) -> Counters:
    span = float(times[-1]) + 1.0
    return np.minimum((times * (POINTS / span)).astype(np.int64), POINTS - 1)


@njit(cache=True, nogil=True)
def _play_all(
    events: NDArray[np.int32], sizes: Counters, begins: Counters
) -> tuple[Counters, Counters, Counters, Integer]:
    """Return the highest heap between time stamps, where it was, temporaries, and the last heap."""
    count = begins.size
    highest, where = np.zeros(count, np.int64), np.zeros(count, np.int64)
    temporary = np.zeros(sizes.size, np.int64)
    heap, newest = np.int64(0), np.int64(0)
    for stamp in range(count):
        end = begins[stamp + 1] if stamp + 1 < count else events.size
        most, place = heap, begins[stamp]
        for position in range(begins[stamp], end):
            event = np.int64(events[position])
            if event >= 0:
                heap += sizes[event]
                newest = event
                if heap > most:
                    most, place = heap, position + 1
            else:
                heap -= sizes[~event]
                if newest == ~event:
                    temporary[~event] += 1
                newest = np.int64(0)
        highest[stamp] = most
        where[stamp] = place
    return highest, where, temporary, heap


def detailed_rows(moments: Moments, places: int) -> Counters:
    """Return the rows of the moments to look at closely.

    They are evenly spread; the peak, the end and what was before it are added.

    Parameters
    ----------
    moments : Moments
        The heap over time.
    places : int
        Call paths that allocate; the more there are, the fewer moments.

    Returns
    -------
    ndarray of int64
        Ascending, without repeats; at most 51.
    """
    number = min(_MOMENTS, max(_FEWEST_MOMENTS, _HELD_ROWS // max(places, 1)))
    last = moments.time.size - 1
    # Spread over time and not over rows: where nothing is allocated there are no rows.
    wanted = np.linspace(0.0, float(moments.time[-1]), number)
    rows = np.searchsorted(moments.time[:-1], wanted, side="right") - 1
    return np.unique(np.concatenate((np.maximum(rows, 0), [moments.peak, max(last - 1, 0), last])))


def held_at(
    events: NDArray[np.int32],
    sizes: Counters,
    places: NDArray[np.int32],
    positions: Counters,
    count: int,
) -> list[Counters]:
    """Return what each place holds after some events, moment by moment.

    Parameters
    ----------
    events, sizes : ndarray
        As for ``find_moments``.
    places : ndarray of int32, shape (n_infos,)
        Where each allocation is counted: a row of the call tree.
    positions : ndarray of int64, shape (n_moments,)
        Events played before each moment, ascending.
    count : int
        Number of places.

    Returns
    -------
    list of ndarray of int64, shape (n, 2)
        Place and bytes, of places that hold anything.
    """
    held = np.zeros(count, np.int64)
    moments, done = [], 0
    for position in positions.tolist():
        _play(events[done:position], sizes, places, held)
        done = position
        rows = np.flatnonzero(held)
        moments.append(np.stack((rows, held[rows]), axis=1))
    return moments


@njit(cache=True, nogil=True)
def _play(
    events: NDArray[np.int32], sizes: Counters, places: NDArray[np.int32], held: Counters
) -> None:
    for event in events:
        if event >= 0:
            held[places[event]] += sizes[event]
        else:
            held[places[~event]] -= sizes[~event]
