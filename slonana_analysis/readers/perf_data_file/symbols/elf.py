"""The parts of an ELF file that hold symbols, read by position and checked against its size.

Nothing is believed before it was compared with the size of the file: a table that does not lie in
the file is taken as absent, and no more memory is used than the parts that are read have bytes.

References
----------
System V Application Binary Interface, "Object Files" (2013); ``elf(5)``.
"""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.scanning import Bytes

SHT_SYMTAB = 2
SHT_RELA = 4
SHT_NOTE = 7
SHT_NOBITS = 8
SHT_REL = 9
SHT_DYNSYM = 11
SHF_ALLOC = 2
PT_LOAD = 1
PT_NOTE = 4

_MAGIC = b"\x7fELF"
_GNU_BUILD_ID = 3
_LONGEST_NAME = 256
_LONGEST_NOTES = 1 << 20
# No linker writes more; a hostile file could ask for 65,535 passes over its symbols.
_MOST_SEGMENTS = 256
_MOST_SECTIONS = 200_000

_HEADER = {
    64: np.dtype(
        [
            ("e_ident", "u1", 16), ("e_type", "<u2"), ("e_machine", "<u2"), ("e_version", "<u4"),
            ("e_entry", "<u8"), ("e_phoff", "<u8"), ("e_shoff", "<u8"), ("e_flags", "<u4"),
            ("e_ehsize", "<u2"), ("e_phentsize", "<u2"), ("e_phnum", "<u2"),
            ("e_shentsize", "<u2"), ("e_shnum", "<u2"), ("e_shstrndx", "<u2"),
        ]
    ),
    32: np.dtype(
        [
            ("e_ident", "u1", 16), ("e_type", "<u2"), ("e_machine", "<u2"), ("e_version", "<u4"),
            ("e_entry", "<u4"), ("e_phoff", "<u4"), ("e_shoff", "<u4"), ("e_flags", "<u4"),
            ("e_ehsize", "<u2"), ("e_phentsize", "<u2"), ("e_phnum", "<u2"),
            ("e_shentsize", "<u2"), ("e_shnum", "<u2"), ("e_shstrndx", "<u2"),
        ]
    ),
}  # fmt: skip
_SECTION = {
    64: np.dtype(
        [
            ("sh_name", "<u4"), ("sh_type", "<u4"), ("sh_flags", "<u8"), ("sh_addr", "<u8"),
            ("sh_offset", "<u8"), ("sh_size", "<u8"), ("sh_link", "<u4"), ("sh_info", "<u4"),
            ("sh_addralign", "<u8"), ("sh_entsize", "<u8"),
        ]
    ),
    32: np.dtype(
        [
            ("sh_name", "<u4"), ("sh_type", "<u4"), ("sh_flags", "<u4"), ("sh_addr", "<u4"),
            ("sh_offset", "<u4"), ("sh_size", "<u4"), ("sh_link", "<u4"), ("sh_info", "<u4"),
            ("sh_addralign", "<u4"), ("sh_entsize", "<u4"),
        ]
    ),
}  # fmt: skip
_SEGMENT = {
    64: np.dtype(
        [
            ("p_type", "<u4"), ("p_flags", "<u4"), ("p_offset", "<u8"), ("p_vaddr", "<u8"),
            ("p_paddr", "<u8"), ("p_filesz", "<u8"), ("p_memsz", "<u8"), ("p_align", "<u8"),
        ]
    ),
    32: np.dtype(
        [
            ("p_type", "<u4"), ("p_offset", "<u4"), ("p_vaddr", "<u4"), ("p_paddr", "<u4"),
            ("p_filesz", "<u4"), ("p_memsz", "<u4"), ("p_flags", "<u4"), ("p_align", "<u4"),
        ]
    ),
}  # fmt: skip
_SYMBOL = {
    64: np.dtype(
        [
            ("st_name", "<u4"), ("st_info", "u1"), ("st_other", "u1"), ("st_shndx", "<u2"),
            ("st_value", "<u8"), ("st_size", "<u8"),
        ]
    ),
    32: np.dtype(
        [
            ("st_name", "<u4"), ("st_value", "<u4"), ("st_size", "<u4"), ("st_info", "u1"),
            ("st_other", "u1"), ("st_shndx", "<u2"),
        ]
    ),
}  # fmt: skip
_RELOCATION = {
    64: np.dtype([("r_offset", "<u8"), ("r_info", "<u8")]),
    32: np.dtype([("r_offset", "<u4"), ("r_info", "<u4")]),
}
_RELOCATION_WITH_ADDEND = {
    64: np.dtype([("r_offset", "<u8"), ("r_info", "<u8"), ("r_addend", "<i8")]),
    32: np.dtype([("r_offset", "<u4"), ("r_info", "<u4"), ("r_addend", "<i4")]),
}

