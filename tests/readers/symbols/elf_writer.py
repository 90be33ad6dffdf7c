"""ELF files made byte by byte, so that each test says what stands in its file."""

import struct

FUNC, OBJECT, NOTYPE, IFUNC = 2, 1, 0, 10
LOCAL, GLOBAL, WEAK = 0, 1, 2
TEXT_AT = 0x1000
ADDRESS = 0x400000
BUILD_ID = bytes(range(20))
_PLT_ENTRY = 16


def symbol(name, value, size=0, *, kind=FUNC, binding=GLOBAL, section=".text", other=0):
    """Describe one symbol; ``value`` is its offset in the file."""
    return name, value, size, kind, binding, section, other


class ElfWriter:
    """Collects sections and writes a little-endian file of 64 or 32 bits."""

    def __init__(self, bits=64, kind=3, machine=62):
        self.bits, self.kind, self.machine = bits, kind, machine
        self.sections = {}
        self.add(".text", 1, bytes(0x1000), flags=6, address=ADDRESS + TEXT_AT)

    def add(self, name, kind, content, *, flags=0, address=0, link="", entry_size=0, size=None):
        self.sections[name] = [kind, content, flags, address, link, entry_size, size]
        return self

    def with_build_id(self, build_id=BUILD_ID):
        note = struct.pack("<III", 4, len(build_id), 3) + b"GNU\0" + build_id
        return self.add(".note.gnu.build-id", 7, note, flags=2)

    def with_symbols(self, symbols, table=".symtab"):
        strings = ".strtab" if table == ".symtab" else ".dynstr"
        self.pending = [*getattr(self, "pending", []), (table, strings, symbols)]
        self.add(table, 2 if table == ".symtab" else 11, b"", link=strings, entry_size=24)
        return self.add(strings, 3, b"")

    def with_plt(self, count, at=0x800):
        """Give stubs for the first symbols of .dynsym."""
        self.add(".plt", 1, b"", flags=6, address=ADDRESS + at, entry_size=_PLT_ENTRY)
        self.plt_at = at
        pack = "<QQq" if self.bits == 64 else "<IIi"
        shift = 32 if self.bits == 64 else 8
        content = b"".join(
            struct.pack(pack, 0, number << shift, 0) for number in range(1, count + 1)
        )
        return self.add(".rela.plt", 4, content, link=".dynsym", entry_size=struct.calcsize(pack))

    def bytes(self):
        names = ["", *self.sections]
        for table, strings, symbols in getattr(self, "pending", []):
            self.sections[table][1], self.sections[strings][1] = self._table(symbols, names)
        self.sections[".shstrtab"] = [3, b"", 0, 0, "", 0, None]
        names.append(".shstrtab")
        self.sections[".shstrtab"][1] = b"\0".join(name.encode() for name in names) + b"\0"
        body = bytearray(TEXT_AT) + bytearray(self.sections[".text"][1])
        placed = {".text": TEXT_AT}
        for name, (kind, content, *_) in self.sections.items():
            if name == ".text":
                continue
            placed[name] = len(body)
            if kind != 8:
                body += content + bytes(-len(content) % 8)
        if ".plt" in placed:
            placed[".plt"] = self.plt_at
        headers = self._section_headers(names, placed)
        self._write_header(body, len(body), len(names))
        return bytes(body + headers)

    def _table(self, symbols, names):
        strings = bytearray(b"\0")
        entries = bytearray(24 if self.bits == 64 else 16)
        for name, value, size, kind, binding, section, other in symbols:
            index = names.index(section) if isinstance(section, str) else section
            info, at = binding << 4 | kind, len(strings)
            strings += (name if isinstance(name, bytes) else name.encode()) + b"\0"
            address = value + ADDRESS
            if self.bits == 64:
                entries += struct.pack("<IBBHQQ", at, info, other, index, address, size)
            else:
                entries += struct.pack("<IIIBBH", at, address, size, info, other, index)
        return bytes(entries), bytes(strings)

    def _section_headers(self, names, placed):
        pack = "<IIQQQQIIQQ" if self.bits == 64 else "<IIIIIIIIII"
        text = b"\0".join(name.encode() for name in names)
        headers = bytes(struct.calcsize(pack))
        for name in names[1:]:
            kind, content, flags, address, link, entry_size, size = self.sections[name]
            headers += struct.pack(
                pack, text.index(b"\0" + name.encode()) + 1, kind, flags, address, placed[name],
                len(content) if size is None else size, names.index(link) if link else 0, 0, 1,
                entry_size,
            )  # fmt: skip
        return headers

    def _write_header(self, body, sections_at, count):
        wide = self.bits == 64
        ident = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
        sizes = (64, 56, 1, 64) if wide else (52, 32, 1, 40)
        head = ident + struct.pack(
            "<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH", self.kind, self.machine, 1, 0,
            sizes[0], sections_at, 0, *sizes, count, count - 1,
        )  # fmt: skip
        if wide:
            head += struct.pack("<IIQQQQQQ", 1, 5, 0, ADDRESS, 0, 0x2000, 0x2000, 4096)
        else:
            head += struct.pack("<IIIIIIII", 1, 0, ADDRESS, 0, 0x2000, 0x2000, 5, 4096)
        body[: len(head)] = head
