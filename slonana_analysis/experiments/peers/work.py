"""What the peers of a case do, compared with ours: the same, or something else that is named."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.measure.python_loop import python_batch
from slonana_analysis.measure.subject import Case, Variant

NAME = "peers"

EQUAL = "equal"
FLOAT32 = "float32, inexact"
INT8 = "uint8 x int8, inexact"
OTHER_MODEL = "another model"

TOLERANCES: Mapping[str, float] = {EQUAL: 0.0, FLOAT32: 1e-3, INT8: 0.05, OTHER_MODEL: 0.75}
"""Largest difference from our result, relative to our largest value, by kind of work.

Only equal work asks for equal bits. The others say that the peer computed the thing in question
at all: a float32 sum differs in its last places, and in whole units where the validator rounds
down after every layer; a sum of 8-bit products differs by percents; another model only follows
the same target.
"""

CHECKED = 16
"""Batches that are compared before anything is timed."""

OURS = "ours"
"""How the names of our own kernels begin."""

ENCODED = "rows already encoded"
"""Part of the name of one of ours that is given its features as it wants them."""

FROM_INT32 = "from int32 rows"
"""Part of the name of one of ours that takes the validator's int32 features, not float64."""

FROM_PYTHON = ", called from Python"
"""How the name of a variant ends whose time holds the interpreter's way into the call."""


def peer_case(kernel: str, batch: int, work: str, variants: Iterable[Variant]) -> Case:
    """Return a case of this experiment.

    Parameters
    ----------
    kernel : str
        What is computed, for example ``"forest"``.
    batch : int
        Rows of one repetition.
    work : str
        A key of ``TOLERANCES``: how the peers' work compares with that of ours, the baseline.
    variants : iterable of Variant
        Ours first.

    Returns
    -------
    Case
        One repetition is one batch.
    """
    parameters = {"kernel": kernel, "batch": batch, "work": work}
    return Case(NAME, parameters, tuple(variants), TOLERANCES[work])


def from_python(
    name: str, call: Callable[[Any], NDArray[Any]], batches: Sequence[Any] | NDArray[Any]
) -> Variant:
    """Return the variant of something that is called from Python.

    Its time holds the interpreter's way into the call, which every caller in Python pays.

    Parameters
    ----------
    name : str
        Of the variant, but for ``FROM_PYTHON``, which is put behind it.
    call : callable
        From a batch to its results.
    batches : sequence
        Taken in turn, without end.

    Returns
    -------
    Variant
        Its output is that of the first ``CHECKED`` batches.
    """
    turn: Iterator[Any] = cycle(batches)
    return Variant(
        name + FROM_PYTHON,
        python_batch(lambda: call(next(turn))),
        lambda: checked_output(call, batches),
    )


def checked_output(
    call: Callable[[Any], NDArray[Any]], batches: Sequence[Any] | NDArray[Any]
) -> NDArray[np.float64]:
    """Return what ``call`` gives for the batches that are compared, end to end, as float64.

    Parameters
    ----------
    call : callable
        From a batch to its results; it may give the same array again and again.
    batches : sequence
        At least one.

    Returns
    -------
    ndarray of float64, one-dimensional
        Of at most ``CHECKED`` batches.
    """
    given = (np.array(call(batch), np.float64).ravel() for batch in batches[:CHECKED])
    return np.concatenate(list(given))