Records = NDArray[np.void]


class ElfFile:
    """An opened little-endian ELF file.

    Parameters
    ----------
    stream : binary file
        Seekable; it must stay open while parts of it are read.
    source : str
        What to call it in errors.

    Raises
    ------
    FormatError
        If it is no ELF file, is big-endian, or is cut within its header.
    """

    def __init__(self, stream: BinaryIO, source: str) -> None:
        self._stream = stream
        self._source = source
        self.size = stream.seek(0, io.SEEK_END)
        ident = self.read(0, 16).tobytes()
        if not ident.startswith(_MAGIC) or len(ident) < 16:
            raise FormatError(f"{source} is no ELF file; symbols can be read from nothing else")
        self.bits = {1: 32, 2: 64}.get(ident[4], 0)
        if not self.bits or ident[5] != 1:
            raise FormatError(
                f"{source} is no little-endian ELF file of 32 or 64 bits; read its profile with "
                "`perf script` on the machine it came from"
            )
        header = self._records(0, 1, _HEADER[self.bits])
        if not header.size:
            raise FormatError(f"{source} ends within its ELF header; restore the file")
        self.header = header[0]

    def read(self, offset: int, size: int) -> Bytes:
        """Return the bytes at a position, empty where they are not all in the file."""
        if size <= 0 or offset < 0 or offset + size > self.size:
            return np.empty(0, np.uint8)
        self._stream.seek(offset)
        content = self._stream.read(size)
        return np.frombuffer(content if len(content) == size else b"", np.uint8)

    def _records(self, offset: int, count: int, kind: np.dtype[np.void]) -> Records:
        return self.read(offset, count * kind.itemsize).view(kind)

    @cached_property
    def sections(self) -> Records:
        """Section headers; empty where there are none or they lie outside the file."""
        kind = _SECTION[self.bits]
        offset, count = int(self.header["e_shoff"]), int(self.header["e_shnum"])
        if not offset or int(self.header["e_shentsize"]) != kind.itemsize:
            return np.empty(0, kind)
        if count == 0:
            first = self._records(offset, 1, kind)
            count = int(first["sh_size"][0]) if first.size else 0
        return self._records(offset, count, kind)[:_MOST_SECTIONS]

    @cached_property
    def segments(self) -> Records:
        """Program headers, the first 256; empty where there are none or they lie outside."""
        kind = _SEGMENT[self.bits]
        if int(self.header["e_phentsize"]) != kind.itemsize:
            return np.empty(0, kind)
        count = min(int(self.header["e_phnum"]), _MOST_SEGMENTS)
        return self._records(int(self.header["e_phoff"]), count, kind)

    @cached_property
    def section_names(self) -> list[bytes]:
        """Names of the sections, in their order."""
        number = int(self.header["e_shstrndx"])
        if number == 0xFFFF and self.sections.size:
            number = int(self.sections["sh_link"][0])
        if number >= self.sections.size:
            return [b""] * self.sections.size
        names = self.content(number).tobytes()
        return [_text_at(names, int(begin)) for begin in self.sections["sh_name"]]

    def section(self, name: bytes) -> int:
        """Return the number of the first section with a name, -1 if there is none."""
        try:
            return self.section_names.index(name)
        except ValueError:
            return -1

    def content(self, number: int) -> Bytes:
        """Return the bytes of a section; empty if it has none in the file."""
        header = self.sections[number]
        if int(header["sh_type"]) == SHT_NOBITS:
            return np.empty(0, np.uint8)
        return self.read(int(header["sh_offset"]), int(header["sh_size"]))

    def symbols(self, number: int) -> Records:
        """Return the entries of a symbol table section."""
        return _whole_records(self.content(number), _SYMBOL[self.bits])

    def strings(self, number: int) -> Bytes:
        """Return the string table that a section links to."""
        link = int(self.sections["sh_link"][number])
        return self.content(link) if link < self.sections.size else np.empty(0, np.uint8)

    def relocated_symbols(self, number: int) -> NDArray[np.int64]:
        """Return the symbol number of each entry of a relocation section (SHT_RELA, SHT_REL)."""
        with_addend = int(self.sections["sh_type"][number]) == SHT_RELA
        kind = (_RELOCATION_WITH_ADDEND if with_addend else _RELOCATION)[self.bits]
        info = _whole_records(self.content(number), kind)["r_info"]
        numbers: NDArray[np.int64] = (info >> (32 if self.bits == 64 else 8)).astype(np.int64)
        return numbers

    @cached_property
    def build_id(self) -> bytes:
        """The GNU build id; empty if the file has none."""
        for name in (b".note.gnu.build-id", b".notes", b".note"):
            number = self.section(name)
            if number >= 0 and int(self.sections["sh_size"][number]) <= _LONGEST_NOTES:
                return build_id_of(self.content(number).tobytes())
        for segment in self.segments[self.segments["p_type"] == PT_NOTE]:
            if int(segment["p_filesz"]) <= _LONGEST_NOTES:
                notes = self.read(int(segment["p_offset"]), int(segment["p_filesz"]))
                if found := build_id_of(notes.tobytes()):
                    return found
        return b""


