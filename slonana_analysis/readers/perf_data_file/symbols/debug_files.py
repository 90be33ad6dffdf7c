"""Where the symbols of an object may be kept apart from it, in perf's order.

References
----------
Linux 6.1, ``tools/perf/util/symbol.c``: ``binary_type_symtab``; ``tools/perf/util/dso.c``:
``dso__read_binary_type_filename``. GDB manual, "Debugging Information in Separate Files".
"""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from slonana_analysis.readers.perf_data_file.symbols.elf import ElfFile

_LONGEST_LINK = 4096


def perf_cache() -> Path:
    """Return where ``perf record`` keeps copies of what it recorded."""
    return Path.home() / ".debug"


def candidates(
    path: str,
    build_id: bytes,
    link: str,
    *,
    root: Path,
    debug_directories: Sequence[Path],
    cache: Path,
) -> Iterator[Path]:
    """Give the files that may hold symbols of an object, the best first.

    Parameters
    ----------
    path : str
        The object as recorded, absolute.
    build_id : bytes
        Its build id; empty if it has none.
    link : str
        File name in its ``.gnu_debuglink`` section; empty if there is none.
    root : Path
        Where recorded paths begin.
    debug_directories : sequence of Path
        Such as ``/usr/lib/debug``.
    cache : Path
        perf's own copies.

    Yields
    ------
    Path
        Whether there is such a file, and whether it belongs to the object, is for the caller.
    """
    inside = PurePosixPath(path.lstrip("/"))
    if link:
        yield root / inside.parent / link
        yield root / inside.parent / ".debug" / link
        for directory in debug_directories:
            yield directory / inside.parent / link
    identity = build_id.hex()
    if identity:
        kept = cache / ".build-id" / identity[:2] / identity[2:]
        yield kept / "elf"
        yield kept / "debug"
    for directory in debug_directories:
        yield directory / inside.with_name(inside.name + ".debug")
        yield directory / inside
    if identity:
        for directory in debug_directories:
            yield directory / ".build-id" / identity[:2] / f"{identity[2:]}.debug"
    yield root / inside


def debug_link(elf: ElfFile) -> str:
    """Return the file name in ``.gnu_debuglink``, empty if there is none that is a plain name."""
    number = elf.section(b".gnu_debuglink")
    if number < 0 or int(elf.sections["sh_size"][number]) > _LONGEST_LINK:
        return ""
    name = elf.content(number).tobytes().partition(b"\0")[0].decode("utf-8", "surrogateescape")
    return "" if "/" in name or name in {".", ".."} else name
