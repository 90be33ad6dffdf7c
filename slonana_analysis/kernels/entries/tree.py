"""Decision trees as C functions."""

import numpy as np
from numba import njit

from slonana_analysis.kernels.entries.c_function import c_function
from slonana_analysis.kernels.vector.tree import leaf_of_row
from slonana_analysis.kernels.vector.tree_packing import ROWS
from slonana_analysis.kernels.vector.tree_rows import leaves_of_rows
from slonana_analysis.simd.memory import read, write
from slonana_analysis.simd.vectors import Memory


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _tree(out: Memory, features: Memory, model: Memory) -> np.uint64:
    write(out, 0, leaf_of_row(features, model))
    return np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _tree_rows(out: Memory, rows: Memory, model: Memory) -> np.uint64:
    leaves_of_rows(out, rows, int(read(model, ROWS)), model)
    return np.uint64(0)


@njit(cache=True)
def tree_entry() -> int:
    """Return the address of the tree as a C function.

    Its model comes from `slonana_analysis.kernels.vector.tree.pack_tree`; it reads one row of
    features, writes one value and returns 0.
    """
    address: int = c_function(_tree)
    return address


@njit(cache=True)
def tree_rows_entry() -> int:
    """Return the address of the tree for many rows as a C function.

    Its model comes from ``pack_tree(..., rows=...)``; it reads that many rows of features, writes
    as many values and returns 0.
    """
    address: int = c_function(_tree_rows)
    return address
