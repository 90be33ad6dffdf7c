"""Rows into columns: sixteen rows of eight int32 become eight vectors of sixteen."""

from numba import njit

from slonana_analysis.simd.lanes import (
    join,
    reinterpret_int32,
    reinterpret_int64,
    shuffler,
    unpack_high,
    unpack_low,
)
from slonana_analysis.simd.memory import load_int32x8, store
from slonana_analysis.simd.vectors import Lanes, Memory

ROWS = 16
COLUMNS = 8

# Quarters 0 and 2, or 1 and 3, of two vectors: halves of a vector hold different rows and are
# shuffled alike.
_first_quarters = shuffler([0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27])
_last_quarters = shuffler([4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31])


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def store_transposed(target: Memory, rows: Memory, stride: int) -> None:
    """Store eight columns of sixteen rows.

    Parameters
    ----------
    target : pointer to int32
        Column ``k`` goes to the sixteen words from ``16 k`` on.
    rows : pointer to int32
        Eight words are read at each of ``rows``, ``rows + stride``, ..., ``rows + 15 * stride``.
    stride : int
        Words from one row to the next.
    """
    a, b = _rows(rows, 0, stride), _rows(rows, 1, stride)
    c, d = _rows(rows, 2, stride), _rows(rows, 3, stride)
    e, f = _rows(rows, 4, stride), _rows(rows, 5, stride)
    g, h = _rows(rows, 6, stride), _rows(rows, 7, stride)
    a, b, c, d = _quarter(a, b, c, d)
    e, f, g, h = _quarter(e, f, g, h)
    store(target, 0 * ROWS, _first_quarters(a, e))
    store(target, 1 * ROWS, _first_quarters(b, f))
    store(target, 2 * ROWS, _first_quarters(c, g))
    store(target, 3 * ROWS, _first_quarters(d, h))
    store(target, 4 * ROWS, _last_quarters(a, e))
    store(target, 5 * ROWS, _last_quarters(b, f))
    store(target, 6 * ROWS, _last_quarters(c, g))
    store(target, 7 * ROWS, _last_quarters(d, h))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _rows(rows: Memory, first: int, stride: int) -> Lanes:
    """Rows ``first`` and ``first + 8`` in the halves of one vector."""
    place = first * stride
    return join(load_int32x8(rows, place), load_int32x8(rows, place + COLUMNS * stride))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _quarter(a: Lanes, b: Lanes, c: Lanes, d: Lanes) -> tuple[Lanes, Lanes, Lanes, Lanes]:
    """Transpose four by four within each quarter."""
    ab_low, ab_high, cd_low, cd_high = (
        unpack_low(a, b),
        unpack_high(a, b),
        unpack_low(c, d),
        unpack_high(c, d),
    )
    return (
        _pairs_low(ab_low, cd_low),
        _pairs_high(ab_low, cd_low),
        _pairs_low(ab_high, cd_high),
        _pairs_high(ab_high, cd_high),
    )


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _pairs_low(a: Lanes, b: Lanes) -> Lanes:
    return reinterpret_int32(unpack_low(reinterpret_int64(a), reinterpret_int64(b)))


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _pairs_high(a: Lanes, b: Lanes) -> Lanes:
    return reinterpret_int32(unpack_high(reinterpret_int64(a), reinterpret_int64(b)))
