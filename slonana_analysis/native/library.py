"""The compiled kernels as functions of numpy arrays, and the checks that C cannot make."""

import ctypes
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.ctypeslib import ndpointer
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.build import shared_library

_NODE_BYTES = 16

_INT16_MATRIX = ndpointer(np.int16, 2, flags="C_CONTIGUOUS")
_INT32_VECTOR = ndpointer(np.int32, 1, flags="C_CONTIGUOUS")
_INT32_MATRIX = ndpointer(np.int32, 2, flags="C_CONTIGUOUS")
_INT64_VECTOR = ndpointer(np.int64, 1, flags="C_CONTIGUOUS")
_SIZE = ctypes.c_size_t
_TREE = (ctypes.c_void_p, _SIZE, ctypes.c_uint32)
_INPUTS = (_INT32_MATRIX, _SIZE, _SIZE)
_LAYER = (_INT16_MATRIX, _INT32_VECTOR, _SIZE, _SIZE)
_OPERANDS = (_INT32_VECTOR, _INT32_VECTOR, _SIZE, ctypes.c_int32)

_ARGUMENTS: Mapping[str, tuple[Any, ...]] = {
    "relu_rows": (_INT32_MATRIX, *_INPUTS),
    "dense_rows": (_INT32_MATRIX, _INT32_MATRIX, _SIZE, *_LAYER),
    "tree_rows": (_INT64_VECTOR, _INT32_VECTOR, *_INPUTS, *_TREE),
    "multiply_rows": (_INT32_VECTOR, *_OPERANDS),
    "divide_rows": (_INT32_VECTOR, *_OPERANDS),
}


@cache
def kernel_library() -> ctypes.CDLL:
    """Return the library of C kernels, compiled at first use.

    Returns
    -------
    ctypes.CDLL
        Its functions check the dtype, dimensions and contiguity of the arrays they are given and
        release the interpreter lock.

    Raises
    ------
    UnavailableError
        If it could not be compiled or loaded.
    """
    path = shared_library("kernel_rows")
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise UnavailableError(
            f"the compiled kernels could not be loaded ({error}); remove that file, or set "
            "SLONANA_CACHE to a folder that programs may run from"
        ) from error
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = None
    return library


def check_layer(
    inputs: NDArray[np.int32], weights: NDArray[np.int16], bias: NDArray[np.int32]
) -> None:
    """Raise ValueError unless inputs, weights and bias belong to one layer."""
    rows, columns = weights.shape
    if inputs.shape[1] != columns or bias.shape != (rows,):
        raise ValueError(
            f"weights of {rows} x {columns} do not fit {inputs.shape[1]} inputs and a bias of "
            f"{bias.size}"
        )


def tree_arguments(nodes: NDArray[Any], max_depth: int) -> tuple[int, int, int]:
    """Return address, length and depth for C.

    Raises
    ------
    ValueError
        If these are no 16-byte nodes in one piece, or the depth is no uint32.
    """
    if nodes.itemsize != _NODE_BYTES or nodes.ndim != 1 or not nodes.flags.c_contiguous:
        raise ValueError("nodes must be a contiguous vector of 16-byte nodes")
    if not 0 <= max_depth < 2**32:
        raise ValueError(f"a depth is 0 to 2^32 - 1, not {max_depth}")
    return nodes.ctypes.data, len(nodes), max_depth
