"""Damaged and hostile ELF files: no crash, nothing invented, bounded in memory and time."""

import io
import random
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.perf_data_file.symbols.elf import ElfFile, build_id_of
from slonana_analysis.readers.perf_data_file.symbols.objects import table_of
from tests.readers.symbols.elf_writer import ElfWriter, symbol

OFFSETS = np.arange(0, 0x3000, 7, dtype=np.uint64)
_DYNAMIC = [symbol("puts", 0, section=0), symbol("own", 0x1400, 4)]
SAMPLE = (
    ElfWriter()
    .with_build_id()
    .with_symbols([symbol(f"f{n}", 0x1000 + 8 * n, 8 * (n % 3)) for n in range(40)])
    .with_symbols(_DYNAMIC, ".dynsym")
    .with_plt(2)
    .bytes()
)


def read(content):
    try:
        elf = ElfFile(io.BytesIO(content), "damaged")
    except FormatError as error:
        return str(error)
    assert isinstance(elf.build_id, bytes)
    table = table_of(elf, elf)
    found = table.find(OFFSETS)
    assert found.max(initial=-1) < len(table)
    return table.names(np.unique(found[found >= 0]))


def test_cut_anywhere():
    whole = set(read(SAMPLE))
    for end in range(len(SAMPLE) - 1):
        names = read(SAMPLE[:end])
        assert isinstance(names, str) or set(names) <= whole


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=12))
def test_changed_bytes(changes):
    content = bytearray(SAMPLE)
    for place, value in changes:
        content[place] = value
    read(bytes(content))


def test_many_changed_headers():
    generator = random.Random(5)
    headers = [*range(64), *range(64, 120), *range(len(SAMPLE) - 10 * 64, len(SAMPLE))]
    for _ in range(2000):
        content = bytearray(SAMPLE)
        for _ in range(generator.randint(1, 6)):
            content[generator.choice(headers)] = generator.choice([0, 1, 2, 8, 16, 127, 128, 255])
        read(bytes(content))


def test_a_size_that_the_file_does_not_have_costs_nothing():
    writer = ElfWriter().with_symbols([symbol("f", 0x1000, 8)])
    writer.sections[".symtab"][6] = 1 << 40
    tracemalloc.start()
    assert read(writer.bytes()) == []
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def test_names_that_overlap_do_not_multiply():
    """Thousands of aliases whose names all end at the end of one long string."""
    count, length = 4000, 60_000
    symbols = [symbol("n" * length if n == 0 else "x", 0x1000, 8) for n in range(count)]
    content = bytearray(ElfWriter().with_symbols(symbols).bytes())
    elf = ElfFile(io.BytesIO(bytes(content)), "hostile")
    at = int(elf.sections["sh_offset"][elf.section(b".symtab")])
    for number in range(1, count + 1):
        content[at + 24 * number : at + 24 * number + 4] = number.to_bytes(4, "little")
    tracemalloc.start()
    assert len(read(bytes(content))) == 1
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "notes",
    [
        b"",
        b"\0" * 11,
        b"\xff" * 64,
        b"\x04\0\0\0\xff\xff\xff\xff\3\0\0\0GNU\0ab",
    ],
)
def test_damaged_notes_hold_no_build_id_or_what_is_there(notes):
    assert build_id_of(notes) in {b"", b"ab"}
