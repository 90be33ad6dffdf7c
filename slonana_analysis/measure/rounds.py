"""The timed rounds of a launch: every variant once per round, in a new random order each time."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.measure.calibration import LONG_NS

FEWEST_ROUNDS = 5
MOST_ROUNDS = 400
# Drawing an order and entering compiled code from Python, seen to take 2 to 5 us per batch.
_DISPATCH_NS = 3_000


@dataclass(frozen=True)
class Subject:
    """A batch function with its calibration: repetitions, and nanoseconds of one batch."""

    batch: Callable[[int], int]
    inner: int
    elapsed_ns: float

    @property
    def warms_up(self) -> bool:
        """Whether an untimed repetition goes before each batch.

        It brings back the caches and branch history that the variant before took away. A
        repetition of a millisecond and more does that itself within its first few percent.
        """
        return self.elapsed_ns / self.inner < LONG_NS

    @property
    def round_ns(self) -> float:
        """Estimated share of a round."""
        warm_up = self.elapsed_ns / self.inner if self.warms_up else 0.0
        return self.elapsed_ns + warm_up + _DISPATCH_NS


@dataclass(frozen=True)
class RoundTimes:
    """What the rounds of one case gave.

    Attributes
    ----------
    values : ndarray of float64, shape (n_rounds, n_subjects), nanoseconds
        Time of one repetition.
    order : ndarray of int32, shape (n_rounds, n_subjects)
        Place of each subject's batch within its round, from 0.
    """

    values: NDArray[np.float64]
    order: NDArray[np.int32]


def affordable_rounds(subjects: Sequence[Subject], seconds: float) -> int:
    """Return how many rounds fit.

    Parameters
    ----------
    subjects : sequence of Subject
        What is timed in each round.
    seconds : float
        Time to spend on all rounds together.

    Returns
    -------
    int
        From 5, below which a launch's median means little, to 400, beyond which more launches
        tell more than more rounds.
    """
    round_ns = sum(subject.round_ns for subject in subjects)
    return int(np.clip(seconds * 1e9 / round_ns, FEWEST_ROUNDS, MOST_ROUNDS))


def time_rounds(
    subjects: Sequence[Subject], rounds: int, random: np.random.Generator
) -> RoundTimes:
    """Time all subjects in every round.

    Parameters
    ----------
    subjects : sequence of Subject
        At least one.
    rounds : int
        Passes over all of them.
    random : Generator
        Draws the order of each round.

    Returns
    -------
    RoundTimes
        No value is left out or averaged.
    """
    values = np.empty((rounds, len(subjects)))
    order = np.empty((rounds, len(subjects)), np.int32)
    with _without_collector():
        for round_ in range(rounds):
            for place, index in enumerate(random.permutation(len(subjects))):
                subject = subjects[index]
                if subject.warms_up:
                    subject.batch(1)
                values[round_, index] = subject.batch(subject.inner) / subject.inner
                order[round_, index] = place
    return RoundTimes(values, order)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Hold Python's cyclic collector off: it would run inside somebody's batch."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
