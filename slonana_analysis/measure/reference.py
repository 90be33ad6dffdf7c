"""A frozen kernel that runs beside every subject, so that days and machines can be compared.

Two runs share no process, and a shared machine is a third faster on one day than on another. What
they do share is this kernel: the same bytes, interleaved with the subjects in every round. The
ratio of a subject to it is what is compared between runs.
"""

import base64
import ctypes
import mmap
import platform
import sys
from dataclasses import dataclass
from functools import cache
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.reference_code import CODE

VALUES = 256
"""float32 values that a repetition reads, multiplies, adds, compares and writes."""

_LEAST_BATCH_NS = 32_000.0
"""Twice a subject's least batch: the way from Python into the code and back stays below 2 %."""

_SHARE_OF_SUBJECT = 0.1
"""Long subjects see longer disturbances; the kernel beside them must see some of these too."""

_PROT_READ, _PROT_EXEC = 1, 4


@dataclass(frozen=True)
class ReferenceKernel:
    """The frozen kernel, ready to run.

    Attributes
    ----------
    inputs, out : ndarray of float32, shape (256,), aligned to 64 bytes
        What it reads and writes.
    """

    inputs: NDArray[np.float32]
    out: NDArray[np.float32]
    _call: Any

    def __call__(self, inner: int) -> int:
        """Return the nanoseconds that ``inner`` repetitions take."""
        call, out, inputs = self._call, self.out.ctypes.data, self.inputs.ctypes.data
        start = perf_counter_ns()
        call(out, inputs, inner)
        return perf_counter_ns() - start


@cache
def reference_kernel() -> ReferenceKernel:
    """Return the frozen kernel of this process.

    Raises
    ------
    UnavailableError
        If there is no code for this machine, or it lets no process make code of its own.
    """
    address = _executable(_machine_code())
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    # A page of its own, so that both arrays begin at the same place of a cache line every time.
    page = np.frombuffer(mmap.mmap(-1, mmap.PAGESIZE), np.float32)
    inputs, out = page[:VALUES], page[VALUES : 2 * VALUES]
    # Around 1: squares neither grow nor become denormal numbers, which take a hundred times longer.
    inputs[:] = 0.5 + np.arange(VALUES, dtype=np.float32) / VALUES
    return ReferenceKernel(inputs, out, kind(address))


def reference_batch_ns(shortest_ns: float) -> float:
    """Return how long a batch of the kernel shall be beside subjects whose batches take so long.

    Parameters
    ----------
    shortest_ns : float
        Nanoseconds of the shortest batch among the subjects.

    Returns
    -------
    float
        Nanoseconds.
    """
    return max(_LEAST_BATCH_NS, _SHARE_OF_SUBJECT * shortest_ns)


def _machine_code() -> bytes:
    machine = platform.machine()
    if sys.platform != "linux" or machine not in CODE:
        raise UnavailableError(
            f"the reference kernel has no code for {machine} under {sys.platform}; runs of this "
            "machine cannot be compared with other runs"
        )
    return base64.b64decode(CODE[machine])


_mapped: list[mmap.mmap] = []
"""Keeps the code mapped for as long as anybody may call it."""


def _executable(code: bytes) -> int:
    """Return the address of a copy of ``code`` that may be run and no longer written."""
    region = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    region.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(region))
    libc = ctypes.CDLL(None, use_errno=True)
    protect = libc.mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if protect(address, mmap.PAGESIZE, _PROT_READ | _PROT_EXEC) != 0:
        raise UnavailableError(
            "this system lets no process run code it has made (mprotect was refused), so the "
            "reference kernel cannot run; runs of this machine cannot be compared with other runs"
        )
    _mapped.append(region)
    return address
