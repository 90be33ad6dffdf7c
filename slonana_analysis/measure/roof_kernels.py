"""The timed loops behind roofs and core clock: each is one loop between two clock readings.

All return nanoseconds and do work in proportion to their ``trips``. The element type of arithmetic
is that of its operands.
"""

from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numba
import numpy as np
from numpy.typing import NDArray

from slonana_analysis.measure.clock import clock_ns
from slonana_analysis.measure.targets import float_register
from slonana_analysis.measure.vector_intrinsics import (
    FULL_WIDTH,
    HALF_WIDTH,
    add_loop,
    chain_loop,
    multiply_add_loop,
    read_loop,
    triad_loop,
    vector_shape,
)

Three = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


class VectorShape(NamedTuple):
    """What the loops are compiled with.

    Attributes
    ----------
    vector_bytes : int
        Bytes of a vector register.
    accumulators : int
        Independent chains of an arithmetic loop.
    adds_pairs : bool
        Whether int16 can be multiplied and added up in pairs.
    """

    vector_bytes: int
    accumulators: int
    adds_pairs: bool


@numba.njit(cache=True)
def _compiled_shape() -> tuple[int, int, int]:
    shape: tuple[int, int, int] = vector_shape()
    return shape


def compiled_shape() -> VectorShape:
    """Return the register width and the chains that the loops here are compiled with.

    Raises
    ------
    UnavailableError
        On a processor that no vector code is written for here.
    """
    float_register(llvm.get_process_triple())
    vector_bytes, accumulators, adds_pairs = _compiled_shape()
    return VectorShape(vector_bytes, accumulators, bool(adds_pairs))


@numba.njit(cache=True, nogil=True)
def add_batch(operands: NDArray[Any], trips: int) -> int:
    """Time additions of whole registers.

    Parameters
    ----------
    operands : ndarray of int32, int64, float32 or float64, shape (2,)
        The second is what is added.
    trips : int
        At least 1; each adds ``REPEATS`` times to every accumulator.

    Returns
    -------
    int
        Nanoseconds.
    """
    start = clock_ns()
    add_loop(operands, trips)
    elapsed: int = clock_ns() - start
    return elapsed


@numba.njit(cache=True, nogil=True)
def multiply_add_batch(operands: NDArray[Any], trips: int) -> int:
    """Time multiply-adds of whole registers.

    Parameters
    ----------
    operands : ndarray of int32, float32, float64 or (on x86) int16, shape (2,)
        The factors. Products of int16 are added up onto int32.
    trips : int
        At least 1; each adds ``REPEATS`` products to every accumulator.

    Returns
    -------
    int
        Nanoseconds.
    """
    start = clock_ns()
    multiply_add_loop(operands, trips)
    elapsed: int = clock_ns() - start
    return elapsed


@numba.njit(cache=True, nogil=True)
def read_batch(array: NDArray[np.float64], trips: int) -> int:
    """Time loads of whole registers, from the start of an array and round again.

    Parameters
    ----------
    array : ndarray of float64, shape (n,)
        Its bytes are a power of two and at least ``READ_BYTES``: a load's place is taken modulo
        the size, so that there is one long loop and no mispredicted end of many short ones.
    trips : int
        At least 1; each loads ``READ_BYTES``.

    Returns
    -------
    int
        Nanoseconds.
    """
    start = clock_ns()
    read_loop(array, array.nbytes - 1, trips, FULL_WIDTH)
    elapsed: int = clock_ns() - start
    return elapsed


@numba.njit(cache=True, nogil=True)
def read_batch_by_halves(array: NDArray[np.float64], trips: int) -> int:
    """Time what ``read_batch`` times, with loads of half a register."""
    start = clock_ns()
    read_loop(array, array.nbytes - 1, trips, HALF_WIDTH)
    elapsed: int = clock_ns() - start
    return elapsed


@numba.njit(cache=True, nogil=True)
def triad_batch(arrays: Three, trips: int) -> int:
    """Time ``a[i] = b[i] + 3 * c[i]``, from the start of the arrays and round again.

    Parameters
    ----------
    arrays : tuple of three ndarray of float64, shape (n,)
        a, b and c, each as ``read_batch`` wants its array, at least ``TRIAD_BYTES`` large.
    trips : int
        At least 1; each writes ``TRIAD_BYTES``.

    Returns
    -------
    int
        Nanoseconds.
    """
    start = clock_ns()
    triad_loop(arrays, 3.0, arrays[0].nbytes - 1, trips, FULL_WIDTH)
    elapsed: int = clock_ns() - start
    return elapsed


@numba.njit(cache=True, nogil=True)
def triad_batch_by_halves(arrays: Three, trips: int) -> int:
    """Time what ``triad_batch`` times, in steps of half a register."""
    start = clock_ns()
    triad_loop(arrays, 3.0, arrays[0].nbytes - 1, trips, HALF_WIDTH)
    elapsed: int = clock_ns() - start
    return elapsed


@numba.njit(cache=True, nogil=True)
def chain_batch(first: int, step: int, trips: int) -> tuple[int, int]:
    """Time a chain of exclusive-ors, each of which waits one cycle for the one before it.

    Parameters
    ----------
    first, step : int
        First value, and what is combined with it.
    trips : int
        At least 1; each is ``CHAIN`` operations.

    Returns
    -------
    nanoseconds, value : int, int
        The last value is returned so that it is needed.
    """
    start = clock_ns()
    value = chain_loop(first, step, trips)
    return clock_ns() - start, value
