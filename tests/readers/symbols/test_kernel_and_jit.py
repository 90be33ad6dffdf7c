"""Symbols that are in no ELF file: the kernel's, just-in-time code, the vdso, anonymous memory."""

import os
from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.readers.perf_data_file.symbols import jit_maps, kallsyms
from slonana_analysis.readers.perf_data_file.symbols.elf import build_id_of
from slonana_analysis.readers.perf_data_file.symbols.symbolizer import Symbolizer

LIST = b"""\
ffffffff81000000 T _text
ffffffff81000000 T _stext
ffffffff81000100 t local_one
ffffffff81000200 T __x64_sys_read
ffffffff81000200 T __se_sys_read
ffffffff81000300 r some_constant
ffffffff81000400 W weak_one
ffffffff81000500 T $d
ffffffffc0000000 t mod_fn\t[some_mod]
ffffffffc0000080 T mod_other\t[some_mod]
"""
KERNEL = 0xFFFFFFFF81000000


def looked_up(table, addresses):
    found = table.find(np.array(addresses, np.uint64))
    return [
        table.names(found[place : place + 1])[0] if found[place] >= 0 else None
        for place in range(found.size)
    ]


def test_kernel_symbols_reach_to_the_next_and_modules_are_apart():
    kernel = kallsyms.parsed(LIST)
    found = looked_up(
        kernel.tables["[kernel.kallsyms]"],
        [KERNEL - 1, KERNEL, KERNEL + 0x1FF, KERNEL + 0x350, KERNEL + 0x400, KERNEL + 0x2000],
    )
    assert found == [None, "_stext", "local_one", "__se_sys_read", "weak_one", None]
    module = kernel.tables["[some_mod]"]
    assert looked_up(module, [0xFFFFFFFFC0000010, 0xFFFFFFFFC0000080]) == ["mod_fn", "mod_other"]
    assert kernel.references == {"_text": KERNEL, "_stext": KERNEL}


def test_hidden_addresses_are_no_symbols():
    assert kallsyms.parsed(b"0000000000000000 T _text\n0000000000000000 T main\n") is None
    assert kallsyms.parsed(b"") is None


@pytest.mark.parametrize("end", range(0, len(LIST), 3))
def test_a_cut_list_gives_no_other_names(end):
    kernel = kallsyms.parsed(LIST[:end])
    for table in kernel.tables.values() if kernel else ():
        found = table.find(np.arange(KERNEL, KERNEL + 0x500, 16, dtype=np.uint64))
        assert all(
            LIST.find(name.encode()) > 0 for name in table.names(np.unique(found[found >= 0]))
        )


def kernel_notes(build_ids, osrelease, cache_directory, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: cache_directory)
    symbolizer = Symbolizer(build_ids, osrelease)
    address = np.array([KERNEL + 0x210], np.uint64)
    return symbolizer.symbolize("[kernel.kallsyms]_text", address, process=-1, addresses=address)


def test_another_kernel_is_not_taken_for_the_recorded_one(tmp_path, monkeypatch):
    other = {"[kernel.kallsyms]": bytes(20)}
    assert "its build id differs" in kernel_notes(other, "", tmp_path, monkeypatch).note
    assert "1.2.3 was recorded" in kernel_notes({}, "1.2.3", tmp_path, monkeypatch).note
    assert "does not say which kernel" in kernel_notes({}, "", tmp_path, monkeypatch).note


def test_the_list_that_perf_kept_serves_for_another_kernel_wherever_it_was_loaded(
    tmp_path, monkeypatch
):
    identity = os.urandom(20)
    kept = tmp_path / ".debug" / "[kernel.kallsyms]" / identity.hex() / "kallsyms"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(LIST)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    moved = 0x1200000
    symbolizer = Symbolizer(
        {"[kernel.kallsyms]": identity}, "1.2.3", kernel_reference=KERNEL + moved
    )
    address = np.array([KERNEL + moved + 0x110], np.uint64)
    found = symbolizer.symbolize("[kernel.kallsyms]_text", address, process=-1, addresses=address)
    assert (found.names, found.module, found.note) == (["local_one"], "[kernel.kallsyms]", "")
    module = np.array([0xFFFFFFFFC0000010], np.uint64) + np.uint64(moved)
    found = symbolizer.symbolize("/lib/modules/x/some-mod.ko", module, process=-1, addresses=module)
    assert (found.names, found.module) == (["mod_fn"], "[some_mod]")


def test_just_in_time_code_is_named_by_the_map_of_its_process(machine):
    machine.put(
        "/tmp/perf-77.map", b"7f00 10 Lazy:~run a.js:1\n7f20 8 other\nnonsense\n7f30 zz x\n"
    )
    found = machine.symbols("//anon", [0x7F00, 0x7F0F, 0x7F10, 0x7F27], process=77)
    assert sorted(found.names) == ["Lazy:~run a.js:1", "other"]
    assert found.module == "/tmp/perf-77.map"
    assert (found.number < 0).tolist() == [False, False, True, False]
    other = machine.symbols("//anon", [0x7F00], process=78)
    assert other.number.tolist() == [-1]
    assert "/tmp/perf-78.map cannot be opened" in other.note


def test_a_map_of_another_user_or_behind_a_link_is_not_read(machine, monkeypatch):
    machine.put("/tmp/perf-77.map", b"7f00 10 name\n")
    directory = machine.root / "tmp"
    (directory / "perf-78.map").symlink_to(directory / "perf-77.map")
    assert machine.symbols("//anon", [0x7F00], process=78).number.tolist() == [-1]
    real = os.fstat

    def foreign(descriptor):
        fields = list(real(descriptor))
        fields[4] = 12345
        return os.stat_result(fields)

    monkeypatch.setattr(os, "fstat", foreign)
    assert "belongs to another user" in jit_maps.load(77, machine.root)[1]


@pytest.mark.parametrize("path", ["[heap]", "[stack]", "//anon", "[vsyscall]", "anon_inode:[x]"])
def test_memory_that_is_not_executable_has_no_symbols(path):
    address = np.array([5], np.uint64)
    found = Symbolizer({}).symbolize(path, address, process=1, addresses=address, executable=False)
    assert (found.number.tolist(), found.module, found.note) == ([-1], path, "")


def test_programs_in_the_kernel_are_named_by_their_record():
    address = np.array([5, 6], np.uint64)
    found = Symbolizer({}).symbolize("bpf_prog_12_x", address, process=-1, addresses=address)
    assert (found.names, found.number.tolist()) == (["bpf_prog_12_x"], [0, 0])


def test_the_vdso_of_this_process_is_known_and_another_is_not():
    offsets = np.arange(0, 0x2000, 16, dtype=np.uint64)
    found = Symbolizer({}).symbolize("[vdso]", offsets, process=1, addresses=offsets)
    assert any("clock_gettime" in name for name in found.names)
    other = Symbolizer({"[vdso]": b"other id"})
    assert (
        "build id differs" in other.symbolize("[vdso]", offsets, process=1, addresses=offsets).note
    )


def test_build_ids_are_found_among_notes():
    note = b"\x04\0\0\0\x02\0\0\0\x03\0\0\0GNU\0ab\0\0"
    other = b"\x06\0\0\0\x04\0\0\0\x00\x01\0\0Linux\0\0\0\0\0\0\0"
    assert build_id_of(other + note) == b"ab"
