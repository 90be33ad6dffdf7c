"""Opens what a reader is given: a file, a capture directory or standard input, packed or not.

Packing is told by content, never by name. What can be unpacked of a damaged file is passed on,
and the damage is remembered for the ledger.
"""

import bz2
import io
import json
import lzma
import sys
import zlib
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from slonana_analysis.errors import FormatError, UnavailableError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = [
    "STANDARD_INPUT",
    "UNPACKED_LIMIT",
    "Source",
    "Unpacked",
    "name_of",
    "open_source",
    "zstd",
]

STANDARD_INPUT = "-"
UNPACKED_LIMIT = 8 << 30
_PACKED_CHUNK = 1 << 16
_UNPACKED_CHUNK = 1 << 20
_HEAD = 1 << 16


class _Unpacker(Protocol):
    """What the decompressors of bz2, lzma and zstd have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzip:
    """zlib's decompressor with the interface of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))


_PACKINGS: dict[bytes, tuple[str, Callable[[], _Unpacker]]] = {
    b"\x1f\x8b": ("gzip", _Gunzip),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMADecompressor),
    b"BZh": ("bzip2", bz2.BZ2Decompressor),
    b"\x28\xb5\x2f\xfd": ("zstd", zstd.ZstdDecompressor),
}


class Unpacked(io.RawIOBase):
    """The unpacked bytes of a stream; ``damage`` says what is wrong with the packing, if anything.

    Parameters
    ----------
    stream : binary file
        At its beginning; stays open.
    name : str
        What to call it in errors.
    limit : int
        Unpacked bytes after which the file is refused.
    """

    def __init__(self, stream: BinaryIO, name: str, limit: int) -> None:
        self.damage = ""
        self._stream = stream
        self._name = name
        self._left = limit
        self._limit = limit
        self._packed = stream.read(_PACKED_CHUNK)
        self._packing = ""
        self._new: Callable[[], _Unpacker] | None = None
        for magic, (packing, new) in _PACKINGS.items():
            if self._packed.startswith(magic):
                self._packing, self._new = packing, new
        self._unpacker = self._new() if self._new else None
        self._ready = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the file whose bytes these are, for mapping it into memory.

        Raises
        ------
        UnsupportedOperation
            If the bytes here are not those of a file: they were unpacked, or there is no file.
        """
        if self._packing or not hasattr(self._stream, "fileno"):
            raise io.UnsupportedOperation("these bytes are in no file")
        return self._stream.fileno()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # io's stub names a private protocol
        """Fill ``buffer``; return the number of bytes, 0 at the end.

        Raises
        ------
        FormatError
            If more than the limit would be unpacked.
        """
        if self._unpacker is None and not self._packed and not self._ready:
            return self._stream.readinto(buffer)  # type: ignore[attr-defined, no-any-return]  # BinaryIO's stub lacks it
        while not self._ready:
            more = self._next()
            if more is None:
                return 0
            self._ready = more
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _next(self) -> bytes | None:
        if self._unpacker is None:
            plain, self._packed = self._packed or self._stream.read(_UNPACKED_CHUNK), b""
            return plain or None
        try:
            more = self._unpack(self._unpacker)
        except (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError) as error:
            self._give_up(f"the {self._packing} data are damaged ({error})")
            return None
        if more:
            self._left -= len(more)
            if self._left < 0:
                raise FormatError(
                    f"{self._name} unpacks to more than {self._limit >> 20} MiB; unpack it by "
                    "hand if it is really that large, and read the part that matters"
                )
        return more

    def _unpack(self, unpacker: _Unpacker) -> bytes | None:
        if unpacker.eof:
            return self._next_member(unpacker)
        packed, self._packed = self._packed, b""
        if not packed and unpacker.needs_input:
            packed = self._stream.read(_PACKED_CHUNK)
            if not packed:
                self._give_up(f"the {self._packing} data end early")
                return None
        return unpacker.decompress(packed, _UNPACKED_CHUNK)

    def _next_member(self, unpacker: _Unpacker) -> bytes | None:
        """Go on behind the end of a member: files may be several, one after the other."""
        self._packed = unpacker.unused_data or self._stream.read(_PACKED_CHUNK)
        if not self._packed.strip(b"\x00"):
            return None
        if not any(self._packed.startswith(magic) for magic in _PACKINGS) or self._new is None:
            self._give_up(f"something that is not {self._packing} follows the {self._packing} data")
            return None
        self._unpacker = self._new()
        return b""

    def _give_up(self, damage: str) -> None:
        self.damage = damage
        self._unpacker, self._packed = None, b""
        self._stream = io.BytesIO()


class Source:
    """An opened input: ``stream`` of unpacked bytes, its ``name``, and ``damage`` once read.

    Usable as a context manager, which closes the file if it was opened here (``owned``).
    """

    def __init__(self, stream: BinaryIO, name: str, limit: int, *, owned: bool) -> None:
        self.name = name
        self._owned = stream if owned else None
        self._unpacked = Unpacked(stream, name, limit)
        self.stream = io.BufferedReader(self._unpacked, _HEAD)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._owned is not None:
            self._owned.close()

    @property
    def damage(self) -> str:
        """What is wrong with the packing, as far as read; empty if nothing."""
        return self._unpacked.damage

    def head(self) -> bytes:
        """Return up to 64 KiB from the beginning without moving on; call it before reading."""
        return self.stream.peek(_HEAD)


def open_source(origin: str | PathLike[str] | BinaryIO, limit: int = UNPACKED_LIMIT) -> Source:
    """Open an input.

    Parameters
    ----------
    origin : path, "-" or binary file
        A capture directory stands for its main file, ``"-"`` for standard input.
    limit : int
        Unpacked bytes after which the file is refused.

    Returns
    -------
    Source
        To be closed by the caller.

    Raises
    ------
    UnavailableError
        If there is no such file, or it may not be read.
    FormatError
        If a directory is no capture.
    """
    if not isinstance(origin, str | PathLike):
        return Source(origin, name_of(origin), limit, owned=False)
    if str(origin) == STANDARD_INPUT:
        return Source(sys.stdin.buffer, name_of(origin), limit, owned=False)
    path = _main_file(Path(origin))
    try:
        return Source(path.open("rb"), str(path), limit, owned=True)
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error


def name_of(origin: str | PathLike[str] | BinaryIO) -> str:
    """Return what to call an input in errors."""
    if not isinstance(origin, str | PathLike):
        return str(getattr(origin, "name", "the stream"))
    return "standard input" if str(origin) == STANDARD_INPUT else str(origin)


def _main_file(path: Path) -> Path:
    """Return the file itself, or of a capture directory the file that its facts name."""
    if not path.is_dir():
        return path
    try:
        main = json.loads((path / "capture.json").read_text(encoding="utf-8"))["main"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"{path} is a directory without a readable capture.json; name the file inside it"
        ) from error
    if not isinstance(main, str) or Path(main).name != main:
        raise FormatError(f"{path}/capture.json names no file of its directory as the main one")
    return path / main