@contextmanager
def opened_elf(path: Path) -> Iterator[ElfFile]:
    """Open a regular ELF file for the time of a ``with`` block.

    Parameters
    ----------
    path : Path
        The file. A path out of a recording may name anything: pipes and devices are refused.

    Yields
    ------
    ElfFile
        The file.

    Raises
    ------
    OSError
        If it cannot be opened.
    FormatError
        If it is no regular file or no ELF file that can be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as stream:  # noqa: PTH123  # of a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FormatError(f"{path} is no regular file; symbols can be read from nothing else")
        yield ElfFile(stream, str(path))


def build_id_of(notes: bytes) -> bytes:
    """Return the GNU build id among ELF notes, empty if it is not there."""
    position = 0
    while position + 12 <= len(notes):
        name_size, size, kind = (
            int.from_bytes(notes[position + at : position + at + 4], "little") for at in (0, 4, 8)
        )
        name_at = position + 12
        content_at = name_at + (name_size + 3 & ~3)
        if kind == _GNU_BUILD_ID and notes[name_at : name_at + name_size] == b"GNU\0":
            return notes[content_at : content_at + size]
        position = content_at + (size + 3 & ~3)
    return b""


def same_build_id(one: bytes, other: bytes) -> bool:
    """Return whether two build ids are equal; perf fills short ones up with zeros."""
    return one.rstrip(b"\0") == other.rstrip(b"\0")


def _whole_records(content: Bytes, kind: np.dtype[np.void]) -> Records:
    count = content.size // kind.itemsize
    return content[: count * kind.itemsize].view(kind)


def _text_at(strings: bytes, begin: int) -> bytes:
    return strings[begin : begin + _LONGEST_NAME].partition(b"\0")[0]
