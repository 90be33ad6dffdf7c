"""Arrays whose memory begins at a cache line.

numpy aligns to 16 bytes. A 64-byte load that crosses a cache line costs two, so an array's speed
would depend on where the allocator happened to put it.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

CACHE_LINE = 64


def aligned_empty(
    shape: int | tuple[int, ...], dtype: DTypeLike, alignment: int = CACHE_LINE
) -> NDArray[Any]:
    """Return an uninitialised array that begins at a multiple of ``alignment``.

    Parameters
    ----------
    shape : int or tuple of int
        Of the result.
    dtype : dtype
        Of the result; no Python objects.
    alignment : int
        Bytes, a power of two.

    Returns
    -------
    ndarray of ``dtype``, shape ``shape``
        C-contiguous.

    Raises
    ------
    ValueError
        If ``alignment`` is not a power of two, or the dtype holds Python objects.
    """
    kind = np.dtype(dtype)
    if alignment < 1 or alignment & (alignment - 1):
        raise ValueError(f"alignment {alignment} is not a power of two")
    if kind.hasobject:
        raise ValueError("Python objects cannot live in raw memory")
    size = int(np.prod(shape)) * kind.itemsize
    memory = np.empty(size + alignment, np.uint8)
    start = -memory.ctypes.data % alignment
    return memory[start : start + size].view(kind).reshape(shape)


def aligned_copy(values: NDArray[Any], alignment: int = CACHE_LINE) -> NDArray[Any]:
    """Return a C-contiguous copy of ``values`` that begins at a multiple of ``alignment``.

    Parameters
    ----------
    values : ndarray
        Any shape and dtype without Python objects.
    alignment : int
        Bytes, a power of two.

    Returns
    -------
    ndarray of the same shape and dtype
        A copy.

    Raises
    ------
    ValueError
        As ``aligned_empty``.
    """
    copy = aligned_empty(values.shape, values.dtype, alignment)
    copy[...] = values
    return copy
