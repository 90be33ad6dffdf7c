"""Names for the stubs through which an object calls functions of others: ``name@plt``.

References
----------
Linux 6.1, ``tools/perf/util/symbol-elf.c``: ``dso__synthesize_plt_symbols``. It knows the entries
of ``.plt`` only; those of ``.plt.sec`` and ``.plt.got`` have no name in perf 6.1 either.
"""

import numpy as np

from slonana_analysis.readers.perf_data_file.symbols.elf import (
    SHT_DYNSYM,
    SHT_REL,
    SHT_RELA,
    ElfFile,
)
from slonana_analysis.readers.perf_data_file.symbols.symbol_table import FUNCTION, GLOBAL, Batch

# Machine (EM_*) to bytes of the first entry and of the others; elsewhere the section says it.
_SIZES = {40: (20, 12), 183: (32, 16), 2: (48, 12), 43: (128, 32)}


def plt_batch(runtime: ElfFile) -> Batch | None:
    """Return the entries of an object's procedure linkage table, None if there are none.

    Parameters
    ----------
    runtime : ElfFile
        The object as it is executed.
    """
    dynamic = runtime.section(b".dynsym")
    table = runtime.section(b".plt")
    relocations = runtime.section(b".rela.plt")
    if relocations < 0:
        relocations = runtime.section(b".rel.plt")
    if min(dynamic, table, relocations) < 0:
        return None
    headers = runtime.sections
    if (
        int(headers["sh_type"][dynamic]) != SHT_DYNSYM
        or int(headers["sh_link"][relocations]) != dynamic
        or int(headers["sh_type"][relocations]) not in {SHT_REL, SHT_RELA}
    ):
        return None
    entry_size = int(headers["sh_entsize"][table])
    first, step = _SIZES.get(int(runtime.header["e_machine"]), (entry_size, entry_size))
    symbols = runtime.symbols(dynamic)
    strings = runtime.strings(dynamic)
    numbers = runtime.relocated_symbols(relocations)
    begin = np.uint64((int(headers["sh_offset"][table]) + first) % (1 << 64))
    starts = begin + np.uint64(step) * np.arange(numbers.size, dtype=np.uint64)
    known = numbers < symbols.size
    name_at = symbols["st_name"][numbers[known]].astype(np.int64)
    in_strings = name_at < strings.size
    count = int(in_strings.sum())
    return Batch(
        starts[known][in_strings],
        np.full(count, step, np.uint64),
        np.full(count, GLOBAL, np.uint8),
        np.full(count, FUNCTION, np.uint8),
        name_at[in_strings],
        strings,
        b"@plt",
    )
