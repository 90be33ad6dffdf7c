"""The object that the kernel maps into every process, read from this very process.

References
----------
``vdso(7)``, ``proc(5)``; Linux 6.1, ``tools/perf/util/vdso.c``.
"""

import io
import re
from functools import cache
from pathlib import Path

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.perf_data_file.symbols.elf import ElfFile, opened_elf, same_build_id
from slonana_analysis.readers.perf_data_file.symbols.objects import table_of
from slonana_analysis.readers.perf_data_file.symbols.symbol_table import SymbolTable

VDSO = "[vdso]"
_MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$", re.MULTILINE)
_LARGEST = 1 << 20


def load(build_id: bytes, cache_directory: Path) -> tuple[SymbolTable | None, str]:
    """Return the symbols of the recorded vdso and, if there are none, why.

    Parameters
    ----------
    build_id : bytes
        As recorded; empty if the recording does not state it.
    cache_directory : Path
        Where perf keeps copies of what it recorded.
    """
    own = _own()
    if own is not None and (not build_id or same_build_id(own[0], build_id)):
        return own[1], ""
    kept = cache_directory / VDSO / build_id.hex() / "vdso"
    try:
        with opened_elf(kept) as elf:
            if build_id and same_build_id(elf.build_id, build_id):
                return table_of(elf, elf), ""
    except (OSError, FormatError):
        pass
    return None, (
        "the [vdso] of the recorded kernel is not the one mapped here (its build id differs); "
        "symbols of it are left out"
    )


@cache
def _own() -> tuple[bytes, SymbolTable] | None:
    try:
        found = _MAPPING.search(Path("/proc/self/maps").read_text("utf-8", "replace"))
        if found is None:
            return None
        begin, end = int(found[1], 16), int(found[2], 16)
        with Path("/proc/self/mem").open("rb", buffering=0) as memory:
            memory.seek(begin)
            image = memory.read(min(end - begin, _LARGEST))
        elf = ElfFile(io.BytesIO(image), VDSO)
    except (OSError, FormatError):
        return None
    return elf.build_id, table_of(elf, elf)
