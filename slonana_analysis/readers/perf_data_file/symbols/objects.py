"""The symbols of a mapped ELF file: its own, or those of the debug file that belongs to it."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.perf_data_file.symbols import debug_files
from slonana_analysis.readers.perf_data_file.symbols.elf import (
    SHT_DYNSYM,
    SHT_SYMTAB,
    ElfFile,
    opened_elf,
    same_build_id,
)
from slonana_analysis.readers.perf_data_file.symbols.elf_symbols import elf_batches
from slonana_analysis.readers.perf_data_file.symbols.procedure_linkage import plt_batch
from slonana_analysis.readers.perf_data_file.symbols.symbol_table import SymbolTable

# Tables of this many objects stay in memory for the next recording of the same programs.
_KEPT_TABLES = 64

Identity = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Places:
    """Where objects and their debug files are looked for.

    Attributes
    ----------
    root : Path
        Where recorded paths begin.
    debug_directories : tuple of Path
        Such as ``/usr/lib/debug``.
    cache : Path
        perf's copies of what it recorded.
    """

    root: Path
    debug_directories: tuple[Path, ...]
    cache: Path


def load(path: str, build_id: bytes, places: Places) -> tuple[SymbolTable | None, str]:
    """Return the symbols of an object and why addresses in it may have none.

    Parameters
    ----------
    path : str
        As recorded, absolute.
    build_id : bytes
        As recorded; empty if the recording does not state one.
    places : Places
        Where to look.
    """
    expected, link, note = _object_itself(path, build_id, places)
    found = _files(path, expected, link, places)
    if found is None:
        return None, note or f"{path} has no symbols{_remedy(expected, places)}"
    table = _table(*found)
    stripped = not any(batch.whole for batch in table.batches)
    note = f"{path} is stripped of symbols that are not exported{_remedy(expected, places)}"
    return table, note if stripped else ""


def _remedy(build_id: bytes, places: Places) -> str:
    """Return the end of a sentence that says where debug symbols would be found."""
    if not build_id or not places.debug_directories:
        return ""
    identity = build_id.hex()
    kept = places.debug_directories[0] / ".build-id" / identity[:2] / f"{identity[2:]}.debug"
    return f"; its debug package would bring {kept} (or: debuginfod-find debuginfo {identity})"


def _object_itself(path: str, build_id: bytes, places: Places) -> tuple[bytes, str, str]:
    """Return the build id to look for, the debug link, and what is wrong with the object."""
    target = places.root / path.lstrip("/")
    try:
        with opened_elf(target) as elf:
            if not build_id or same_build_id(elf.build_id, build_id):
                return elf.build_id, debug_files.debug_link(elf), ""
            reason = "has changed since the recording (its build id differs)"
    except FormatError as error:
        return build_id, "", str(error)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its path is not valid"
        reason = f"cannot be opened ({why})"
    return build_id, "", f"{path} {reason}; symbols of it are left out"


def _files(
    path: str, build_id: bytes, link: str, places: Places
) -> tuple[Identity, Identity] | None:
    """Return the file with the symbol table and the one with the dynamic symbols."""
    symbols: Identity | None = None
    runtime: Identity | None = None
    for candidate in debug_files.candidates(
        path,
        build_id,
        link,
        root=places.root,
        debug_directories=places.debug_directories,
        cache=places.cache,
    ):
        has_symbols, has_dynamic, identity = _judged(candidate, build_id)
        if has_symbols and symbols is None:
            symbols = identity
        if has_dynamic and runtime is None:
            runtime = identity
        if symbols and runtime:
            break
    if symbols is None and runtime is None:
        return None
    return symbols or runtime or ("", 0, 0, 0, 0), runtime or symbols or ("", 0, 0, 0, 0)


def _judged(path: Path, build_id: bytes) -> tuple[bool, bool, Identity]:
    try:
        status = path.stat()
        identity = (str(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        with opened_elf(path) as elf:
            if not same_build_id(elf.build_id, build_id):
                return False, False, identity
            return (
                _has_table(elf, b".symtab", SHT_SYMTAB),
                _has_table(elf, b".dynsym", SHT_DYNSYM),
                identity,
            )
    except (OSError, ValueError, FormatError):
        return False, False, ("", 0, 0, 0, 0)


def _has_table(elf: ElfFile, name: bytes, kind: int) -> bool:
    number = elf.section(name)
    return number >= 0 and int(elf.sections["sh_type"][number]) == kind


@lru_cache(maxsize=_KEPT_TABLES)
def _table(symbols: Identity, runtime: Identity) -> SymbolTable:
    with ExitStack() as stack:
        runtime_file = stack.enter_context(opened_elf(Path(runtime[0])))
        symbols_file = (
            runtime_file
            if symbols == runtime
            else stack.enter_context(opened_elf(Path(symbols[0])))
        )
        return table_of(symbols_file, runtime_file)


def table_of(symbols: ElfFile, runtime: ElfFile) -> SymbolTable:
    """Return the symbols of an object from its opened files.

    Parameters
    ----------
    symbols : ElfFile
        The file with the symbol table.
    runtime : ElfFile
        The object as it is executed; may be the same.
    """
    batches = elf_batches(symbols, runtime)
    # perf does not look for stubs where it found no symbol at all.
    stubs = plt_batch(runtime) if any(batch.starts.size for batch in batches) else None
    return SymbolTable([*batches, *([stubs] if stubs else [])], settled=len(batches))
