"""Which mapping an address lay in, at every moment of a recording.

An epoch of a process lasts from one change of its mappings to the next; its number is that of the
change. The mappings of an epoch exist only while the changes are played through, so that many
changes of a large address space cost no more than the file that states them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file.grouping import grouped
from slonana_analysis.readers.perf_data_file.side_band import Change, Mapping, SideBand

UNKNOWN_SPACE = -1
# The kernel itself allows 65,530 mappings of a process.
_MOST_MAPPINGS = 1 << 17
# Entries that processes may copy of their parents in all: 20,000 processes of 200 mappings.
_MOST_COPIED = 1 << 22
# Below this share of the mappings, searching each address on its own is faster.
_FEW = 8
_LAST_MOMENT = (1 << 63) - 1


def epoch_numbers(
    side: SideBand, process: NDArray[np.int32], time: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return which epoch each sample falls into.

    Parameters
    ----------
    side : SideBand
        With the changes.
    process : ndarray of int32, shape (n_samples,)
        Of each sample.
    time : ndarray of int64, shape (n_samples,)
        Of each sample.

    Returns
    -------
    ndarray of int64, shape (n_samples,)
        Row of ``side.changes``; -1 where nothing is known of the process at that time.
    """
    numbers = np.full(process.size, UNKNOWN_SPACE, np.int64)
    changed: dict[int, list[int]] = {}
    for row, change in enumerate(side.changes):
        changed.setdefault(change.process, []).append(row)
    for pid, mine in grouped(process):
        rows = changed.get(pid)
        if rows is None:
            continue
        moments = np.array([min(side.changes[row].time, _LAST_MOMENT) for row in rows], np.int64)
        at = np.searchsorted(moments, time[mine], side="right") - 1
        numbers[mine] = np.where(at >= 0, np.array(rows, np.int64)[at], UNKNOWN_SPACE)
    return numbers


def mappings_of(
    side: SideBand,
    epochs: NDArray[np.int64],
    addresses: NDArray[np.uint64],
    losses: LossCounter,
) -> tuple[NDArray[np.int64], list[Mapping]]:
    """Return the mapping that each address lies in.

    Parameters
    ----------
    side : SideBand
        With the changes.
    epochs : ndarray of int64, shape (n_places,)
        Epoch of each address; what is negative belongs to no process.
    addresses : ndarray of uint64, shape (n_places,)
        The addresses.
    losses : LossCounter
        Told if there are more mappings than any machine has.

    Returns
    -------
    rows : ndarray of int64, shape (n_places,)
        Row of the mappings; -1 where none is known.
    mappings : list of Mapping
        Those of ``side``, and what was left of them where others were mapped over a part.
    """
    found = np.full(epochs.size, -1, np.int64)
    spaces = _Spaces(list(side.mappings))
    played = 0
    for epoch, mine in grouped(epochs, lowest=0):
        for change in side.changes[played : epoch + 1]:
            spaces.apply(change)
        played = epoch + 1
        rows = spaces.rows(side.changes[epoch].process)
        found[mine] = spaces.within(rows, addresses[mine])
    if spaces.left_out:
        losses.say(
            f"{spaces.left_out} mappings were left out, as processes have more of them than a "
            "machine can have"
        )
    return found, spaces.mappings


def covering(
    mappings: Sequence[Mapping], rows: Sequence[int], addresses: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Return which of some mappings each address lies in; -1 if in none.

    Parameters
    ----------
    mappings : sequence of Mapping
        All mappings.
    rows : sequence of int
        Rows of those looked at; of several that cover an address, the one that begins last.
    addresses : ndarray of uint64, shape (n_places,)
        The addresses.
    """
    if not rows:
        return np.full(addresses.size, -1, np.int64)
    ordered = sorted(rows, key=lambda row: mappings[row].start)
    starts = np.array([mappings[row].start for row in ordered], np.uint64)
    ends = np.array([mappings[row].end for row in ordered], np.uint64)
    at = np.searchsorted(starts, addresses, side="right") - 1
    inside = (at >= 0) & (addresses < ends[np.maximum(at, 0)])
    return np.where(inside, np.array(ordered, np.int64)[np.maximum(at, 0)], -1)


class _Spaces:
    """The address spaces of all processes at one moment: rows of mappings, ordered by address.

    A child shares its parent's rows until either changes them.
    """

    def __init__(self, mappings: list[Mapping]) -> None:
        self.mappings = mappings
        self.left_out = 0
        self._rows: dict[int, list[int]] = {}
        self._shared: set[int] = set()
        self._copied = 0

    def rows(self, process: int) -> list[int]:
        return self._rows.get(process, [])

    def apply(self, change: Change) -> None:
        if change.mapping >= 0:
            self._insert(change.process, change.mapping)
            return
        parents = self._rows.get(change.parent)
        if parents is None:
            self._rows.pop(change.process, None)
            return
        self._rows[change.process] = parents
        self._shared |= {change.process, change.parent}

    def within(self, rows: list[int], addresses: NDArray[np.uint64]) -> NDArray[np.int64]:
        if addresses.size * _FEW > len(rows):
            return covering(self.mappings, rows, addresses)
        found = [self._row_of(rows, address) for address in addresses.tolist()]
        return np.array(found, np.int64)

    def _row_of(self, rows: list[int], address: int) -> int:
        at = bisect_right(rows, address, key=self._start) - 1
        return rows[at] if at >= 0 and address < self._end(rows[at]) else -1

    def _insert(self, process: int, new_row: int) -> None:
        """Map a stretch over whatever lies there."""
        rows = self._own(process)
        new = self.mappings[new_row]
        low = bisect_right(rows, new.start, key=self._end)
        high = bisect_left(rows, new.end, key=self._start)
        if len(rows) >= _MOST_MAPPINGS and low == high:
            self.left_out += 1
            return
        parts = [new_row]
        if low < high:
            left, right = self.mappings[rows[low]], self.mappings[rows[high - 1]]
            if left.start < new.start:
                parts.insert(0, self._add(_part(left, left.start, new.start)))
            if right.end > new.end:
                parts.append(self._add(_part(right, new.end, right.end)))
        rows[low:high] = parts

    def _own(self, process: int) -> list[int]:
        """Return the rows of a process to be changed."""
        rows = self._rows.setdefault(process, [])
        if process not in self._shared:
            return rows
        self._shared.discard(process)
        self._copied += len(rows)
        if self._copied > _MOST_COPIED:
            self.left_out += len(rows)
            rows = []
        self._rows[process] = rows = list(rows)
        return rows

    def _start(self, row: int) -> int:
        return self.mappings[row].start

    def _end(self, row: int) -> int:
        return self.mappings[row].end

    def _add(self, mapping: Mapping) -> int:
        self.mappings.append(mapping)
        return len(self.mappings) - 1


def _part(old: Mapping, start: int, end: int) -> Mapping:
    return old._replace(start=start, end=end, offset=(old.offset + start - old.start) % (1 << 64))
