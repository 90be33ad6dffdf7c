"""Timers and watchers in two layouts, compiled: arrays in C, and the validator's objects in C++.

Both offer the same functions, so that what differs in time is the layout, with what it asks to be
allocated and copied, or the language. See ``src/asynchronous.h``.
"""

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.ctypeslib import ndpointer
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.cache import cache_directory
from slonana_analysis.native.compiler import (
    Compiler,
    compiler_facts,
    cxx_compiler_facts,
    processor_identity,
)

Layout: TypeAlias = Literal["arrays", "objects"]

_SOURCES = Path(__file__).parent / "src"
_HEADER = "asynchronous.h"
_FILES: Mapping[Layout, tuple[str, ...]] = {
    "arrays": ("asynchronous_timers.c", "asynchronous_watchers.c"),
    "objects": ("asynchronous_objects.cpp",),
}
_MAX_TIMERS = 1024
_LIBRARY_FLAGS = ("-fPIC", "-shared")
_IDS = ndpointer(np.int64, 1, flags="C_CONTIGUOUS")
_HANDLE, _SLOT, _COUNT = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int64


class _Request(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_int32),
        ("program", ctypes.c_int32),
        ("account", ctypes.c_int32),
        ("trigger", ctypes.c_int32),
        ("offset", ctypes.c_uint64),
        ("threshold", ctypes.c_int64),
        ("pattern", ctypes.c_char_p),
        ("length", ctypes.c_size_t),
    )


class _Change(ctypes.Structure):
    _fields_ = (
        ("old_data", ctypes.c_char_p),
        ("old_length", ctypes.c_size_t),
        ("new_data", ctypes.c_char_p),
        ("new_length", ctypes.c_size_t),
        ("old_lamports", ctypes.c_uint64),
        ("new_lamports", ctypes.c_uint64),
    )


_FUNCTIONS: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "timers_new": (_HANDLE, (ctypes.c_int32,)),
    "timers_free": (None, (_HANDLE,)),
    "timers_create": (_COUNT, (_HANDLE, ctypes.c_int32, ctypes.c_int32, _SLOT, _SLOT)),
    "timers_cancel": (ctypes.c_int32, (_HANDLE, _COUNT)),
    "timers_check": (_COUNT, (_HANDLE, _SLOT, _IDS)),
    "timers_clean_up": (_COUNT, (_HANDLE,)),
    "watchers_new": (_HANDLE, (ctypes.c_int32,)),
    "watchers_free": (None, (_HANDLE,)),
    "watchers_create": (_COUNT, (_HANDLE, ctypes.POINTER(_Request))),
    "watchers_check": (
        _COUNT,
        (_HANDLE, ctypes.c_int32, ctypes.POINTER(_Change), _SLOT, _IDS),
    ),
    "time_creates": (_COUNT, (ctypes.c_int32, ctypes.c_int32, _COUNT, _IDS)),
    "time_cancels": (_COUNT, (ctypes.c_int32, _IDS, _COUNT)),
    "time_checks": (_COUNT, (_HANDLE, _SLOT, _COUNT, _IDS)),
    "time_watcher_checks": (
        _COUNT,
        (_HANDLE, ctypes.POINTER(_Change), _SLOT, _COUNT, _IDS),
    ),
}


def asynchronous_library(layout: Layout) -> ctypes.CDLL:
    """Return timers and watchers in one of the layouts, compiled at first use.

    Parameters
    ----------
    layout : {"arrays", "objects"}
        Ours in C, or the validator's in C++.

    Returns
    -------
    ctypes.CDLL
        The functions of ``src/asynchronous.h``; those that take time return nanoseconds.

    Raises
    ------
    UnavailableError
        If there is no compiler for its language, it fails, or the library cannot be loaded.
    """
    compiler = compiler_facts() if layout == "arrays" else cxx_compiler_facts()
    return _loaded(_built(f"asynchronous_{layout}.so", _FILES[layout], compiler))


