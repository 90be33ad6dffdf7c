"""Which function is to be named for an allocation: the first that is no allocator's.

The innermost functions of an allocation's stack are the same everywhere: ``malloc``, ``operator
new``, the allocator and the containers of the C++ library, Rust's ``alloc``. What matters is who
used them. A frame is an allocator's if its function, without return type, arguments and template
arguments, is

- one of the C library's: ``malloc``, ``calloc``, ``realloc``, ``posix_memalign``, ``strdup``,
  ``mmap`` and their like, with any leading underscores and ``libc_`` or ``GI_``;
- an allocating wrapper by its plain name: ``allocate``, ``allocate_zeroed``, ``xmalloc``,
  ``g_malloc``, ``je_malloc`` and their like;
- ``operator new`` or ``operator new[]``;
- in ``std``, ``__gnu_cxx``, ``alloc`` or ``core``: containers, strings, smart pointers, allocators;
- Rust's ``__rust_alloc``, ``__rdl_alloc`` and their like;

or if its source file is a header of the C++ library (``/include/c++/``, ``stl_*.h``, ``*.tcc``,
``new_allocator.h`` and so on), for massif prints no namespace there. The rule walks from the
allocation outwards and stops at the first other frame; where there is none, the innermost is
named.
"""

import re

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model.profile import Profile

_C_NAMES = (
    r"_*(?:libc_|GI_+(?:libc_)?)?"
    r"(?:malloc|calloc|realloc|reallocarray|memalign|posix_memalign|aligned_alloc|p?valloc"
    r"|strn?dup|wcsdup|v?asprintf|mmap(?:64)?|mremap|s?brk|int_malloc|int_realloc|int_memalign"
    r"|sysmalloc|default_morecore)"
)
_WRAPPERS = (
    r"(?:x|g_|g_try_|je_|mi_|tc_|zend_|sqlite3|CRYPTO_)_?(?:malloc|calloc|realloc|zalloc|malloc0"
    r"|strn?dup|memdup)\w*|allocate(?:_zeroed|_at_least|_shared)?|allocated|safe_malloc"
)
_RUST = r"__(?:rust|rdl|rg)_(?:alloc|realloc|alloc_zeroed)"
_NEW = r"operator new(?:\[\])?"
_LIBRARIES = r"(?:std|__gnu_cxx|alloc|core)::.*"
_FUNCTION = re.compile(rf"(?:{_C_NAMES}|{_WRAPPERS}|{_RUST}|{_NEW}|{_LIBRARIES})")
_HEADER = re.compile(
    r".*/include/c\+\+/.*|(?:.*/)?(?:stl_\w+\.h|\w+\.tcc|hashtable(?:_policy)?\.h"
    r"|(?:new_|)allocator\.h|allocated_ptr\.h|alloc_traits\.h|basic_string\.h|char_traits\.h"
    r"|(?:shared|unique)_ptr(?:_base)?\.h|unordered_(?:map|set)\.h|std_function\.h|invoke\.h"
    r"|regex\w*\.h|range_access\.h|uses_allocator\.h)",
    re.DOTALL,
)
_LONGEST_NAME = 4096


def bare_name(function: str) -> str:
    """Return a function's name without return type, arguments and template arguments.

    Parameters
    ----------
    function : str
        Demangled name, for example ``void std::deque<int>::push(int const&)``.

    Returns
    -------
    str
        For example ``std::deque::push``; what ``operator`` means is kept.
    """
    text = function[:_LONGEST_NAME].replace("(anonymous namespace)", "{anonymous}")
    place = text.find("operator")
    if place >= 0 and (place == 0 or text[place - 1] in ": "):
        return _without_arguments(text[:place]).rpartition(" ")[2] + text[place:].split("(")[0]
    return _without_arguments(text).rpartition(" ")[2]


def _without_arguments(text: str) -> str:
    """Drop what stands in angle brackets, and from the first parenthesis that opens arguments."""
    kept: list[str] = []
    depth = 0
    for letter in text:
        if letter == "<":
            depth += 1
        elif letter == ">":
            depth = max(depth - 1, 0)
        elif depth == 0 and letter == "(" and kept and kept[-1] != " ":
            break
        elif depth == 0:
            kept.append(letter)
    return "".join(kept)


def is_allocator(function: str, file: str = "") -> bool:
    """Return whether a frame is an allocator's, by the rule of this module."""
    return (
        _FUNCTION.fullmatch(bare_name(function)) is not None or _HEADER.fullmatch(file) is not None
    )


def site_nodes(profile: Profile, skip: str = "") -> NDArray[np.int32]:
    """Return the node to be named for what is allocated in each node of the call tree.

    Parameters
    ----------
    profile : Profile
        The profile.
    skip : str
        Regular expression of further functions to be taken for an allocator's; it must match the
        whole name.

    Returns
    -------
    ndarray of int32, shape (n_nodes,)
        The node itself, or one above it.

    Raises
    ------
    UsageError
        If ``skip`` is no regular expression.
    """
    inner = _allocator_frames(profile, skip)[profile.nodes["frame"].to_numpy()].tolist()
    sites: list[int] = []
    for node, parent in enumerate(profile.nodes["parent"].tolist()):
        sites.append((sites[parent] if parent >= 0 else -1) if inner[node] else node)
    found = np.array(sites, np.int32)
    return np.where(found < 0, np.arange(found.size, dtype=np.int32), found)


def _allocator_frames(profile: Profile, skip: str) -> NDArray[np.bool_]:
    try:
        more = re.compile(skip) if skip else None
    except re.error as error:
        raise UsageError(f"'{skip}' is no regular expression ({error}); correct it") from error
    function, file = profile.frames["function"].cat, profile.frames["file"].cat
    by_function = [
        is_allocator(name) or (more is not None and more.fullmatch(name) is not None)
        for name in map(str, function.categories)
    ]
    by_file = [is_allocator("", str(name)) for name in file.categories]
    return np.logical_or(
        np.array(by_function, np.bool_)[function.codes.to_numpy()],
        np.array(by_file, np.bool_)[file.codes.to_numpy()],
    )
