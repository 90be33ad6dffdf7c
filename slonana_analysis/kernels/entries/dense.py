"""Dense layers as C functions."""

import numpy as np
from numba import njit

from slonana_analysis.kernels.entries.c_function import c_function
from slonana_analysis.kernels.vector.dense import dense_packed
from slonana_analysis.kernels.vector.dense_double import dense_double
from slonana_analysis.simd.vectors import Memory


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _dense(out: Memory, values: Memory, model: Memory) -> np.uint64:
    dense_packed(out, values, model)
    return np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _dense_double(out: Memory, values: Memory, model: Memory) -> np.uint64:
    dense_double(out, values, model)
    return np.uint64(0)


@njit(cache=True)
def dense_entry() -> int:
    """Return the address of the dense layer as a C function.

    Its model comes from `slonana_analysis.kernels.vector.dense_packing.pack_layer`; it returns 0.
    """
    address: int = c_function(_dense)
    return address


@njit(cache=True)
def dense_double_entry() -> int:
    """Return the address of the dense layer in float64 as a C function.

    Its model comes from `slonana_analysis.kernels.vector.dense_double.pack_double`; it returns 0.
    """
    address: int = c_function(_dense_double)
    return address
