"""The same loop on other data, to see whether what it does depends on the data."""

from typing import Any

import numpy as np

from slonana_analysis.measure.loops import BoundLoop

_LARGEST_BYTES = 1 << 24


def on_other_data(loop: BoundLoop, random: np.random.Generator) -> BoundLoop | None:
    """Return a loop on data drawn anew from its own.

    Parameters
    ----------
    loop : BoundLoop
        Whose data never changes: nothing in it rotates.
    random : Generator
        Draws.

    Returns
    -------
    BoundLoop or None
        None where rows rotate, even a single one, for that says on purpose what the input is; and
        where there is no data that could be drawn, or more than 16 MiB of it.
    """
    roles = [role for role, _ in loop.bound]
    size = sum(np.asarray(each).nbytes for _, each in loop.bound)
    if "rotate" in roles or size > _LARGEST_BYTES:
        return None
    drawn = [resampled(each, random) if role == "shared" else each for role, each in loop.bound]
    pairs = zip(drawn, loop.bound, strict=True)
    if all(np.array_equal(new, old) for new, (role, old) in pairs if role == "shared"):
        return None
    outs = (
        np.copy(each) if role == "out" else each for role, each in zip(roles, drawn, strict=True)
    )
    return loop.on(*outs)


def resampled(array: Any, random: np.random.Generator) -> Any:  # noqa: ANN401  # array or number
    """Return an array whose elements are drawn from ``array``'s own, with replacement.

    Parameters
    ----------
    array : ndarray or number
        Numbers and structured arrays are returned as they are: the fields of a record belong
        together, and often to those of other records.
    random : Generator
        Draws.

    Returns
    -------
    ndarray or number
        Of the same shape, dtype and range of values.
    """
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        return array
    drawn = np.empty_like(array)
    drawn[...] = random.choice(array.reshape(-1), array.shape)
    return drawn
