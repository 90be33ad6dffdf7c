"""From what speedscope's files hold to the time spent on call-tree nodes."""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.json_values import integer, mapping, number, numbers, sequence

# A cache, not a table: forgetting it costs time and never changes a result.
_REMEMBERED = 100_000
_LARGEST = 2.0**62
# Below it floats hold every whole number.
_EXACT = 2.0**53
_UNKNOWN = -2
_NO_TIME = -1


@dataclass
class Spent:
    """What was spent on each stack, and what of it could not be read.

    Attributes
    ----------
    node, start, weight : ndarray of int64, shape (n,)
        Call-tree node, begin and weight, in our unit; a begin of -1 is not known.
    lost : int
        Samples or events that were dropped.
    reasons : list of str
        Why.
    """

    node: NDArray[np.int64]
    start: NDArray[np.int64]
    weight: NDArray[np.int64]
    lost: int = 0
    reasons: list[str] = field(default_factory=list)

    def lose(self, count: int, reason: str) -> None:
        """Note that something was dropped."""
        self.lost += count
        self.reasons.append(reason)


class Stacks:
    """Call-tree nodes of stacks that name the rows of a table of frames.

    Parameters
    ----------
    frames : list of int
        Our row of each frame of the file.
    child : function
        Returns the node of a frame called from a node.
    """

    def __init__(self, frames: list[int], child: Callable[[int, int], int]) -> None:
        self._frames = frames
        self._child = child
        self._known: dict[tuple[int, ...], int] = {}

    def child(self, node: int, frame: object) -> int:
        """Return the node of a frame of the file called from ``node``; -2 for an unknown frame."""
        row = integer(frame)
        return self._child(node, self._frames[row]) if 0 <= row < len(self._frames) else _UNKNOWN

    def node(self, stack: object) -> int:
        """Return the innermost node of a list of frames, outermost first; -2 for any other."""
        # True and 1.0 would find the stack of 1.
        if not isinstance(stack, list) or not set(map(type, stack)) <= {int}:
            return _UNKNOWN
        key = tuple(stack)
        node = self._known.get(key)
        if node is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            node = self._known[key] = self._grow(key)
        return node

    def _grow(self, stack: tuple[int, ...]) -> int:
        if stack and not 0 <= min(stack) <= max(stack) < len(self._frames):
            return _UNKNOWN
        node = -1
        for frame in stack:
            node = self._child(node, self._frames[frame])
        return node


def sampled(profile: Mapping[str, Any], samples: list[Any], stacks: Stacks, scale: int) -> Spent:
    """Return the samples of a profile.

    Parameters
    ----------
    profile : mapping
        With ``weights``, and ``startValue`` and ``endValue``, between which they fit.
    samples : list
        Its stacks.
    stacks : Stacks
        The frames they name.
    scale : int
        How many of our unit one of the file's is.
    """
    values = sequence(profile.get("weights"))
    count = min(len(samples), len(values))
    node = np.array([stacks.node(stack) for stack in samples[:count]], np.int64)
    weight = numbers(values[:count]) * scale
    weighed = np.abs(weight) < _LARGEST
    weight = np.where(weighed, weight, 0.0)
    begin = number(profile.get("startValue"), 0.0) * scale
    ends = np.cumsum(np.concatenate([[begin], weight]))
    kept = weighed & (node != _UNKNOWN)
    spent = Spent(
        node[kept], _moments(ends[:-1][kept]), _whole_weights(values, weight, scale)[kept]
    )
    if len(samples) != len(values):
        lost = abs(len(samples) - len(values))
        spent.lose(lost, f"it has {len(samples)} samples and {len(values)} weights")
    bad = np.flatnonzero(~kept)
    if bad.size:
        spent.lose(
            int(bad.size),
            f"{bad.size} samples name a frame that is not there or have no weight, the first is "
            f"sample {bad[0] + 1}",
        )
    now = float(ends[-1])
    end = number(profile.get("endValue")) * scale
    # What is a rounding error of sums in the file is not lost.
    if not bad.size and end - now > 1e-6 * abs(end - begin) + 1:
        spent.reasons.append(
            f"it declares {(end - begin) / scale:.6g} and its samples add up to "
            f"{(now - begin) / scale:.6g}"
        )
    return spent


def _whole_weights(values: list[Any], weight: NDArray[np.float64], scale: int) -> NDArray[np.int64]:
    """Return weights rounded; those that are whole numbers in the file exactly, at any size."""
    rounded = weight.round().astype(np.int64)
    for place in np.flatnonzero(np.abs(weight) >= _EXACT).tolist():
        if isinstance(values[place], int):
            rounded[place] = values[place] * scale
    return rounded


def evented(profile: Mapping[str, Any], events: list[Any], stacks: Stacks, scale: int) -> Spent:
    """Return what was spent on each stack between two events.

    Parameters
    ----------
    profile : mapping
        With ``startValue``.
    events : list
        Objects with ``type`` (``O`` opens a frame, ``C`` closes it), ``frame`` and ``at``.
    stacks, scale
        As for `sampled`.

    Returns
    -------
    Spent
        Up to the first event that cannot follow the ones before it.
    """
    # Frame and node of each open call.
    calls: list[tuple[int, int]] = [(-1, -1)]
    pieces = array("q")
    now = number(profile.get("startValue"), 0.0) * scale
    lost, reason = 0, ""
    for place, each in enumerate(events):
        event = mapping(each)
        moment = number(event.get("at")) * scale
        damage = _damage(event, moment, now, calls)
        node = -1
        if not damage and event["type"] == "O":
            node = stacks.child(calls[-1][1], event.get("frame"))
            damage = "opens a frame that is not there" if node == _UNKNOWN else ""
        if damage:
            lost = len(events) - place
            reason = f"event {place + 1} {damage}; what follows was not read"
            break
        # Rounded moments, so that the pieces add up to the whole.
        begin, end = round(now), round(moment)
        if len(calls) > 1 and end > begin:
            pieces.extend((calls[-1][1], begin, end - begin))
        now = moment
        if node >= 0:
            calls.append((integer(event.get("frame")), node))
        else:
            calls.pop()
    columns = np.array(pieces, np.int64).reshape(-1, 3).T
    spent = Spent(columns[0], _moments(columns[1].astype(np.float64)), columns[2])
    if not reason and len(calls) > 1:
        lost, reason = len(calls) - 1, f"{len(calls) - 1} frames are opened and never closed"
    if reason:
        spent.lose(lost, reason)
    return spent


def _damage(
    event: Mapping[str, Any], moment: float, now: float, calls: list[tuple[int, int]]
) -> str:
    if event.get("type") not in ("O", "C") or not abs(moment) < _LARGEST:
        return "opens or closes nothing"
    if moment < now:
        return "goes back in time"
    if event["type"] == "C" and (len(calls) == 1 or calls[-1][0] != integer(event.get("frame"))):
        return "closes a frame that is not the innermost"
    return ""


def _moments(starts: NDArray[np.float64]) -> NDArray[np.int64]:
    known = (starts >= 0) & (starts < _LARGEST)
    return np.where(known, np.where(known, starts, 0.0).round(), _NO_TIME).astype(np.int64)
