"""One kernel and those who compute it, called through the same pointer on the same inputs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.inference.opponents import (
    AVX2_NAME,
    C_NAME,
    NUMBA_NAME,
    PLAIN_NAME,
    missing_c,
)
from slonana_analysis.measure.loops import BoundLoop
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.native.calls import CallTimer, call_rows
from slonana_analysis.native.companions import Style, companion
from slonana_analysis.simd.aligned import aligned_empty

INDEPENDENT, CHAINED = "independent", "chained"
CALLS = (INDEPENDENT, CHAINED)
"""Whether the processor may begin a call before the one before it is done: throughput, latency."""

# As many rows of results as keep stores apart without leaving the first cache.
_OUTPUTS = 8
_STYLES: Mapping[Style, str] = {"scalar": C_NAME, "plain": PLAIN_NAME, "avx2": AVX2_NAME}


@dataclass(frozen=True)
class Opponent:
    """A kernel in C.

    Attributes
    ----------
    function : str
        What it is called in C, after its style.
    model : ndarray of int32
        What it is called with.
    inputs : ndarray, optional
        The contest's inputs, if it wants them arranged in another way.
    """

    function: str
    model: NDArray[np.int32]
    inputs: NDArray[Any] | None = None


@dataclass(frozen=True)
class Contest:
    """A kernel, its inputs, and all who compute it.

    Attributes
    ----------
    kernel : str
        Name, as in the tables.
    inputs : ndarray, shape (n_inputs, ...)
        A power of two; each is what one call takes.
    width : int
        Words that a call writes.
    opponents : mapping of str to Opponent
        By style; the first is the baseline.
    entry : callable
        Returns the address of our kernel.
    model : ndarray of int32
        What ours is called with.
    alone : callable
        Returns our kernel in a loop of its own, for where there is no C.
    result : callable
        Returns what ours computes over all inputs, without C.
    fastest : float
        Nanoseconds that no implementation can beat; 0 where no roof applies.
    operations : float
        Scalar operations that a call cannot do without.
    others : sequence of Variant
        What is not called through the pointer; only among independent calls.
    calls : sequence of str
        Among ``CALLS``.
    """

    kernel: str
    inputs: NDArray[Any]
    width: int
    opponents: Mapping[Style, Opponent]
    entry: Callable[[], int]
    model: NDArray[np.int32]
    alone: Callable[[], BoundLoop]
    result: Callable[[], NDArray[Any]]
    fastest: float = 0.0
    operations: float = 0.0
    others: Sequence[Variant] = ()
    calls: Sequence[str] = CALLS

    def cases(self, calls: Sequence[str]) -> Iterator[Case]:
        """Yield a case for each of ``calls`` that this kernel has."""
        for kind in self.calls:
            if kind in calls:
                yield from self._case(kind)

    def _case(self, kind: str) -> Iterator[Case]:
        parameters = {"calls": kind, "kernel": self.kernel}
        others = self.others if kind == INDEPENDENT else ()
        if not missing_c():
            called = self._called(chained=kind == CHAINED)
            yield Case("ml_inference", parameters, (*called, *others))
        elif kind == INDEPENDENT:
            ours = Variant(
                NUMBA_NAME, self.alone(), self.result, self.fastest, operations=self.operations
            )
            yield Case("ml_inference", parameters, (ours, *others))

    def _called(self, *, chained: bool) -> Iterator[Variant]:
        for style, opponent in self.opponents.items():
            try:
                address = companion(style, opponent.function).address
            except UnavailableError:
                continue  # which is reported once, for all kernels
            given = self.inputs if opponent.inputs is None else opponent.inputs
            yield self._variant(_STYLES[style], address, given, opponent.model, chained=chained)
        yield self._variant(NUMBA_NAME, self.entry(), self.inputs, self.model, chained=chained)

    def _variant(
        self,
        name: str,
        address: int,
        inputs: NDArray[Any],
        model: NDArray[np.int32],
        *,
        chained: bool,
    ) -> Variant:
        out = aligned_empty((_OUTPUTS, self.width), np.int32)
        out[...] = 0  # a page that was never written is slow to be written first

        def output() -> NDArray[np.int32]:
            results = aligned_empty((len(inputs), self.width), np.int32)
            call_rows(address, results, inputs, model)
            return results

        return Variant(
            name,
            CallTimer(address, out, inputs, model, chained=chained),
            output,
            self.fastest,
            operations=self.operations,
        )


def plainly(function: str, model: NDArray[np.int32]) -> dict[Style, Opponent]:
    """Return the opponents that are plain C: for this processor, and for any."""
    opponent = Opponent(function, model)
    return {"scalar": opponent, "plain": opponent}
