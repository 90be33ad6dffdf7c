"""Symbols of ELF files that are made in the test, by the rules that perf has."""

import pytest

from tests.readers.symbols.elf_writer import (
    BUILD_ID,
    IFUNC,
    LOCAL,
    NOTYPE,
    OBJECT,
    WEAK,
    ElfWriter,
    symbol,
)

PATH = "/opt/program"


def written(symbols, *, dynamic=(), stubs=0, bits=64, build_id=BUILD_ID, **more):
    writer = ElfWriter(bits, **more).with_build_id(build_id)
    if symbols:
        writer.with_symbols(symbols)
    if dynamic:
        writer.with_symbols(dynamic, ".dynsym")
    if stubs:
        writer.with_plt(stubs)
    return writer.bytes()


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize("kind", [2, 3])
def test_offsets_in_the_file_find_their_function(machine, bits, kind):
    content = written([symbol("one", 0x1000, 16), symbol("two", 0x1010, 8)], bits=bits, kind=kind)
    machine.put(PATH, content)
    found = machine.names(PATH, [0xFFF, 0x1000, 0x100F, 0x1010, 0x1017, 0x1018])
    assert found == [None, "one", "one", "two", "two", None]


def test_a_symbol_without_a_size_reaches_to_the_next_one_and_the_last_over_a_page(machine):
    machine.put(PATH, written([symbol("first", 0x1000), symbol("last", 0x1800)]))
    found = machine.names(PATH, [0x17FF, 0x1800, 0x2FFF, 0x3000])
    assert found == ["first", "last", "last", None]


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        ([symbol("sized", 0x1000, 4), symbol("longer_without", 0x1000)], "longer_without"),
        ([symbol("weak_name", 0x1000, 4, binding=WEAK), symbol("s", 0x1000, 4)], "s"),
        ([symbol("local_name", 0x1000, 4, binding=LOCAL), symbol("g", 0x1000, 4)], "g"),
        ([symbol("__libc_read", 0x1000, 4), symbol("read", 0x1000, 4)], "read"),
        ([symbol("write", 0x1000, 4), symbol("pwrite64", 0x1000, 4)], "pwrite64"),
        ([symbol("same1", 0x1000, 4), symbol("same2", 0x1000, 4)], "same1"),
        ([symbol("SyS_read", 0x1000, 4), symbol("sys_read", 0x1000, 4)], "sys_read"),
    ],
)
def test_one_of_several_aliases_is_shown(machine, aliases, expected):
    # A symbol behind them ends those without a size.
    machine.put(PATH, written([*aliases, symbol("behind", 0x1004, 4)]))
    assert machine.names(PATH, [0x1000]) == [expected]


def test_only_symbols_in_memory_that_are_functions_objects_or_labels_count(machine):
    writer = ElfWriter().with_build_id().add(".comment", 1, bytes(16))
    writer.with_symbols(
        [
            symbol("function", 0x1000, 8),
            symbol("indirect", 0x1010, 8, kind=IFUNC),
            symbol("object", 0x1020, 8, kind=OBJECT),
            symbol("label", 0x1030, 8, kind=NOTYPE),
            symbol("hidden_label", 0x1040, 8, kind=NOTYPE, other=2),
            symbol("file", 0x1050, 8, kind=4),
            symbol("undefined", 0x1060, 8, section=0),
            symbol("absolute", 0x1070, 8, section=0xFFF1),
            symbol("not_loaded", 0x1080, 8, section=".comment"),
            symbol("no_such_section", 0x1090, 8, section=99),
        ]
    )
    machine.put(PATH, writer.bytes())
    found = machine.names(PATH, range(0x1000, 0x10A0, 0x10))
    assert found == ["function", "indirect", "object", "label", *[None] * 6]


def test_stubs_are_named_after_the_functions_they_call(machine):
    dynamic = [symbol("puts", 0, section=0), symbol("own", 0x1400, 4)]
    machine.put(PATH, written([], dynamic=dynamic, stubs=1))
    found = machine.names(PATH, [0x800, 0x810, 0x81F, 0x820, 0x1400])
    assert found == [None, "puts@plt", "puts@plt", None, "own"]


def test_stubs_lie_in_front_of_a_label_that_reaches_over_them(machine):
    dynamic = [*[symbol(f"call{n}", 0, section=0) for n in range(3)], symbol("own", 0x1400, 4)]
    table = [symbol("_init", 0x7F0), symbol("f", 0x1400, 4)]
    machine.put(PATH, written(table, dynamic=dynamic, stubs=3))
    found = machine.names(PATH, [0x7F0, 0x805, 0x815, 0x825, 0x835, 0x845])
    assert found == ["_init", "_init", "call0@plt", "call1@plt", "call2@plt", None]


