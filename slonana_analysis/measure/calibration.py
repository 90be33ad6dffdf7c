"""How many repetitions make a batch: long enough for the clock, short enough to share its noise.

A clock that moves in steps of 10 to 20 ns and takes 30 ns to read is off by 0.3 % on a batch of
16 us. Longer batches would make it better still, but the longer two batches take, the less of a
shared machine's disturbance they share, and the ratio of neighbours is what a verdict rests on.
"""

from collections.abc import Callable

TARGET_NS = 16_000
"""Least length of a batch; doubling ends in [16, 32) us wherever a repetition is shorter."""

LONG_NS = 1_000_000
"""Length from which a timing is too dear to repeat often, and too long for a stall to matter."""

_TRIES = 3
_LONG_TRIES = 2
# 16 us shared by this many repetitions is 0.015 ns, a twentieth of a cycle: no work takes that.
_MOST = 1 << 20


def best_of(batch: Callable[[int], int], inner: int) -> int:
    """Return the shortest of a few timings of one batch.

    Parameters
    ----------
    batch : callable
        ``batch(inner)`` returns nanoseconds.
    inner : int
        Repetitions.

    Returns
    -------
    int
        Nanoseconds; the minimum, because a disturbance only ever adds time.
    """
    first = batch(inner)
    tries = _LONG_TRIES if first > LONG_NS else _TRIES
    return min([first, *(batch(inner) for _ in range(tries - 1))])


def calibrate(batch: Callable[[int], int], target_ns: float = TARGET_NS) -> tuple[int, int]:
    """Return the repetitions of a batch and about how long it takes.

    Parameters
    ----------
    batch : callable
        ``batch(inner)`` returns nanoseconds.
    target_ns : float
        Least length of the batch.

    Returns
    -------
    inner, elapsed : int, int
        ``inner`` is a power of two: 1 when one repetition already takes ``target_ns``, and at
        most 2**20, where a batch that takes no time at all ends. ``elapsed`` in nanoseconds.
    """
    inner = 1
    while (elapsed := best_of(batch, inner)) < target_ns and inner < _MOST:
        inner *= 2
    return inner, elapsed
