"""Loops of different character, for builds of one source to be compared: each is a workload.

This file is compiled as often as there are builds, so it holds nothing but what is timed. Every
function writes to its first argument.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import divide, multiply
from slonana_analysis.measure.sinks import sink_pointer


@njit(cache=True, error_model="numpy", nogil=True)
def products(out: NDArray[np.int32], left: NDArray[np.int32], right: NDArray[np.int32]) -> None:
    """Write the fixed-point product of every pair."""
    for i in range(out.size):
        out[i] = multiply(left[i], right[i])


@njit(cache=True, error_model="numpy", nogil=True)
def quotients(out: NDArray[np.int32], left: NDArray[np.int32], right: NDArray[np.int32]) -> None:
    """Write the fixed-point quotient of every pair: bound by the divider."""
    for i in range(out.size):
        out[i] = divide(left[i], right[i])


@njit(cache=True, error_model="numpy", nogil=True)
def total(out: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """Write the sum, strictly in order: bound by the latency of an addition."""
    held = 0.0
    for value in values:
        held += value
    out[0] = held


@njit(cache=True, error_model="numpy", nogil=True)
def chase(out: NDArray[np.int64], following: NDArray[np.int64], steps: int) -> None:
    """Write where a walk through memory ends: bound by the latency of a load."""
    place = np.int64(0)
    for _ in range(steps):
        place = following[place]
    out[0] = place


@njit(cache=True, error_model="numpy", nogil=True)
def scramble(out: NDArray[np.uint64], steps: int) -> None:
    """Write the end of a chain of multiplications and shifts on one register."""
    state = np.uint64(88172645463325252)
    for _ in range(steps):
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state *= np.uint64(0x9E3779B97F4A7C15)
    out[0] = state


@njit(cache=True, error_model="numpy", nogil=True)
def gradient(out: NDArray[np.float64], heights: NDArray[np.float64], repetitions: int) -> None:
    """Write the gradient's length at every inner point of a map, ``repetitions`` times over.

    Repeating changes nothing but the time, so that results of different lengths can be compared.
    """
    rows, columns = heights.shape
    for _ in range(repetitions):
        sink_pointer(heights)
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                down = heights[i + 1, j] - heights[i - 1, j]
                across = heights[i, j + 1] - heights[i, j - 1]
                out[i, j] = np.sqrt(down * down + across * across)


@njit(cache=True, error_model="numpy", nogil=True, fastmath={"reassoc", "nsz"})
def totals(out: NDArray[Any], values: NDArray[np.float64], repetitions: int) -> None:
    """Write the sum of an array, ``repetitions`` times over: bound by what the caches deliver."""
    for _ in range(repetitions):
        sink_pointer(values)
        held = 0.0
        for i in range(values.size):
            held += values[i]
        out[0] = held
