"""What is measured for the roofs: their names, units, amounts of work, and the loops to time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.measure.roof_kernels import (
    VectorShape,
    add_batch,
    multiply_add_batch,
    read_batch,
    read_batch_by_halves,
    triad_batch,
    triad_batch_by_halves,
)
from slonana_analysis.measure.vector_loops import READ_BYTES, REPEATS, TRIAD_BYTES

_ALIGNMENT = 64
_PAGE = 4096
_STREAMS = 3
# The first bytes of the triad's arrays within a page. With a below b and c, a load follows the
# store to the same place of a page by nearly a whole page; closer together, processors take the
# load for one that must wait for the store.
_PAGE_OFFSETS = (0, 128, 256)


@dataclass(frozen=True)
class Roof:
    """One limit and the loops that may reach it.

    Attributes
    ----------
    name, unit : str
        As in ``schema.ROOFS``.
    working_set : int
        Bytes touched; 0 where memory plays no part.
    amount : int
        Bytes or operations of one trip.
    least_trips : int
        Trips that touch the whole working set once.
    ways : tuple of callable
        ``way(trips)`` returns nanoseconds. The fastest counts: the roof is the machine's.
    """

    name: str
    unit: str
    working_set: int
    amount: int
    least_trips: int
    ways: tuple[Callable[[int], int], ...]


def plan_roofs(levels: Mapping[str, int], shape: VectorShape) -> Iterator[Roof]:
    """Yield all roofs of this machine, memory first.

    Parameters
    ----------
    levels : mapping of str to int
        Level name to bytes, powers of two, the largest last.
    shape : VectorShape
        What the loops are compiled with.

    Yields
    ------
    Roof
        All roofs of memory work on one buffer.
    """
    buffer = _buffer(max(levels.values()) + _STREAMS * _PAGE)
    for level, size in levels.items():
        yield _read_roof(level, buffer, size)
    for level, size in levels.items():
        yield _triad_roof(level, buffer, size)
    multiplied = ["float64", "float32", "int32", *(["int16"] if shape.adds_pairs else [])]
    for dtype in multiplied:
        yield _arithmetic_roof("multiply-add", multiply_add_batch, dtype, shape)
    for dtype in ("float64", "float32", "int64", "int32"):
        yield _arithmetic_roof("add", add_batch, dtype, shape)


def _buffer(size: int) -> NDArray[np.float64]:
    """Return doubles at the start of a page, written once so that memory stands behind them."""
    whole = np.empty(size + _PAGE, np.uint8)
    start = -whole.ctypes.data % _PAGE
    doubles = whole[start : start + size].view(np.float64)
    doubles.fill(1.0)
    return doubles


def _read_roof(level: str, buffer: NDArray[np.float64], size: int) -> Roof:
    array = buffer[: size // buffer.itemsize]
    return Roof(
        name=f"read {level}",
        unit="bytes/s",
        working_set=size,
        amount=READ_BYTES,
        least_trips=size // READ_BYTES,
        ways=(partial(read_batch, array), partial(read_batch_by_halves, array)),
    )


def _triad_roof(level: str, buffer: NDArray[np.float64], size: int) -> Roof:
    # A quarter of a power of two is one too, and three of them fit.
    each = max(size // 4, TRIAD_BYTES)
    a, b, c = (
        buffer[start // buffer.itemsize : (start + each) // buffer.itemsize]
        for start in (place * each + offset for place, offset in enumerate(_PAGE_OFFSETS))
    )
    return Roof(
        name=f"triad {level}",
        unit="bytes/s",
        working_set=_STREAMS * each,
        amount=_STREAMS * TRIAD_BYTES,
        least_trips=each // TRIAD_BYTES,
        ways=(partial(triad_batch, (a, b, c)), partial(triad_batch_by_halves, (a, b, c))),
    )


def _arithmetic_roof(
    operation: str, batch: Callable[[NDArray[Any], int], int], dtype: str, shape: VectorShape
) -> Roof:
    operands = np.ones(2, dtype)
    lanes = shape.vector_bytes // operands.itemsize
    return Roof(
        name=f"{operation} {dtype}",
        unit="operations/s",
        working_set=0,
        amount=REPEATS * shape.accumulators * lanes,
        least_trips=1,
        ways=(partial(batch, operands),),
    )
