"""What is looked at before a recording: room, permission, symbol tables."""

import shutil
import struct
import subprocess
from types import SimpleNamespace

import pytest

from slonana_analysis.capture import preflight as checks
from slonana_analysis.capture.preflight import has_symbol_table, preflight

MIB = 1 << 20


def elf(kinds, *, offset=64, size=64):
    """An ELF file that is nothing but a table of sections of these kinds."""
    header = bytearray(64)
    header[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<Q", header, 0x28, offset)
    struct.pack_into("<HH", header, 0x3A, size, len(kinds))
    return bytes(header) + b"".join(struct.pack("<II", 0, kind).ljust(64, b"\0") for kind in kinds)


@pytest.mark.parametrize(
    ("free", "passed", "essential"),
    [(9_000 * MIB, True, False), (500 * MIB, False, False), (1 * MIB, False, True)],
)
def test_room_on_the_disk(tmp_path, monkeypatch, free, passed, essential):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    (room,) = preflight("tcpdump", tmp_path / "not" / "there" / "yet")
    assert (room.passed, room.essential) == (passed, essential)
    assert str(tmp_path) in room.detail


def test_kernel_functions_matter_to_perf_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "may_see_kernel", lambda: False)
    kernel = preflight("perf", tmp_path, command=["no-such-command"])[1]
    assert kernel.remedy == "to see them: sudo sysctl kernel.perf_event_paranoid=1"
    assert [each.name for each in preflight("massif", tmp_path)] == ["disk"]


@pytest.mark.parametrize(
    ("raw", "table"),
    [
        (elf([0, 1, 2]), True),
        (elf([0, 1, 11]), False),
        (elf([]), False),
        (elf([0, 2], offset=1 << 60), None),
        (elf([0, 2], size=0), None),
        (b"#!/bin/sh\n", None),
        (b"", None),
    ],
)
def test_symbol_tables(tmp_path, raw, table):
    program = tmp_path / "program"
    program.write_bytes(raw)
    assert has_symbol_table(program) is table


def test_a_file_that_is_not_there_has_no_answer(tmp_path):
    assert has_symbol_table(tmp_path / "none") is None


def test_a_stripped_program_is_told(tmp_path, monkeypatch):
    program = tmp_path / "server"
    program.write_bytes(elf([0, 11]))
    program.chmod(0o755)
    symbols = preflight("massif", tmp_path, command=[str(program), "--fast"])[-1]
    assert not symbols.passed
    assert "server is stripped" in str(symbols)
    assert "-dbgsym" in str(symbols)


@pytest.mark.requires_cc
def test_a_real_program_before_and_after_it_is_stripped(tmp_path):
    source, program = tmp_path / "p.c", tmp_path / "p"
    source.write_text("int main(void) { return 0; }\n")
    subprocess.run([shutil.which("cc"), "-o", program, source], check=True)
    assert has_symbol_table(program) is True
    subprocess.run(["strip", program], check=True)
    assert has_symbol_table(program) is False
