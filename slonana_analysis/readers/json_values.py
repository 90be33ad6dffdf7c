"""Values out of JSON that somebody else wrote, where any of them may be of the wrong type."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Beyond it a float has lost whole numbers, and nothing that was measured comes near.
_LARGEST = 2.0**62


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object, an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """Return a list, an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def text(value: object, default: str = "") -> str:
    """Return a text; a number as it would be written, anything else as ``default``."""
    if isinstance(value, str):
        # What JSON can escape and UTF-8 cannot hold would break whatever writes it again.
        return value.encode("utf-8", "backslashreplace").decode()
    return str(value) if isinstance(value, int | float) else default


def integer(value: object, default: int = -1) -> int:
    """Return a whole number that fits 32 bits, ``default`` in place of anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        return default
    return value


def number(value: object, default: float = math.nan) -> float:
    """Return a finite number below 2**62 in size, ``default`` in place of anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if -_LARGEST < value < _LARGEST else default


def integers(values: object, default: int = -1) -> NDArray[np.int64]:
    """Return a list of whole numbers as ndarray of int64, shape (n,)."""
    return np.array([integer(value, default) for value in sequence(values)], np.int64)


def numbers(values: object, default: float = math.nan) -> NDArray[np.float64]:
    """Return a list of numbers as ndarray of float64, shape (n,)."""
    return np.array([number(value, default) for value in sequence(values)], np.float64)
