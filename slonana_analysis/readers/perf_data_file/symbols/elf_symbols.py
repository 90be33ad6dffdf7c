"""Which entries of an ELF file's symbol tables are symbols to perf, and where they lie in the file.

Two files may take part: the object itself (its sections and segments) and a file with debug
symbols (its symbol table); see ``debug_files``.

References
----------
Linux 6.1, ``tools/perf/util/symbol-elf.c``: ``dso__load_sym_internal``.
"""

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.perf_data_file.symbols.elf import (
    PT_LOAD,
    SHF_ALLOC,
    SHT_DYNSYM,
    SHT_NOBITS,
    SHT_SYMTAB,
    ElfFile,
    Records,
)
from slonana_analysis.readers.perf_data_file.symbols.symbol_table import FUNCTION, Batch, Positions

_NOTYPE, _OBJECT, _INDIRECT_FUNCTION = 0, 1, 10
_RESERVED = 0xFF00
_INTERNAL, _HIDDEN = 1, 2
_ADJUSTED_KINDS = (1, 2, 3)  # ET_REL, ET_EXEC, ET_DYN
# Linkers write a handful; a hostile file could ask for thousands of passes over its symbols.
_MOST_SEGMENTS = 64


def elf_batches(symbols: ElfFile, runtime: ElfFile) -> list[Batch]:
    """Return the symbols of an object: its symbol table first, then its dynamic symbols.

    Parameters
    ----------
    symbols : ElfFile
        The file with the symbol table.
    runtime : ElfFile
        The object as it is executed; may be the same.
    """
    batches = []
    for name, kind in ((b".symtab", SHT_SYMTAB), (b".dynsym", SHT_DYNSYM)):
        number = symbols.section(name)
        if number >= 0 and int(symbols.sections["sh_type"][number]) == kind:
            batches.append(_batch(symbols, runtime, number))
    return batches


def _batch(symbols: ElfFile, runtime: ElfFile, number: int) -> Batch:
    entries = symbols.symbols(number)
    strings = symbols.strings(number)
    entries = entries[_is_kept(entries, symbols, runtime) & (entries["st_name"] < strings.size)]
    starts = entries["st_value"].astype(np.uint64)
    if int(symbols.header["e_type"]) in _ADJUSTED_KINDS:
        starts = _in_file(starts, _sections_of(entries, symbols, runtime), runtime)
    return Batch(
        starts,
        entries["st_size"].astype(np.uint64),
        (entries["st_info"] >> 4).astype(np.uint8),
        (entries["st_info"] & 15).astype(np.uint8),
        entries["st_name"].astype(np.int64),
        strings,
        whole=int(symbols.sections["sh_type"][number]) == SHT_SYMTAB,
    )


def _is_kept(entries: Records, symbols: ElfFile, runtime: ElfFile) -> NDArray[np.bool_]:
    """Return which entries perf takes for symbols: functions, objects and labels in memory."""
    kinds = entries["st_info"] & 15
    section = entries["st_shndx"]
    visibility = entries["st_other"] & 3
    named = (kinds == FUNCTION) | (kinds == _OBJECT) | (kinds == _INDIRECT_FUNCTION)
    label = (kinds == _NOTYPE) & (visibility != _HIDDEN) & (visibility != _INTERNAL)
    defined = (section != 0) & (section < min(symbols.sections.size, _RESERVED))
    kept = (entries["st_name"] != 0) & defined & (named | label)
    in_memory = np.append((symbols.sections["sh_flags"] & SHF_ALLOC) != 0, False)
    holds = np.append(_is_text_or_data(symbols, runtime), False)
    place = np.where(defined, section, symbols.sections.size)
    result: NDArray[np.bool_] = kept & in_memory[place] & (named | holds[place])
    return result


def _is_text_or_data(symbols: ElfFile, runtime: ElfFile) -> NDArray[np.bool_]:
    names = list(symbols.section_names)
    for number in np.flatnonzero(symbols.sections["sh_type"] == SHT_NOBITS).tolist():
        if number < len(runtime.section_names):
            names[number] = runtime.section_names[number]
    return np.array([b"text" in name or b"data" in name for name in names], np.bool_)


def _sections_of(entries: Records, symbols: ElfFile, runtime: ElfFile) -> Records:
    """Return the section header of each entry; debug files have none of use, so the object's."""
    numbers = entries["st_shndx"]
    headers: Records = symbols.sections[numbers]
    empty = (headers["sh_type"] == SHT_NOBITS) & (numbers < runtime.sections.size)
    headers[empty] = runtime.sections[numbers[empty]]
    return headers


def _in_file(addresses: Positions, headers: Records, runtime: ElfFile) -> Positions:
    """Return where link-time addresses lie in the file: by segment, else by section."""
    moved = headers["sh_addr"].astype(np.uint64) - headers["sh_offset"].astype(np.uint64)
    open_ones = np.ones(addresses.size, np.bool_)
    for segment in runtime.segments[runtime.segments["p_type"] == PT_LOAD][:_MOST_SEGMENTS]:
        base = np.uint64(segment["p_vaddr"])
        inside = open_ones & (addresses - base < max(segment["p_memsz"], segment["p_filesz"]))
        with np.errstate(over="ignore"):
            moved[inside] = base - np.uint64(segment["p_offset"])
        open_ones &= ~inside
    return addresses - moved
