"""From opened and closed frames to the time spent on each stack."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from slonana_analysis.readers.json_values import integer, mapping, number


@dataclass(frozen=True)
class Spent:
    """Stacks (frame numbers, outermost first) with their start and weight, in the file's unit."""

    pieces: list[tuple[list[int], float, float]]
    lost: int
    damage: str


def follow(events: list[Any], start: float) -> Spent:
    """Return what was spent on each stack between two events.

    Parameters
    ----------
    events : list
        Objects with ``type`` (``O`` opens a frame, ``C`` closes it), ``frame`` and ``at``.
    start : float
        When the profile begins.

    Returns
    -------
    Spent
        Up to the first event that cannot follow the ones before it.
    """
    pieces: list[tuple[list[int], float, float]] = []
    stack: list[int] = []
    now = start
    for place, each in enumerate(events):
        event = mapping(each)
        frame, moment = integer(event.get("frame")), number(event.get("at"))
        damage = _damage(event.get("type"), frame, moment, now, stack)
        if damage:
            return Spent(pieces, len(events) - place, f"event {place + 1} {damage}")
        if stack and moment > now:
            pieces.append((list(stack), now, moment - now))
        now = moment
        if event["type"] == "O":
            stack.append(frame)
        else:
            stack.pop()
    lost = len(stack)
    return Spent(pieces, lost, f"{lost} frames are opened and never closed" if lost else "")


def _damage(kind: object, frame: int, moment: float, now: float, stack: list[int]) -> str:
    if kind not in ("O", "C") or frame < 0 or not np.isfinite(moment):
        return "opens or closes nothing"
    if moment < now:
        return "goes back in time"
    if kind == "C" and (not stack or stack[-1] != frame):
        return "closes a frame that is not the innermost"
    return ""
