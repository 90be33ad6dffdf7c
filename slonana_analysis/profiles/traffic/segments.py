"""TCP segments by their sequence numbers: sent again, late, or missing.

References
----------
RFC 9293, section 3.4 (sequence numbers are compared modulo 2^32).
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.model import schema
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles.traffic.groups import packets_of

Integer = Any

_SYN, _RST = 0x02, 0x04
# Columns of a flow's counters, and of what the walk has to remember of it: whether it began, the
# number of its SYN (-1: none), the number that comes next, and the first hole's begin and how many
# numbers are open in all holes.
_SEGMENTS, _RETRANSMITTED, _LATE, _HOLES, _MISSING = range(5)
_STARTED, _SYN_AT, _NEXT, _HOLE_AT, _OPEN = range(5)
_HALF = np.int64(1) << 31
_ALL = np.int64(0xFFFFFFFF)


class _Columns(NamedTuple):
    """Columns of ``schema.PACKETS``."""

    flow: NDArray[np.int32]
    payload: NDArray[np.int32]
    flags: NDArray[np.uint8]
    sequence: NDArray[np.uint32]


def segments(traffic: Traffic) -> pd.DataFrame:
    """Return for every TCP flow what was sent again, came late, or never came.

    Parameters
    ----------
    traffic : Traffic
        With packets, in the order in which they were captured.

    Returns
    -------
    DataFrame
        Columns of ``schema.SEGMENTS``, in the order of the flow table. A late segment lies in a
        hole that was left before: it was reordered on the way, or sent again after it was lost
        before it reached the place of the capture, which cannot be told apart there.

    Raises
    ------
    UnavailableError
        If there are no packets.
    """
    counts, _ = _walk_all(traffic)
    flows = traffic.flows
    tcp = (flows["protocol"] == "tcp") & (flows["source_port"] >= 0)
    rows = flows.loc[tcp, ["protocol", "source", "source_port", "target", "target_port"]]
    names = ("segments", "retransmitted", "late", "holes", "missing")
    columns = {name: counts[tcp.to_numpy(), place] for place, name in enumerate(names)}
    return schema.SEGMENTS.conform(rows.assign(**columns))


def new_bytes(traffic: Traffic) -> NDArray[np.int64]:
    """Return the payload of each TCP packet that was not seen before.

    Returns
    -------
    ndarray of int64, shape (n_packets,)
        0 for what was sent again and for other protocols.
    """
    return _walk_all(traffic)[1]


def conversations(flows: pd.DataFrame) -> NDArray[np.int64]:
    """Return a number for each flow that it shares with the flow of the other direction.

    Parameters
    ----------
    flows : DataFrame
        Columns of ``schema.FLOWS``.

    Returns
    -------
    ndarray of int64, shape (n_flows,)
        From 0.
    """
    numbers: dict[tuple[object, ...], int] = {}
    ends = zip(
        flows["protocol"].astype(str),
        zip(flows["source"].astype(str), flows["source_port"], strict=True),
        zip(flows["target"].astype(str), flows["target_port"], strict=True),
        strict=True,
    )
    return np.array(
        [
            numbers.setdefault((protocol, *sorted((source, target))), len(numbers))
            for protocol, source, target in ends
        ],
        np.int64,
    )


def _walk_all(traffic: Traffic) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    packets = packets_of(traffic)
    tcp = (traffic.flows["protocol"] == "tcp") & (traffic.flows["source_port"] >= 0)
    counts = np.zeros((len(traffic.flows), 5), np.int64)
    fresh = np.zeros(len(packets), np.int64)
    columns = _Columns(*(packets[name].to_numpy() for name in _Columns._fields))
    _walk(tcp.to_numpy(np.bool_), columns, counts, fresh)
    return counts, fresh


@njit(cache=True, nogil=True)
def _walk(
    tcp: NDArray[np.bool_], packets: _Columns, counts: NDArray[np.int64], fresh: NDArray[np.int64]
) -> None:
    """Go through all packets in their order; what a flow has to remember is in its state."""
    flow, payload, flags, sequence = packets
    state = np.zeros((counts.shape[0], 5), np.int64)
    for row in range(flow.size):
        which = flow[row]
        if which < 0 or not tcp[which] or payload[row] < 0 or flags[row] & _RST:
            continue
        opens = np.int64(flags[row] & _SYN != 0)
        length = np.int64(payload[row]) + opens
        if length == 0:
            continue
        begin = np.int64(sequence[row])
        if not state[which, _STARTED] or (opens and begin != state[which, _SYN_AT]):
            # A connection, or one more between the same ports, or the capture's begin.
            state[which, _STARTED], state[which, _NEXT], state[which, _OPEN] = 1, begin, 0
            state[which, _SYN_AT] = begin if opens else -1
        new = _judge(state, counts, which, begin, length)
        fresh[row] = min(new, np.int64(payload[row]))


@njit(cache=True, nogil=True)
def _judge(
    state: NDArray[np.int64],
    counts: NDArray[np.int64],
    which: Integer,
    begin: Integer,
    length: Integer,
) -> Integer:
    """Count one segment and return how many numbers of it were not seen before."""
    ahead = _distance(state[which, _NEXT], begin)
    beyond = ahead + length
    if length == 1 and ahead == -1 and begin != state[which, _SYN_AT]:
        # A keep-alive asks whether the peer is there by one byte that it has.
        return np.int64(0)
    counts[which, _SEGMENTS] += 1
    if beyond > 0:
        if ahead > 0:
            if state[which, _OPEN] == 0:
                state[which, _HOLE_AT] = state[which, _NEXT]
            state[which, _OPEN] += ahead
            counts[which, _HOLES] += 1
            counts[which, _MISSING] += ahead
        state[which, _NEXT] = (begin + length) & _ALL
        return min(beyond, length)
    if state[which, _OPEN] > 0 and _distance(state[which, _HOLE_AT], begin) >= 0:
        filled = min(length, state[which, _OPEN])
        state[which, _OPEN] -= filled
        counts[which, _MISSING] -= filled
        counts[which, _LATE] += 1
        return length
    counts[which, _RETRANSMITTED] += 1
    return np.int64(0)


@njit(cache=True, nogil=True)
def _distance(start: Integer, end: Integer) -> Integer:
    """Return how far one sequence number is ahead of another, negative if behind."""
    return ((end - start + _HALF) & _ALL) - _HALF
