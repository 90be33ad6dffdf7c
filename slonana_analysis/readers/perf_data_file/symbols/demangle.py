"""C++ and Rust names as perf prints them: qualified, without parameters and return type.

perf asks libiberty for names without options, so that ``_ZNK3foo3barEi`` becomes ``foo::bar`` and
``_ZN3foo3barEv.cold`` too. ``c++filt`` is the same library with the same option.

References
----------
Itanium C++ ABI, section 5.1 "External Names (a.k.a. Mangling)". Linux 6.1,
``tools/perf/util/symbol-elf.c``: ``demangle_sym``.
"""

import re
from collections.abc import Sequence

from slonana_analysis.readers.perf_data_file.symbols import name_filter, rust_names

_KEYED = re.compile(rb"_GLOBAL_[._$][DI]_")

MISSING = "C++ and Rust names stay mangled, as c++filt is not installed (Debian package binutils)"


def is_mangled(name: bytes) -> bool:
    """Return whether a symbol looks like a C++ or Rust name."""
    return name.startswith((b"_Z", b"_R", b"___Z")) or _KEYED.match(name) is not None


def demangled(names: Sequence[bytes]) -> list[bytes]:
    """Return names as perf prints them.

    Parameters
    ----------
    names : sequence of bytes
        Symbols of ELF files.

    Returns
    -------
    list of bytes
        One for each; as they are if they are not mangled, or not well.
    """
    results = list(names)
    left = []
    for place, name in enumerate(names):
        if not is_mangled(name):
            continue
        rust = rust_names.legacy(name)
        if rust is None:
            left.append(place)
        else:
            results[place] = rust
    for place, name in zip(left, name_filter.filtered([names[at] for at in left]), strict=True):
        results[place] = name
    return results


def note_on(names: Sequence[str]) -> str:
    """Return why names are still mangled, empty if nothing is amiss.

    Parameters
    ----------
    names : sequence of str
        Names as they will be shown.
    """
    if name_filter.program() is None and any(name.startswith(("_Z", "_R")) for name in names):
        return MISSING
    return ""