@cache
def _loaded(path: Path) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise UnavailableError(
            f"the compiled timers and watchers could not be loaded ({error}); remove that file, "
            "or set SLONANA_CACHE to a folder that programs may run from"
        ) from error
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _built(file: str, sources: Sequence[str], compiler: Compiler) -> Path:
    paths = [_SOURCES / name for name in sources]
    folder = cache_directory("native") / _fingerprint(compiler, [*paths, _SOURCES / _HEADER])
    wanted = folder / file
    if wanted.exists():
        return wanted
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as beside:
            fresh = Path(beside) / file
            compiler.run(*compiler.flags, *_LIBRARY_FLAGS, "-o", str(fresh), *map(str, paths))
            # Whoever builds the same at the same time renames an equal file onto this one.
            fresh.replace(wanted)
    except OSError as error:
        raise UnavailableError(
            f"{file} could not be compiled into {folder} ({error.strerror}); "
            "free some space there or set SLONANA_CACHE to another folder"
        ) from error
    return wanted


def _fingerprint(compiler: Compiler, paths: Sequence[Path]) -> str:
    parts = (*compiler.command, compiler.version, *compiler.flags, processor_identity())
    digest = hashlib.sha256(b"\0".join(os.fsencode(part) for part in parts))
    for path in paths:
        digest.update(os.fsencode(path.name) + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


class CompiledTimers:
    """Timers in one of the layouts; numbers stand for the names of programs.

    Parameters
    ----------
    layout : {"arrays", "objects"}
        As for `asynchronous_library`.
    programs : int
        Programs are the numbers below this.

    Raises
    ------
    UnavailableError
        As `asynchronous_library`, or if there is no memory left.
    """

    def __init__(self, layout: Layout, programs: int) -> None:
        self._library = asynchronous_library(layout)
        self._programs = programs
        self._handle = _given(self._library.timers_new(programs))
        self._slot = 1

    def __del__(self) -> None:
        if handle := getattr(self, "_handle", None):
            self._library.timers_free(handle)

    def create(self, program: int, mode: int, slot: int, period: int) -> int:
        """Create a timer and return its identifier; 0 where it was refused.

        Raises
        ------
        ValueError
            If there is no such program.
        """
        _check_number("program", program, self._programs)
        return int(self._library.timers_create(self._handle, program, mode, slot, period))

    def cancel(self, identifier: int) -> bool:
        """Cancel a timer, and return whether it is stored."""
        return bool(self._library.timers_cancel(self._handle, identifier))

    def check(self, slot: int) -> NDArray[np.int64]:
        """Run every pending timer whose slot has come, and return their identifiers, unordered."""
        fired = np.empty(_MAX_TIMERS, np.int64)
        return fired[: self._library.timers_check(self._handle, slot, fired)]

    def clean_up(self) -> int:
        """Drop the timers that are done or cancelled, and return how many those were."""
        return int(self._library.timers_clean_up(self._handle))

    def time_checks(self, checks: int, fired: NDArray[np.int64]) -> int:
        """Check the next slots, one after the other.

        Parameters
        ----------
        checks : int
            How many; the first check ever made is of slot 1.
        fired : ndarray of int64, shape (1,)
            Increased by what ran.

        Returns
        -------
        int
            Nanoseconds.
        """
        elapsed = self._library.time_checks(self._handle, self._slot, checks, fired)
        self._slot += checks
        return int(elapsed)


class CompiledWatchers:
    """Watchers in one of the layouts; numbers stand for the names of programs and accounts.

    Parameters
    ----------
    layout : {"arrays", "objects"}
        As for `asynchronous_library`.
    programs : int
        Programs are the numbers below this.

    Raises
    ------
    UnavailableError
        As `asynchronous_library`, or if there is no memory left.
    """

    ACCOUNTS = 64
    COLUMNS = 1016

    def __init__(self, layout: Layout, programs: int) -> None:
        self._library = asynchronous_library(layout)
        self._programs = programs
        self._handle = _given(self._library.watchers_new(programs))
        self._slot = 1

    def __del__(self) -> None:
        if handle := getattr(self, "_handle", None):
            self._library.watchers_free(handle)

    def create(
        self,
        kind: int,
        program: int,
        account: int,
        trigger: int,
        *,
        offset: int = 0,
        threshold: int = 0,
        pattern: bytes = b"",
    ) -> int:
        """Create a watcher and return its identifier; 0 where it was refused.

        Parameters
        ----------
        kind : int
            0 plain, 1 threshold, 2 pattern.
        program, account : int
            Who watches whom.
        trigger, offset, threshold, pattern
            What fires it, as far as ``kind`` looks at it.

        Raises
        ------
        ValueError
            If there is no such program or account.
        """
        _check_number("program", program, self._programs)
        _check_number("account", account, self.ACCOUNTS)
        request = _Request(
            kind, program, account, trigger, offset, threshold, pattern, len(pattern)
        )
        return int(self._library.watchers_create(self._handle, ctypes.byref(request)))

    def check(
        self, account: int, old: bytes, new: bytes, lamports: tuple[int, int], slot: int
    ) -> NDArray[np.int64]:
        """Fire the watchers of an account, and return the identifiers of those that fired.

        Raises
        ------
        ValueError
            If there is no such account.
        """
        _check_number("account", account, self.ACCOUNTS)
        fired = np.empty(self.COLUMNS, np.int64)
        change = _change(old, new, lamports)
        count = self._library.watchers_check(
            self._handle, account, ctypes.byref(change), slot, fired
        )
        return fired[:count]

    def time_checks(
        self,
        old: bytes,
        new: bytes,
        lamports: tuple[int, int],
        checks: int,
        fired: NDArray[np.int64],
    ) -> int:
        """Check account 0 at the next slots, one after the other, always with the same change.

        Parameters
        ----------
        old, new, lamports
            The change.
        checks : int
            How many; the first check ever made is of slot 1.
        fired : ndarray of int64, shape (1,)
            Increased by what fired.

        Returns
        -------
        int
            Nanoseconds.
        """
        change = _change(old, new, lamports)
        elapsed = self._library.time_watcher_checks(
            self._handle, ctypes.byref(change), self._slot, checks, fired
        )
        self._slot += checks
        return int(elapsed)


def time_creates(layout: Layout, programs: int, ids: NDArray[np.int64], passes: int) -> int:
    """Create one-shot timers over programs in turn, each pass with new timers.

    Parameters
    ----------
    layout : {"arrays", "objects"}
        As for `asynchronous_library`.
    programs : int
        How many programs take turns.
    ids : ndarray of int64, shape (n_timers,)
        Receives what the last pass was given: identifiers, or 0.
    passes : int
        How often; making room for the timers, and freeing it, is not timed.

    Returns
    -------
    int
        Nanoseconds of all passes.

    Raises
    ------
    UnavailableError
        As `asynchronous_library`, or if there is no memory left.
    """
    elapsed = asynchronous_library(layout).time_creates(len(ids), programs, passes, ids)
    return _measured(elapsed)


def time_cancels(layout: Layout, order: NDArray[np.int64], passes: int) -> int:
    """Cancel timers in an order, each pass with new timers.

    Parameters
    ----------
    layout : {"arrays", "objects"}
        As for `asynchronous_library`.
    order : ndarray of int64, shape (n_timers,)
        Identifiers 1 to ``n_timers``, at most 1024.
    passes : int
        How often; creating the timers is not timed.

    Returns
    -------
    int
        Nanoseconds of all passes.

    Raises
    ------
    UnavailableError
        As `asynchronous_library`, or if there is no memory left.
    ValueError
        If there are more timers than can be.
    """
    if len(order) > _MAX_TIMERS:
        raise ValueError(f"at most {_MAX_TIMERS} timers can be cancelled, not {len(order)}")
    return _measured(asynchronous_library(layout).time_cancels(len(order), order, passes))


def _change(old: bytes, new: bytes, lamports: tuple[int, int]) -> _Change:
    return _Change(old, len(old), new, len(new), *lamports)


def _check_number(what: str, number: int, limit: int) -> None:
    if not 0 <= number < limit:
        raise ValueError(f"a {what} is 0 to {limit - 1}, not {number}")


def _given(handle: int | None) -> int:
    if not handle:
        raise UnavailableError("there is no memory left for timers and watchers; free some")
    return handle


def _measured(elapsed: int) -> int:
    if elapsed < 0:
        raise UnavailableError("there is no memory left for timers and watchers; free some")
    return int(elapsed)
