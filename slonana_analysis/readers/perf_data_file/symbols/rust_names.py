"""Names of Rust's legacy mangling, which looks like C++ with a hash at its end.

References
----------
``rustc_symbol_mangling::legacy`` (escapes); rustc-demangle, "legacy".
"""

import re

_LEGACY = re.compile(rb"_ZN(.+)17h[0-9a-f]{16}E(?:[.@].*)?\Z")
_PIECE = re.compile(rb"([1-9][0-9]{0,4})")
_ESCAPE = re.compile(rb"\$([A-Za-z]{1,2}|u[0-9a-f]{1,6})\$|\.\.")
_CHARACTERS = {
    b"SP": b"@", b"BP": b"*", b"RF": b"&", b"LT": b"<", b"GT": b">", b"LP": b"(", b"RP": b")",
    b"C": b",",
}  # fmt: skip


def legacy(name: bytes) -> bytes | None:
    """Return a symbol of Rust's legacy scheme in source form, without its hash.

    Parameters
    ----------
    name : bytes
        A symbol such as ``_ZN4core3fmt5Write17h0123456789abcdefE``.

    Returns
    -------
    bytes or None
        ``core::fmt::Write``; None if the name is not of this scheme.
    """
    found = _LEGACY.match(name)
    if found is None:
        return None
    path = found[1]
    pieces = []
    position = 0
    while position < len(path):
        piece = _PIECE.match(path, position)
        if piece is None or piece.end() + int(piece[1]) > len(path):
            return None
        position = piece.end() + int(piece[1])
        pieces.append(_plain(path[piece.end() : position]))
    return b"::".join(pieces)


def _plain(piece: bytes) -> bytes:
    text = piece[1:] if piece.startswith(b"_$") else piece
    return _ESCAPE.sub(_character, text)


def _character(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code is None:
        return b"::"
    if code in _CHARACTERS:
        return _CHARACTERS[code]
    number = int(code[1:], 16) if code.startswith(b"u") else 0x110000
    return chr(number).encode("utf-8", "replace") if 0x20 <= number < 0x110000 else found[0]
