"""From addresses in address spaces to frames with names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file.side_band import Epoch, Spaces
from slonana_analysis.readers.perf_data_file.stacks import ELSEWHERE, KERNEL, Stacks
from slonana_analysis.readers.perf_data_file.symbols.symbolizer import Symbolizer

UNKNOWN = "[unknown]"
# Memory that holds something else in every process.
_ANONYMOUS = ("//anon", "/dev/zero", "/anon_hugepage", "[stack", "/SYSV", "[heap]", "/tmp/perf-")


class FrameNames:
    """Frames as rows of name numbers, each once."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._rows: dict[tuple[int, int], int] = {}

    def name(self, text: str) -> int:
        """Return the number of a name."""
        number = self._numbers.setdefault(text, len(self.names))
        if number == len(self.names):
            self.names.append(text)
        return number

    def frame(self, function: str, module: str) -> int:
        """Return the row of a frame."""
        key = (self.name(function), self.name(module))
        return self._rows.setdefault(key, len(self._rows))

    def table(self) -> NDArray[np.int64]:
        """Return the frames: ndarray of int64, shape (n_frames, 4), as ``Collected.frames``."""
        pairs = np.array(list(self._rows), np.int64).reshape(-1, 2)
        table = np.zeros((len(pairs), 4), np.int64)
        table[:, :2] = pairs
        table[:, 2] = -1
        return table


def name_places(
    stacks: Stacks,
    spaces: Spaces,
    epochs: Sequence[Epoch],
    symbolizer: Symbolizer,
    losses: LossCounter,
) -> tuple[NDArray[np.int64], FrameNames]:
    """Return the frame of every address.

    Parameters
    ----------
    stacks : Stacks
        Its addresses.
    spaces, epochs
        What was mapped when.
    symbolizer : Symbolizer
        Knows the symbols of mapped files.
    losses : LossCounter
        Told why symbols are missing.

    Returns
    -------
    frames : ndarray of int64, shape (n_places,)
        Row of the frame table.
    names : FrameNames
        The frame table.
    """
    mapped = _mapping_rows(stacks, spaces, epochs)
    names = FrameNames()
    frames = np.full(mapped.size, names.frame(UNKNOWN, UNKNOWN), np.int64)
    for path, process, rows in _groups(mapped, spaces):
        starts = np.array([spaces.mappings[row].start for row in mapped[rows]], np.uint64)
        offsets = np.array([spaces.mappings[row].offset for row in mapped[rows]], np.uint64)
        addresses = stacks.addresses[rows]
        executable = spaces.mappings[int(mapped[rows[0]])].executable
        symbols = symbolizer.symbolize(
            path,
            addresses - starts + offsets,
            process=process,
            addresses=addresses,
            executable=executable,
        )
        if symbols.note:
            losses.say(symbols.note)
        own = [names.frame(name, symbols.module) for name in symbols.names]
        own.append(names.frame(UNKNOWN, symbols.module))
        frames[rows] = np.array(own, np.int64)[symbols.number]
    return frames, names


def _groups(mapped: NDArray[np.int64], spaces: Spaces) -> list[tuple[str, int, NDArray[np.int64]]]:
    """Return the addresses of each mapped object: path, process (0: any), rows."""
    used = np.unique(mapped[mapped >= 0])
    objects: dict[tuple[str, int, bool], list[int]] = {}
    for row in used.tolist():
        mapping = spaces.mappings[row]
        own = mapping.path.startswith(_ANONYMOUS)
        key = (mapping.path, mapping.process if own else 0, mapping.executable)
        objects.setdefault(key, []).append(row)
    number = np.full(len(spaces.mappings) + 1, -1, np.int64)
    for place, rows in enumerate(objects.values()):
        number[rows] = place
    of_place = np.where(mapped >= 0, number[mapped], -1)
    order = np.argsort(of_place, kind="stable")
    begins = np.searchsorted(of_place[order], np.arange(len(objects)), side="left")
    ends = np.searchsorted(of_place[order], np.arange(len(objects)), side="right")
    return [
        (path, process, order[begin:end])
        for (path, process, _), begin, end in zip(objects, begins, ends, strict=True)
    ]


def _mapping_rows(stacks: Stacks, spaces: Spaces, epochs: Sequence[Epoch]) -> NDArray[np.int64]:
    """Return which mapping each address lies in; -1 where none is known."""
    found = np.full(stacks.spaces.size, -1, np.int64)
    order = np.argsort(stacks.spaces, kind="stable")
    distinct, first = np.unique(stacks.spaces[order], return_index=True)
    ends = [*first[1:].tolist(), order.size]
    for space, begin, end in zip(distinct.tolist(), first.tolist(), ends, strict=True):
        mine = order[begin:end]
        if space == KERNEL:
            rows = spaces.kernel
        elif space in (ELSEWHERE, -1):
            continue
        else:
            rows = list(epochs[space].rows)
        found[mine] = _within(stacks.addresses[mine], rows, spaces)
    return found


def _within(
    addresses: NDArray[np.uint64], rows: Sequence[int], spaces: Spaces
) -> NDArray[np.int64]:
    if not rows:
        return np.full(addresses.size, -1, np.int64)
    ordered = np.array(sorted(rows, key=lambda row: spaces.mappings[row].start), np.int64)
    starts = np.array([spaces.mappings[row].start for row in ordered.tolist()], np.uint64)
    ends = np.array([spaces.mappings[row].end for row in ordered.tolist()], np.uint64)
    at = np.searchsorted(starts, addresses, side="right") - 1
    inside = (at >= 0) & (addresses < ends[np.maximum(at, 0)])
    return np.where(inside, ordered[np.maximum(at, 0)], -1)
