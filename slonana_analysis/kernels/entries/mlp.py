"""The multilayer perceptron as a C function."""

import numpy as np
from numba import njit

from slonana_analysis.kernels.entries.c_function import c_function
from slonana_analysis.kernels.vector.mlp import run_packed
from slonana_analysis.simd.vectors import Memory


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _mlp(out: Memory, values: Memory, model: Memory) -> np.uint64:
    run_packed(out, values, model)
    return np.uint64(0)


@njit(cache=True)
def mlp_entry() -> int:
    """Return the address of the perceptron as a C function.

    Its model comes from `slonana_analysis.kernels.vector.mlp.pack_mlp`. It takes as many inputs as
    the model has, writes no more than 16 outputs, and returns 0.
    """
    address: int = c_function(_mlp)
    return address
