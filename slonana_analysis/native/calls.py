"""One timed loop for every kernel, whoever compiled it: ours and C side by side.

A kernel is a function ``uint64_t kernel(int32_t *out, const int32_t *input, const int32_t *model)``
that is reached through a pointer, so that no compiler can inline it, hoist its work or drop it.
What such a call costs, about two nanoseconds, is the same for all, and is measured with a kernel
that does next to nothing.
"""

import ctypes
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.build import shared_library

Keep: TypeAlias = Callable[[], object]

_WORD = 4


class _Rows(ctypes.Structure):
    _fields_ = (
        ("words", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("width", ctypes.c_size_t),
    )


class _Calls(ctypes.Structure):
    _fields_ = (
        ("function", ctypes.c_void_p),
        ("model", ctypes.c_void_p),
        ("inputs", _Rows),
        ("outputs", _Rows),
        ("zero", ctypes.c_int32),
    )


class CallTimer:
    """Calls of one kernel as the harness wants them; ``timer(inner)`` returns nanoseconds.

    Inputs and outputs are taken in turn, and the turn goes on from batch to batch.

    Parameters
    ----------
    address : int
        Of the kernel.
    out : ndarray of int32, shape (n_outputs, out_width)
        Each call writes one row; their number is a power of two.
    inputs : ndarray, shape (n_inputs, ...)
        Each call reads one; C-contiguous, each a multiple of 4 bytes, their number a power of two.
    model : ndarray of int32, shape (n_words,)
        What the kernel is called with, in its own layout.
    chained : bool
        Whether a call's input depends on what the call before it wrote. Independent calls overlap
        in the processor and show throughput; chained ones show latency.

    Raises
    ------
    UnavailableError
        If the loop cannot be compiled or loaded.
    ValueError
        If an array does not suit.
    """

    def __init__(
        self,
        address: int,
        out: NDArray[np.int32],
        inputs: NDArray[Any],
        model: NDArray[np.int32],
        *,
        chained: bool = False,
    ) -> None:
        self._library = companion_library()
        # Kept, for C has only their addresses.
        self._arrays = (out, inputs, model)
        self._chained = int(chained)
        self._first = 0
        self._calls = _calls(address, *self._arrays)
        empty: Any = self._library.empty_kernel
        self._empty = _calls(ctypes.cast(empty, ctypes.c_void_p).value or 0, *self._arrays)

    def __call__(self, inner: int) -> int:
        """Return the nanoseconds that ``inner`` calls take."""
        elapsed = self._library.time_calls(
            ctypes.byref(self._calls), self._first, inner, self._chained
        )
        self._first += inner
        return int(elapsed)

    def empty(self, inner: int) -> int:
        """Return the nanoseconds of ``inner`` calls of a kernel that does next to nothing."""
        return int(self._library.time_calls(ctypes.byref(self._empty), 0, inner, self._chained))

    def warm(self) -> None:
        """Touch code and memory of both loops without timing anything."""
        self(1)
        self.empty(1)

    @property
    def period(self) -> int:
        """Calls after which the same inputs come round again."""
        return len(self._arrays[1])


def time_calls(
    address: int,
    out: NDArray[np.int32],
    inputs: NDArray[Any],
    model: NDArray[np.int32],
    inner: int,
    *,
    first: int = 0,
    chained: bool = False,
) -> int:
    """Return the nanoseconds that ``inner`` calls of a kernel take.

    The clock is read in C, around the calls only: what it costs to get there from Python, and to
    release the interpreter lock, is outside.

    Parameters
    ----------
    address, out, inputs, model, chained
        As for `CallTimer`.
    inner : int
        How many calls.
    first : int
        Which row of inputs and outputs, modulo their number, the first call takes.

    Raises
    ------
    UnavailableError, ValueError
        As `CallTimer`; also for a negative number of calls or first row.
    """
    if min(inner, first) < 0:
        raise ValueError(f"{inner} calls from row {first} on cannot be made")
    calls = _calls(address, out, inputs, model)
    timed = companion_library().time_calls
    return int(timed(ctypes.byref(calls), first, inner, int(chained)))


def call_rows(
    address: int, out: NDArray[np.int32], inputs: NDArray[Any], model: NDArray[np.int32]
) -> int:
    """Call a kernel once with every input, and return the first error code.

    Parameters
    ----------
    address, inputs, model
        As for `CallTimer`; any number of inputs.
    out : ndarray of int32, shape (n_inputs, out_width)
        Receives a row for each input.

    Returns
    -------
    int
        0 when every call succeeded.

    Raises
    ------
    UnavailableError, ValueError
        As `CallTimer`.
    """
    if len(out) != len(inputs):
        raise ValueError(f"{len(inputs)} inputs do not fit {len(out)} rows of outputs")
    calls = _calls(address, out, inputs, model, turning=False)
    return int(companion_library().call_rows(ctypes.byref(calls)))


def loaded(name: str) -> ctypes.CDLL:
    """Return one of our libraries, compiled at first use.

    Raises
    ------
    UnavailableError
        If it could not be compiled or loaded.
    """
    path = shared_library(name)
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise UnavailableError(
            f"the compiled {name} could not be loaded ({error}); remove that file, or set "
            "SLONANA_CACHE to a folder that programs may run from"
        ) from error


def companion_library() -> ctypes.CDLL:
    """Return the library of timed loops and C kernels, compiled at first use.

    Raises
    ------
    UnavailableError
        If it could not be compiled or loaded.
    """
    library = loaded("companions")
    library.time_calls.argtypes = (
        ctypes.POINTER(_Calls),
        ctypes.c_int64,
        ctypes.c_int64,
        ctypes.c_int,
    )
    library.time_calls.restype = ctypes.c_int64
    library.call_rows.argtypes = (ctypes.POINTER(_Calls),)
    library.call_rows.restype = ctypes.c_uint64
    return library


def _calls(
    address: int,
    out: NDArray[np.int32],
    inputs: NDArray[Any],
    model: NDArray[np.int32],
    *,
    turning: bool = True,
) -> _Calls:
    if out.dtype != np.int32 or model.dtype != np.int32 or not model.flags.c_contiguous:
        raise ValueError("outputs and model must be contiguous arrays of int32")
    return _Calls(
        address, model.ctypes.data, _rows(inputs, turning=turning), _rows(out, turning=turning), 0
    )


def _rows(array: NDArray[Any], *, turning: bool) -> _Rows:
    count = len(array) if array.ndim else 0
    if count == 0 or (turning and count & (count - 1)):
        raise ValueError(f"the number of rows must be a power of two, not {count}")
    row_bytes = array.nbytes // count
    if not array.flags.c_contiguous or row_bytes % _WORD or row_bytes == 0:
        raise ValueError("rows must follow each other in memory, each some words of 4 bytes")
    return _Rows(array.ctypes.data, count, row_bytes // _WORD)
