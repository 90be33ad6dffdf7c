"""Hazards that show in what a loop leaves in its arrays. Exact, and needs no tool.

Only loops made by ``bind`` say which array plays which part; of others nothing is found here. Each
kernel is also called on inputs drawn anew from its own ones, so every value that it gets is one
that it could have got, though not at that place.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.measure.counts.other_data import resampled
from slonana_analysis.measure.hazards.arrays import flat_bytes, other_values, result_bytes
from slonana_analysis.measure.hazards.hazard import Hazard, Kind
from slonana_analysis.measure.loops import BoundLoop

_ROWS_TRIED = 16
_DRAWS = 8
_DRAWS_OF_LARGE = 2
_LARGE_BYTES = 1 << 20


def result_hazards(name: str, loop: BoundLoop) -> tuple[Hazard, ...]:
    """Find hazards by running a loop on its own arrays.

    Parameters
    ----------
    name : str
        The variant's name.
    loop : BoundLoop
        Its batch. Outputs are filled with other values for the check and then restored.

    Returns
    -------
    tuple of Hazard
        Of layer ``"results"``.
    """
    kept = [(out, out.copy()) for _, out in _arrays(loop, "out")]
    findings = [*_rotation(loop), *_overwritten(loop), *_outputs(loop), *_ignored(loop)]
    for out, content in kept:
        out[...] = content
    return tuple(Hazard(name, kind, evidence, "results") for kind, evidence in findings)


Finding = tuple[Kind, str]


def _arrays(loop: BoundLoop, *roles: str) -> list[tuple[int, NDArray[Any]]]:
    return [(place, each) for place, (role, each) in enumerate(loop.bound) if role in roles]


def _rotation(loop: BoundLoop) -> Iterator[Finding]:
    """Rows that rotate for nothing; a single row says openly that the input never changes."""
    rotating = [(place, each) for place, each in _arrays(loop, "rotate") if len(each) > 1]
    constant = [place for place, each in rotating if bool((each == each[0]).all())]
    if rotating and len(constant) == len(rotating):
        rows = len(rotating[0][1])
        yield "same input", f"all {rows} rows of argument {constant[0]} are alike"


def _overwritten(loop: BoundLoop) -> Iterator[Finding]:
    inputs = _arrays(loop, "rotate", "shared")
    before = [flat_bytes(each).tobytes() for _, each in inputs]
    loop(loop.period)
    for (place, each), old in zip(inputs, before, strict=True):
        new = flat_bytes(each)
        changed = int(np.count_nonzero(new != np.frombuffer(old, np.uint8).reshape(new.shape)))
        if changed:
            yield "input overwritten", f"{changed} bytes of argument {place} changed, an input"


def _outputs(loop: BoundLoop) -> Iterator[Finding]:
    for place, out in _arrays(loop, "out"):
        if any(np.shares_memory(out, each) for _, each in _arrays(loop, "rotate", "shared")):
            yield "state carried over", f"argument {place} is output and input at once"
            continue
        yield from _output(loop, place, out)


def _output(loop: BoundLoop, place: int, out: NDArray[Any]) -> Iterator[Finding]:
    """Run on two different contents: what depends on them was not written, or not only."""
    low, high = other_values(out)
    left = []
    for content in (low, high):
        out[...] = content
        loop(loop.period)
        left.append(flat_bytes(out).copy())
    equal = (left[0] == left[1]).all(axis=1)
    untouched = np.logical_and(
        (left[0] == flat_bytes(low)).all(axis=1), (left[1] == flat_bytes(high)).all(axis=1)
    )
    carried = int(np.count_nonzero(~equal & ~untouched))
    unwritten = int(np.count_nonzero(untouched))
    if carried:
        yield (
            "state carried over",
            f"{carried} of {out.size} elements of argument {place} depend on what was there before",
        )
    if unwritten == out.size:
        yield "output not written", f"no element of argument {place} was written"
    elif unwritten:
        yield (
            "output partly written",
            f"{unwritten} of {out.size} elements of argument {place} were never written",
        )


def _ignored(loop: BoundLoop) -> Iterator[Finding]:
    """Compare results over different rows, or over other data where nothing rotates."""
    if not _result(loop, _at_row(loop, 0)):
        yield "output not written", "it returns nothing, and no argument is an output"
        return
    rows = _different_rows(loop)
    if rows:
        results = {_result(loop, _at_row(loop, row)) for row in rows}
        if len(rows) > 1 and len(results) == 1:
            yield "input ignored", f"{len(rows)} different rows gave the same result"
        return
    draws = list(_drawn_anew(loop))
    if draws and {_result(loop, draw) for draw in draws} == {_result(loop, _at_row(loop, 0))}:
        yield "input ignored", f"{len(draws)} inputs with other data gave the same result"


def _different_rows(loop: BoundLoop) -> list[int]:
    """Return some rows of which no two are alike; none where at most one row rotates."""
    if loop.period == 1:
        return []
    rotating = [each for _, each in _arrays(loop, "rotate")]
    found: dict[bytes, int] = {}
    for row in range(min(loop.period, 8 * _ROWS_TRIED)):
        key = b"".join(np.asarray(each[row % len(each)]).tobytes() for each in rotating)
        found.setdefault(key, row)
    return list(found.values())[:_ROWS_TRIED]


def _at_row(loop: BoundLoop, row: int) -> list[Any]:
    return [each[row % len(each)] if role == "rotate" else each for role, each in loop.bound]


def _drawn_anew(loop: BoundLoop) -> Iterator[list[Any]]:
    arrays = _arrays(loop, "rotate", "shared")
    large = sum(each.nbytes for _, each in arrays) > _LARGE_BYTES
    random = np.random.default_rng(0)
    for _ in range(_DRAWS_OF_LARGE if large else _DRAWS):
        arguments = _at_row(loop, 0)
        changed = False
        for place, (role, _) in enumerate(loop.bound):
            if role in {"rotate", "shared"}:
                drawn = resampled(arguments[place], random)
                changed = changed or not np.array_equal(drawn, arguments[place])
                arguments[place] = drawn
        if changed:
            yield arguments


def _result(loop: BoundLoop, arguments: list[Any]) -> bytes:
    """Return what the kernel returns and what it leaves in copies of its outputs."""
    outs = [place for place, _ in _arrays(loop, "out")]
    # Rows are copied too, which are small, in case it writes to them although it should not.
    called = [
        np.copy(each) if isinstance(each, np.ndarray) and role != "shared" else each
        for (role, _), each in zip(loop.bound, arguments, strict=True)
    ]
    try:
        returned = loop.kernel(*called)
    except (ArithmeticError, IndexError, ValueError) as error:
        # That other data is refused is a result too, and one that depends on the data.
        return repr(error).encode()
    return result_bytes(returned) + b"".join(result_bytes(called[place]) for place in outs)
