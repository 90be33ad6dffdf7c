"""Arrays as bytes, and other values to put into them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SPAN = 97  # a prime: neighbours differ, and no period of a kernel's meets it
_FAR = 1 << 20


def flat_bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Return an array's elements as bytes.

    Parameters
    ----------
    array : ndarray
        Any shape and dtype.

    Returns
    -------
    ndarray of uint8, shape (size, itemsize)
        A view where the array is contiguous, else of a copy.
    """
    whole = np.ascontiguousarray(array)
    return whole.reshape(-1).view(np.uint8).reshape(whole.size, whole.itemsize)


def other_values(array: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two fillings of an array that differ in every element: small values and large ones.

    Parameters
    ----------
    array : ndarray
        Any shape and dtype.

    Returns
    -------
    low, high : ndarray
        Of its shape and dtype. Small and large, so that a minimum or maximum with what was there
        before shows in one of them.
    """
    kind = array.dtype.kind
    if kind not in "iuf":
        # Of booleans, and of records as far as their bytes go.
        none, all_bits = np.zeros_like(array), np.ones_like(array)
        if kind != "b":
            flat = np.full(array.nbytes, 0xFF, np.uint8)
            all_bits = flat.view(array.dtype).reshape(array.shape)
        return none, all_bits
    steps = (np.arange(array.size) % _SPAN).reshape(array.shape).astype(array.dtype)
    lowest, highest = _limits(array.dtype)
    return lowest + steps, highest - steps


def _limits(dtype: np.dtype[Any]) -> tuple[np.generic, np.generic]:
    if dtype.kind == "f":
        far = min(_FAR, float(np.finfo(dtype).max) / 2)
        return dtype.type(-far), dtype.type(far)
    limits = np.iinfo(dtype)
    return dtype.type(limits.min), dtype.type(limits.max)


def result_bytes(value: Any) -> bytes:  # noqa: ANN401  # whatever a kernel may return
    """Return the bytes of a kernel's result: nothing, a number, an array or a tuple of these."""
    if value is None:
        return b""
    if isinstance(value, tuple):
        return b"".join(map(result_bytes, value))
    return np.asarray(value).tobytes()
