"""From addresses in address spaces to frames with names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.perf_data_file.address_spaces import covering, mappings_of
from slonana_analysis.readers.perf_data_file.grouping import grouped
from slonana_analysis.readers.perf_data_file.side_band import Mapping, SideBand
from slonana_analysis.readers.perf_data_file.stacks import KERNEL, Stacks
from slonana_analysis.readers.perf_data_file.symbol_notes import SymbolNote, summed_up
from slonana_analysis.readers.perf_data_file.symbols.jit_maps import map_path
from slonana_analysis.readers.perf_data_file.symbols.symbolizer import Symbolizer

UNKNOWN = "[unknown]"
# Memory that holds something else in every process.
_ANONYMOUS = ("//anon", "/dev/zero", "/anon_hugepage", "[stack", "/SYSV", "[heap]")


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
    stacks: Stacks, side: SideBand, symbolizer: Symbolizer, losses: LossCounter
) -> tuple[NDArray[np.int64], FrameNames]:
    """Return the frame of every address.

    Parameters
    ----------
    stacks : Stacks
        Its addresses.
    side : SideBand
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
    mapped, mappings = mappings_of(side, stacks.spaces, stacks.addresses, losses)
    kernel = np.flatnonzero(stacks.spaces == KERNEL)
    mapped[kernel] = covering(mappings, side.kernel, stacks.addresses[kernel])
    names, notes = FrameNames(), list[SymbolNote]()
    frames = np.full(mapped.size, names.frame(UNKNOWN, UNKNOWN), np.int64)
    for mapping, rows in _groups(mapped, mappings):
        starts, offsets = _columns(mapped[rows], mappings)
        addresses = stacks.addresses[rows]
        symbols = symbolizer.symbolize(
            mapping.path,
            addresses - starts + offsets,
            process=mapping.process,
            addresses=addresses,
            executable=mapping.executable,
        )
        if symbols.note:
            notes.append(SymbolNote(mapping.path, symbols.note, rows.size))
        own = [names.frame(name, symbols.module) for name in symbols.names]
        own.append(names.frame(UNKNOWN, symbols.module))
        frames[rows] = np.array(own, np.int64)[symbols.number]
    for sentence in summed_up(notes):
        losses.say(sentence)
    return frames, names


def _columns(
    mapped: NDArray[np.int64], mappings: Sequence[Mapping]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return where the mapping of each address begins, in memory and in its file."""
    rows, place = np.unique(mapped, return_inverse=True)
    used = [mappings[row] for row in rows.tolist()]
    starts = np.array([mapping.start for mapping in used], np.uint64)
    offsets = np.array([mapping.offset for mapping in used], np.uint64)
    return starts[place], offsets[place]


def _groups(
    mapped: NDArray[np.int64], mappings: Sequence[Mapping]
) -> list[tuple[Mapping, NDArray[np.int64]]]:
    """Return the addresses of each mapped object, with one of its mappings.

    Files are the same in every process; of other memory, that of each process is an object.
    """
    objects: dict[tuple[str, int, bool], list[int]] = {}
    for row in np.unique(mapped[mapped >= 0]).tolist():
        mapping = mappings[row]
        key = (mapping.path, mapping.process if _is_private(mapping) else 0, mapping.executable)
        objects.setdefault(key, []).append(row)
    number = np.full(len(mappings) + 1, -1, np.int64)
    for place, rows in enumerate(objects.values()):
        number[rows] = place
    # Rows of -1 take the last place, which is nobody's.
    first = [mappings[rows[0]] for rows in objects.values()]
    return [(first[place], rows) for place, rows in grouped(number[mapped], lowest=0)]


def _is_private(mapping: Mapping) -> bool:
    return mapping.path.startswith(_ANONYMOUS) or mapping.path == map_path(mapping.process)
