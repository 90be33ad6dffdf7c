"""Names as small numbers, and Python's integers as the validator's."""

import operator

from slonana_analysis.errors import UsageError

_WIDTH = 64
_LARGEST_SIGNED = (1 << _WIDTH - 1) - 1


class Names:
    """Gives every name a number, from 0, in the order in which they first come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []

    def number(self, name: str) -> int:
        """Return the number of a name, a new one if it was never seen."""
        found = self._numbers.setdefault(name, len(self._names))
        if found == len(self._names):
            self._names.append(name)
        return found

    def name(self, number: int) -> str:
        """Return the name that has a number."""
        return self._names[number]


def unsigned(what: str, value: int) -> int:
    """Return the 64 bits of an integer without a sign, as compiled code takes them from Python.

    Parameters
    ----------
    what : str
        What it is, with its article, for the message.
    value : int
        Any integer.

    Returns
    -------
    int
        The signed number of the same 64 bits: numba would compile a function anew for unsigned
        ones, and is slow to take numpy's.

    Raises
    ------
    UsageError
        If it does not fit.
    """
    number = operator.index(value)
    if 0 <= number <= _LARGEST_SIGNED:
        return number
    if number < 0 or number >> _WIDTH:
        raise UsageError(f"{what} is 0 to 2^64 - 1, not {number}; correct it")
    return number - (1 << _WIDTH)


def signed(what: str, value: int) -> int:
    """Return an integer that fits 64 bits with a sign.

    Parameters
    ----------
    what : str
        What it is, with its article, for the message.
    value : int
        Any integer.

    Raises
    ------
    UsageError
        If it does not fit.
    """
    number = operator.index(value)
    if not -_LARGEST_SIGNED - 1 <= number <= _LARGEST_SIGNED:
        raise UsageError(f"{what} is -2^63 to 2^63 - 1, not {number}; correct it")
    return number
