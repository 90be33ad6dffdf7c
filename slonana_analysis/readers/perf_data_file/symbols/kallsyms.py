"""The running kernel's own list of its symbols, ``/proc/kallsyms``, and perf's copies of it.

References
----------
Linux, ``kernel/kallsyms.c`` (format); Linux 6.1, ``tools/perf/util/symbol.c``:
``dso__load_kallsyms``, ``symbol_type__filter``.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.readers.perf_data_file.symbols.elf import build_id_of, same_build_id
from slonana_analysis.readers.perf_data_file.symbols.symbol_table import (
    FUNCTION,
    GLOBAL,
    Batch,
    SymbolTable,
)
from slonana_analysis.readers.scanning import Bytes, Integer, hexadecimal, line_end

KERNEL = "[kernel.kallsyms]"
_LIST = Path("/proc/kallsyms")
_NOTES = Path("/sys/kernel/notes")
_LARGEST = 256 << 20
_LOCAL, _WEAK = 0, 2
_KEPT_TYPES = tuple(b"TWDB")
_REFERENCES = ("_text", "_stext")


@dataclass(frozen=True)
class KernelSymbols:
    """The symbols of a kernel and of its modules.

    Attributes
    ----------
    tables : dict of str to SymbolTable
        ``[kernel.kallsyms]`` and, for each module, its name in brackets.
    references : dict of str to int
        Addresses of the symbols that tell how far the kernel has been moved.
    """

    tables: dict[str, SymbolTable]
    references: dict[str, int]


def kernel_symbols(
    build_id: bytes, osrelease: str, cache: Path
) -> tuple[KernelSymbols | None, str]:
    """Return the symbols of the recorded kernel and, if there are none, why.

    Parameters
    ----------
    build_id : bytes
        As recorded; empty if the recording does not state it.
    osrelease : str
        As recorded, such as ``6.1.0-28-amd64``; empty if unknown.
    cache : Path
        Where perf keeps copies.
    """
    reason = _difference(build_id, osrelease)
    if not reason:
        found = _read(_LIST, "")
        if found is not None:
            return found, ""
        return None, (
            "/proc/kallsyms shows no addresses; for kernel symbols read this as root or with "
            "`sysctl kernel.kptr_restrict=0`"
        )
    kept = cache / KERNEL / build_id.hex() / "kallsyms"
    found = _read(kept, build_id.hex()) if build_id else None
    return found, "" if found is not None else reason


def _difference(build_id: bytes, osrelease: str) -> str:
    """Return why the running kernel is not the recorded one, empty if it is."""
    running = os.uname().release
    if build_id:
        try:
            own = build_id_of(_NOTES.read_bytes())
        except OSError:
            own = b""
        if not same_build_id(own, build_id):
            return (
                "the recorded kernel is not the one running here (its build id differs); kernel "
                "symbols are left out"
            )
    if osrelease and osrelease != running:
        return (
            f"kernel {osrelease} was recorded and {running} is running here; kernel symbols are "
            "left out"
        )
    if not build_id and not osrelease:
        return "the recording does not say which kernel ran; kernel symbols are left out"
    return ""


@lru_cache(maxsize=2)
def _read(path: Path, _identity: str) -> KernelSymbols | None:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST)
    except OSError:
        return None
    return parsed(content)


def parsed(content: bytes) -> KernelSymbols | None:
    """Return the symbols in a list of a kernel's symbols, None if all its addresses are hidden.

    Parameters
    ----------
    content : bytes
        Lines of address, type and name, with the module in brackets behind a tabulator.
    """
    text = np.frombuffer(content, np.uint8)
    starts, types, name_at, name_end, module_at, module_end = _lines(text)
    if not starts.any():
        return None
    strings = text.copy()
    strings[name_end] = 0
    bindings = np.where(types & 32 == 0, GLOBAL, _LOCAL).astype(np.uint8)
    bindings[types & ~np.uint8(32) == ord("W")] = _WEAK
    batch = Batch(
        starts,
        np.zeros(starts.size, np.uint64),
        bindings,
        np.full(starts.size, FUNCTION, np.uint8),
        name_at,
        np.append(strings, np.uint8(0)),
    )
    tables = {}
    for module, chosen in _by_module(content, module_at, module_end):
        tables[module] = SymbolTable([_taken(batch, chosen)], settled=1, mangled=False)
    return KernelSymbols(tables, _references(batch, module_at))


def _by_module(
    content: bytes, module_at: NDArray[np.int64], module_end: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Give each module's name in brackets and the numbers of its symbols, the kernel's first."""
    yield KERNEL, np.flatnonzero(module_at == 0)
    members: dict[bytes, list[int]] = {}
    for place in np.flatnonzero(module_at).tolist():
        name = content[module_at[place] : module_end[place]]
        members.setdefault(name, []).append(place)
    for name, places in members.items():
        yield name.decode("utf-8", "backslashreplace"), np.array(places, np.int64)


def _taken(batch: Batch, chosen: NDArray[np.int64]) -> Batch:
    return replace(
        batch,
        starts=batch.starts[chosen],
        sizes=batch.sizes[chosen],
        bindings=batch.bindings[chosen],
        kinds=batch.kinds[chosen],
        name_at=batch.name_at[chosen],
    )


def _references(batch: Batch, module_at: NDArray[np.int64]) -> dict[str, int]:
    """Return the addresses of the symbols whose address perf records to see a moved kernel."""
    found: dict[str, int] = {}
    for name in _REFERENCES:
        pattern = np.frombuffer(name.encode() + b"\0", np.uint8)
        inside = np.flatnonzero(
            (module_at == 0) & (batch.name_at + pattern.size <= batch.strings.size)
        )
        for place, byte in enumerate(pattern):
            inside = inside[batch.strings[batch.name_at[inside] + place] == byte]
        if inside.size:
            found[name] = int(batch.starts[inside[0]])
    return found


@njit(cache=True, nogil=True)
def _lines(text: Bytes) -> tuple[Integer, Integer, Integer, Integer, Integer, Integer]:
    """Return, for each symbol, address, type, and where its name and its module begin and end."""
    count = 1
    for byte in text:
        count += byte == 10
    starts = np.empty(count, np.uint64)
    types = np.empty(count, np.uint8)
    places = np.zeros((4, count), np.int64)
    used = 0
    begin = 0
    while begin < text.size:
        end = line_end(text, begin, text.size)
        address, position = hexadecimal(text, begin, end)
        if position > begin and position + 3 < end and text[position] == 32:
            kind = text[position + 1] & 223
            name = position + 3
            behind = name
            while behind < end and text[behind] != 9:
                behind += 1
            if kind in _KEPT_TYPES and behind < text.size and text[name] != 36:
                starts[used] = np.uint64(address)
                types[used] = text[position + 1]
                places[0, used] = name
                places[1, used] = behind
                if behind + 1 < end:
                    places[2, used] = behind + 1
                    places[3, used] = end
                used += 1
        begin = end + 1
    return (
        starts[:used],
        types[:used],
        places[0, :used],
        places[1, :used],
        places[2, :used],
        places[3, :used],
    )
