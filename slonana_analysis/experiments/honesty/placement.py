"""Arrays at another place of a page in every process.

An allocator puts the arrays of one program at the same distances from each other in every process.
Where one build's output happens to lie a whole number of pages behind its input, each load waits
for a store that it only seems to depend on: a difference of a percent between two builds of one
source, which is real, repeatable, and says nothing about either. Drawn anew in every launch, the
place is one more thing in which launches differ, and the interval across launches has it.

References
----------
Mytkowicz, T. et al. (2009), Producing wrong data without doing anything obviously wrong!,
ASPLOS '09.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from slonana_analysis.simd.aligned import CACHE_LINE, aligned_empty

PAGE = 4096

# On purpose without a seed: every process has to draw other places.
_random = np.random.default_rng()


def scattered_empty(shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an uninitialised array that begins at a random cache line of a page.

    Parameters
    ----------
    shape : int or tuple of int
        Of the result.
    dtype : dtype
        Of the result; no Python objects.

    Returns
    -------
    ndarray of ``dtype``, shape ``shape``
        C-contiguous, aligned to a cache line.
    """
    kind = np.dtype(dtype)
    size = int(np.prod(shape)) * kind.itemsize
    start = int(_random.integers(PAGE // CACHE_LINE)) * CACHE_LINE
    memory = aligned_empty(start + size, np.uint8, PAGE)
    return memory[start:].view(kind).reshape(shape)


def scattered_copy(values: NDArray[Any]) -> NDArray[Any]:
    """Return a C-contiguous copy of ``values`` that begins at a random cache line of a page.

    Parameters
    ----------
    values : ndarray
        Any shape and dtype without Python objects.

    Returns
    -------
    ndarray of the same shape and dtype
        A copy.
    """
    copy = scattered_empty(values.shape, values.dtype)
    copy[...] = values
    return copy
