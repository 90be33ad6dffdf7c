"""Symbols that can be looked up by offset, kept and ordered as perf does.

References
----------
Linux 6.1, ``tools/perf/util/symbol.c``: ``symbols__fixup_end``, ``symbols__fixup_duplicate``.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.perf_data_file.symbols import symbol_tree
from slonana_analysis.readers.perf_data_file.symbols.alias_ranks import ranks_of
from slonana_analysis.readers.perf_data_file.symbols.demangle import demangled
from slonana_analysis.readers.scanning import Bytes

FUNCTION = 2
GLOBAL = 1
_PAGE = np.uint64(4096)
_LONGEST_NAME = 1 << 16
_MOST_OVERLAP = 8

Positions = NDArray[np.uint64]


@dataclass(frozen=True)
class Batch:
    """Symbols that are read together, in the order of their file.

    Attributes
    ----------
    starts, sizes : ndarray of uint64, shape (n_symbols,)
        Offset in the object's file, and bytes; 0 if the file does not say how many.
    bindings, kinds : ndarray of uint8, shape (n_symbols,)
        ``STB_*`` and ``STT_*``.
    name_at : ndarray of int64, shape (n_symbols,)
        Where the name begins in ``strings``.
    strings : ndarray of uint8, shape (n_bytes,)
        Names, each ended by a zero byte.
    suffix : bytes
        What is added to each name.
    whole : bool
        Whether functions that are not exported are among them (``.symtab``).
    """

    starts: Positions
    sizes: Positions
    bindings: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    name_at: NDArray[np.int64]
    strings: Bytes
    suffix: bytes = b""
    whole: bool = False

    def names(self, numbers: NDArray[np.int64]) -> list[bytes]:
        """Return the names of symbols as the file has them.

        Parameters
        ----------
        numbers : ndarray of int64, shape (n_names,)
            Which symbols of the batch.

        Returns
        -------
        list of bytes
            One for each. Names may overlap in a hostile file; once they are several times as long
            as all strings of the file together, the rest is empty.
        """
        begins = self.name_at[numbers]
        lengths = self._zeros[np.searchsorted(self._zeros, begins)] - begins
        lengths = np.minimum(lengths, _LONGEST_NAME)
        lengths[np.cumsum(lengths) > _MOST_OVERLAP * self.strings.size + _LONGEST_NAME] = 0
        text = self.strings.data
        pairs = zip(begins.tolist(), (begins + lengths).tolist(), strict=True)
        return [bytes(text[begin:end]) for begin, end in pairs]

    @cached_property
    def _zeros(self) -> NDArray[np.int64]:
        return np.append(np.flatnonzero(self.strings == 0), self.strings.size)


@dataclass
class SymbolTable:
    """Symbols that can be looked up.

    Parameters
    ----------
    batches : list of Batch
        In the order in which perf reads them. Where symbols of the first two kinds share a start,
        the best one stays; the others are all kept.
    settled : int
        How many of the batches are of those kinds.
    mangled : bool
        Whether names are C++ or Rust symbols.
    """

    batches: list[Batch]
    settled: int
    mangled: bool = True
    _starts: Positions = field(init=False)
    _ends: Positions = field(init=False)
    _tree: symbol_tree.Tree = field(init=False)
    _first: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        counts = [batch.starts.size for batch in self.batches]
        self._first = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        self._starts = _joined([batch.starts for batch in self.batches])
        self._ends = self._starts + _joined([batch.sizes for batch in self.batches])
        self._tree = symbol_tree.empty_tree(self._starts.size)
        alive = np.empty(0, np.int64)
        for number in range(len(self.batches)):
            first, behind = int(self._first[number]), int(self._first[number + 1])
            symbol_tree.insert_all(self._tree, self._starts, first, behind)
            if number < self.settled and behind > first:
                alive = self._settle(np.concatenate([alive, np.arange(first, behind)]), number)

    def __len__(self) -> int:
        return int(self._starts.size)

    def find(self, positions: Positions) -> NDArray[np.int32]:
        """Return which symbol lies at each offset of the object's file, -1 for none.

        Parameters
        ----------
        positions : ndarray of uint64, shape (n_positions,)
            Offsets, bytes.
        """
        return symbol_tree.find_all(self._tree, self._starts, self._ends, positions)

    def names(self, symbols: NDArray[np.int32]) -> list[str]:
        """Return the names of symbols, as perf prints them.

        Parameters
        ----------
        symbols : ndarray of int32, shape (n_symbols,)
            Numbers that ``find`` gave.
        """
        raw, suffixes = self._raw_names(symbols.astype(np.int64))
        plain = demangled(raw) if self.mangled else raw
        return [
            (name + suffix).decode("utf-8", "backslashreplace")
            for name, suffix in zip(plain, suffixes, strict=True)
        ]

    def _raw_names(self, symbols: NDArray[np.int64]) -> tuple[list[bytes], list[bytes]]:
        """Return the names of symbols in their files, and what is added to each."""
        which = np.searchsorted(self._first, symbols, side="right") - 1
        names = [b""] * symbols.size
        suffixes = [b""] * symbols.size
        for number, batch in enumerate(self.batches):
            places = np.flatnonzero(which == number)
            found = batch.names(symbols[places] - self._first[number])
            for place, name in zip(places.tolist(), found, strict=True):
                names[place], suffixes[place] = name, batch.suffix
        return names, suffixes

    def _settle(self, alive: NDArray[np.int64], last: int) -> NDArray[np.int64]:
        """Give symbols without a size their ends and leave one symbol for each start."""
        starts = self._starts
        order = alive[np.argsort(starts[alive], kind="stable")]
        empty = self._ends[order] == starts[order]
        following = np.append(starts[order[1:]], _next_page(starts[order[-1]]))
        self._ends[order[empty]] = following[empty]
        same = starts[order[1:]] == starts[order[:-1]]
        tied = order[np.append(same, False) | np.append(False, same)]
        ranks = np.zeros(starts.size, np.int64)
        ranks[tied] = self._ranks(tied, last)
        losers = symbol_tree.duplicates(order, starts, self._ends, ranks)
        symbol_tree.erase_all(self._tree, losers)
        return order[~np.isin(order, losers)]

    def _ranks(self, tied: NDArray[np.int64], last: int) -> NDArray[np.int64]:
        bindings = np.concatenate([batch.bindings for batch in self.batches[: last + 1]])
        return ranks_of(self._starts[tied], self._raw_names(tied)[0], bindings[tied])


def plain_batch(
    starts: Positions, sizes: Positions, names: list[bytes], bindings: NDArray[np.uint8]
) -> Batch:
    """Return functions whose names are at hand."""
    lengths = np.array([len(name) + 1 for name in names], np.int64)
    strings = np.frombuffer(b"".join(name + b"\0" for name in names), np.uint8)
    kinds = np.full(starts.size, FUNCTION, np.uint8)
    return Batch(starts, sizes, bindings, kinds, np.cumsum(lengths) - lengths, strings)


def _next_page(start: np.uint64) -> np.uint64:
    with np.errstate(over="ignore"):
        return np.uint64((start + _PAGE - np.uint64(1)) // _PAGE * _PAGE + _PAGE)


def _joined(parts: list[Positions]) -> Positions:
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)
