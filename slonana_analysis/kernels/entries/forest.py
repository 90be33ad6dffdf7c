"""Forests on tiles as C functions."""

import numpy as np
from numba import njit

from slonana_analysis.kernels.entries.c_function import c_function
from slonana_analysis.kernels.vector.forest_packing import INT16_ROWS, INT32_ROWS, ROWS
from slonana_analysis.kernels.vector.forest_traversal import forest_int16_of, forest_int32_of
from slonana_analysis.simd.memory import read
from slonana_analysis.simd.vectors import Memory


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _int16(out: Memory, tiles: Memory, model: Memory) -> np.uint64:
    forest_int16_of(out, tiles, model, int(read(model, ROWS)) // INT16_ROWS)
    return np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _int32(out: Memory, tiles: Memory, model: Memory) -> np.uint64:
    forest_int32_of(out, tiles, model, int(read(model, ROWS)) // INT32_ROWS)
    return np.uint64(0)


@njit(cache=True)
def forest_int16_entry() -> int:
    """Return the address of the forest on int16 tiles as a C function.

    Its model comes from ``pack_int16(..., rows=...)``; it reads that many rows, in whole tiles of
    32, writes one sum for each and returns 0.
    """
    address: int = c_function(_int16)
    return address


@njit(cache=True)
def forest_int32_entry() -> int:
    """Return the address of the forest on int32 tiles as a C function.

    Its model comes from ``pack_int32(..., rows=...)``; it reads that many rows, in whole tiles of
    16, writes one sum for each and returns 0.
    """
    address: int = c_function(_int32)
    return address
