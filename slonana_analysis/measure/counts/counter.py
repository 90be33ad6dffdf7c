"""Counting from inside: a process under callgrind whose clock has been exchanged."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from slonana_analysis.errors import FormatError, UnavailableError

_SUMMARY = "summary: "
_READINGS = 2


class Counter:
    """Counts the instructions between a batch's two readings of the clock.

    Parameters
    ----------
    dumps : str
        The name that callgrind was told to write to; dump k goes to ``<dumps>.k``.

    Raises
    ------
    UnavailableError
        If this process's clock does not count.
    """

    def __init__(self, dumps: str) -> None:
        self._dumps = dumps
        self._written = 0
        self._clock = ctypes.CDLL(None)
        if not hasattr(self._clock, "counting_arm"):
            raise UnavailableError(
                "the counting clock was not loaded into this process; count with count_instructions"
            )

    @contextmanager
    def region(self) -> Iterator[None]:
        """Have the code inside translated for counting; outside of it runs several times faster."""
        self._clock.counting_begin()
        try:
            yield
        finally:
            self._clock.counting_end()

    def count(self, batch: Callable[[int], int], inner: int) -> int:
        """Run a batch and return how many instructions it took between its readings of the clock.

        Parameters
        ----------
        batch : callable
            ``batch(inner)``; reads libc's clock before and after its loop.
        inner : int
            Repetitions.

        Raises
        ------
        UnavailableError
            If it reads that clock more or less often than twice.
        """
        self._clock.counting_arm()
        batch(inner)
        readings = self._clock.counting_disarm()
        self._written += readings > 1
        if readings != _READINGS:
            raise UnavailableError(
                f"it reads libc's clock {readings} times, not once before and once after its loop"
            )
        dump = Path(f"{self._dumps}.{self._written}")
        instructions = instructions_in(dump)
        dump.unlink()
        return instructions


def instructions_in(output: Path) -> int:
    """Return the total of a file that callgrind or cachegrind wrote with instructions as event.

    Parameters
    ----------
    output : Path
        A whole file, or one dump.

    Raises
    ------
    FormatError
        If it has no total.

    References
    ----------
    Callgrind Format Specification, in valgrind's manual: ``summary: <costs>``.
    """
    try:
        lines = output.read_text("utf-8", errors="replace").splitlines()
    except OSError as error:
        raise FormatError(f"valgrind left no counts in '{output}': {error.strerror}") from error
    totals = [line.removeprefix(_SUMMARY).split()[0] for line in lines if line.startswith(_SUMMARY)]
    if not totals or not totals[-1].isdecimal():
        raise FormatError(f"'{output}' holds no total of instructions; valgrind may have crashed")
    return int(totals[-1])