def test_addresses_are_never_read_from_a_file_that_changed(machine):
    machine.put(PATH, written([symbol("new", 0x1000, 16)]))
    found = machine.symbols(PATH, [0x1000], build_ids={PATH: bytes(20)[:19] + b"x"})
    assert found.number.tolist() == [-1]
    assert found.note == (
        f"{PATH} has changed since the recording (its build id differs); symbols of it are left out"
    )


def test_the_copy_that_perf_keeps_serves_when_the_file_changed(machine):
    old = bytes(range(1, 21))
    machine.put(PATH, written([symbol("new", 0x1000, 16)]))
    kept = machine.cache / ".build-id" / old.hex()[:2] / old.hex()[2:] / "elf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(written([symbol("old", 0x1000, 16)], build_id=old))
    assert machine.names(PATH, [0x1000], build_ids={PATH: old}) == ["old"]


@pytest.mark.parametrize("way", ["build id", "debug link", "path"])
def test_a_debug_file_gives_names_and_the_object_gives_stubs(machine, way):
    dynamic = [symbol("puts", 0, section=0), symbol("own", 0x1400, 4)]
    writer = ElfWriter().with_build_id().with_symbols(dynamic, ".dynsym").with_plt(1)
    writer.add(".gnu_debuglink", 1, b"program.dbg\0" + bytes(4))
    machine.put(PATH, writer.bytes())
    places = {
        "build id": machine.debug
        / ".build-id"
        / BUILD_ID.hex()[:2]
        / f"{BUILD_ID.hex()[2:]}.debug",
        "debug link": machine.root / "opt" / ".debug" / "program.dbg",
        "path": machine.debug / "opt" / "program.debug",
    }
    places[way].parent.mkdir(parents=True)
    debug = ElfWriter().with_build_id().with_symbols([symbol("inner", 0x1200, 8)])
    debug.sections[".text"][0] = 8  # SHT_NOBITS: debug files have the headers only
    places[way].write_bytes(debug.bytes())
    assert machine.names(PATH, [0x1200, 0x810]) == ["inner", "puts@plt"]


def test_a_debug_file_of_another_build_is_not_used(machine):
    machine.put(PATH, written([], dynamic=[symbol("own", 0x1400, 4)]))
    other = machine.debug / "opt" / "program.debug"
    other.parent.mkdir(parents=True)
    other.write_bytes(written([symbol("wrong", 0x1200, 8)], build_id=bytes(20)))
    found = machine.symbols(PATH, [0x1200])
    assert found.number.tolist() == [-1]
    assert "is stripped of symbols that are not exported" in found.note
    assert BUILD_ID.hex() in found.note


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be opened (No such file or directory)"),
        (b"#!/bin/sh\n", "is no ELF file"),
        (b"\x7fELF\x02\x02" + bytes(58), "is no little-endian ELF file"),
        (b"\x7fELF\x02\x01" + bytes(20), "ends within its ELF header"),
        (b"", "is no ELF file"),
    ],
)
def test_a_file_without_symbols_says_why(machine, content, reason):
    if content is not None:
        machine.put(PATH, content)
    found = machine.symbols(PATH, [0x1000, 0x1001])
    assert (found.names, found.number.tolist(), found.module) == ([], [-1, -1], PATH)
    assert reason in found.note


def test_pipes_and_devices_are_not_opened(machine):
    import os

    (machine.root / "opt").mkdir(parents=True)
    os.mkfifo(machine.root / "opt" / "program")
    assert "is no regular file" in machine.symbols(PATH, [1]).note


def test_names_are_given_once_and_only_those_that_are_met(machine):
    symbols = [symbol(f"f{n}", 0x1000 + 16 * n, 16) for n in range(50)]
    machine.put(PATH, written(symbols))
    found = machine.symbols(PATH, [0x1000, 0x1020, 0x1001, 0x10])
    assert sorted(found.names) == ["f0", "f2"]
    assert found.number.dtype == "int32"


def test_symbols_with_one_name_have_one_number(machine):
    machine.put(PATH, written([symbol("part", 0x1000, 4), symbol("part", 0x1010, 4)]))
    found = machine.symbols(PATH, [0x1000, 0x1010, 0x1020])
    assert (found.names, found.number.tolist()) == (["part"], [0, 0, -1])


def test_names_that_are_no_text_are_escaped(machine):
    machine.put(PATH, written([symbol(b"caf\xe9", 0x1000, 4)]))
    assert machine.names(PATH, [0x1000]) == ["caf\\xe9"]
