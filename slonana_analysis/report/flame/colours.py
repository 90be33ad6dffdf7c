"""Colours of flame graphs: a module's kind decides, and shades tell neighbours apart."""

import zlib
from collections.abc import Mapping
from types import MappingProxyType

# Three shades per kind; all carry near-black text at 7:1 or better. Tints of Okabe and Ito's
# orange, sky blue and bluish green.
SHADES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "program": ("#f0b445", "#eaa62a", "#f5c56f"),
        "kernel": ("#7cc4ee", "#66b9ea", "#9ad2f3"),
        "C library": ("#5fc7a6", "#45bb97", "#84d5bb"),
        "unknown": ("#c6ccd4", "#b9c0ca", "#d3d8de"),
    }
)
_C_LIBRARIES = ("libc.", "libc-", "libm.", "libm-", "libpthread", "ld-linux", "libstdc++", "libgcc")
_UNKNOWN_MODULES = ("", "unknown", "[unknown]", "//anon", "[anon]")


def module_kind(module: str) -> str:
    """Return which kind of code a module holds.

    Parameters
    ----------
    module : str
        Path or name of a binary, as the profiler printed it.

    Returns
    -------
    str
        ``kernel``, ``C library``, ``unknown`` or ``program``.
    """
    name = module.strip().rsplit("/", 1)[-1]
    if module.strip() in _UNKNOWN_MODULES:
        return "unknown"
    if name.startswith(("[kernel", "[guest.kernel", "vmlinux")) or name.endswith((".ko", "_[k]")):
        return "kernel"
    if name.startswith(_C_LIBRARIES) or name in {"[vdso]", "[vsyscall]"}:
        return "C library"
    return "program"


def shade(function: str) -> int:
    """Return which of the three shades a function has, from 0; the same in every picture."""
    return zlib.crc32(function.encode("utf-8", "surrogatepass")) % 3
