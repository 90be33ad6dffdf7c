"""Values out of JSON that somebody else wrote, where any of them may be of the wrong type."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

# Beyond it a float has lost whole numbers, and nothing that was measured comes near.
_LARGEST = 2.0**62
_LONGEST_ID = 18


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
    return default if isinstance(value, bool) or not isinstance(value, int | float) else str(value)


def integer(value: object, default: int = -1) -> int:
    """Return a whole number that fits 32 bits, ``default`` in place of anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        return default
    return value


def identity(value: object) -> int:
    """Return the id of a process or thread, written as a number or as its digits; else -1.

    A point and what follows it are left out: samply tells apart so what one id was given to twice.
    """
    if isinstance(value, str):
        digits = value.partition(".")[0]
        value = int(digits) if digits.isdecimal() and len(digits) <= _LONGEST_ID else None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        return -1
    return value


def number(value: object, default: float = math.nan) -> float:
    """Return a finite number below 2**62 in size, ``default`` in place of anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if -_LARGEST < value < _LARGEST else default


def references(values: object) -> NDArray[np.int64]:
    """Return a list of row numbers, shape (n,): -1 where null stands, -2 for what is no row."""
    listed = sequence(values)
    if set(map(type, listed)) <= {int, type(None)}:
        rows = _converted([-1 if value is None else value for value in listed], np.int64)
        if rows is not None:
            return np.where((rows >= -1) & (rows < 2**31), rows, -2)
    return np.array(
        [-1 if value is None else max(integer(value, -2), -2) for value in listed], np.int64
    )


def numbers(values: object) -> NDArray[np.float64]:
    """Return a list of numbers as ndarray of float64, shape (n,); NaN as `number` has it."""
    listed = sequence(values)
    if set(map(type, listed)) <= {int, float}:
        found = _converted(listed, np.float64)
        if found is not None:
            return np.where(np.abs(found) < _LARGEST, found, math.nan)
    return np.array([number(value) for value in listed], np.float64)


_Number = TypeVar("_Number", np.int64, np.float64)


def _converted(values: list[Any], dtype: type[_Number]) -> NDArray[_Number] | None:
    """Return numbers as an array, many times as fast as one by one; None if one does not fit."""
    try:
        return np.array(values, dtype)
    except OverflowError:
        return None
