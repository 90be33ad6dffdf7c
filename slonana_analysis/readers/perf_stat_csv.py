"""Lines of ``perf stat -x``: fields between separators, some of them optional.

``[time] [place [processors]] amount unit event [cgroup] [spread] run_ns share [metric unit]``

References
----------
perf-stat(1), "CSV FORMAT"; ``tools/perf/util/stat-display.c`` of Linux 6.1, which prints the spread
before the time and not behind it.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from slonana_analysis.readers.perf_stat_rows import (
    NOT_COUNTED,
    WHOLE_RUN,
    Row,
    count_of,
    count_row,
    decimal_of,
    time_of,
)

_SEPARATORS = ",;\t|:@!~^&*+$ "
_SUMMARY = "summary"
_MOST_FIELDS = 64
# Time, place and number of processors at most stand before an amount.
_MOST_LEADING = 3


class SeparatedLines:
    """Reads such lines one after the other.

    Parameters
    ----------
    separator : str
        One character.

    Attributes
    ----------
    header : dict of str to str
        Empty: these lines state nothing else.
    """

    unfinished = ""

    def __init__(self, separator: str) -> None:
        self.header: dict[str, str] = {}
        self._separator = separator
        self._last: Row | None = None

    def rows(self, line: str) -> list[Row] | None:
        """Return the rows of a line, none for a comment; None if it is not perf's."""
        if not line.strip() or line.startswith("#"):
            return []
        fields = _fields(line, self._separator)
        if len(fields) > _MOST_FIELDS:
            return None
        found = _count(fields, self._separator)
        if found:
            self._last = found[0]
        return found or self._further_metric(fields)

    def _further_metric(self, fields: list[str]) -> list[Row] | None:
        """Take a line that holds nothing but another metric of the count above it."""
        *front, amount, unit = fields if len(fields) > 4 else ["x", "", ""]
        value = decimal_of(amount)
        first = next((place for place, text in enumerate(front) if not text.strip()), len(front))
        if self._last is None or value is None or any(text.strip() for text in front[first:]):
            return None
        leading = _leading(front[:first])
        if leading is None or first > _MOST_LEADING or first == len(front):
            return None
        return [
            replace(self._last, time_ns=leading[0], place=leading[1]).metric(value, unit.strip())
        ]


def separator_of(line: str) -> str | None:
    """Return the character that separates the fields of a line of counts; None if none does."""
    for separator in _SEPARATORS:
        fields = _fields(line, separator)
        if len(fields) >= 5 and _count(fields, separator):
            return separator
    return None


def _fields(line: str, separator: str) -> list[str]:
    """Split a line; ``<not counted>`` and the like stay whole where blanks separate."""
    for amount in NOT_COUNTED:
        line = line.replace(amount, amount.replace(" ", "\0"))
    return [text.replace("\0", " ") for text in line.split(separator, _MOST_FIELDS)]


def _count(fields: list[str], separator: str) -> list[Row]:
    """Return the rows of a count and its metric; empty if the fields are no count."""
    for place in range(min(_MOST_LEADING + 1, len(fields) - 4)):
        leading = _leading(fields[:place])
        if leading is None or not _counts(fields[place : place + 3]):
            continue
        event, rest = _event(fields[place + 2 :], separator)
        behind = _behind(rest, separator)
        if behind is None:
            continue
        cgroup, spread, share, metric = behind
        amount, unit = fields[place].strip(), fields[place + 1].strip()
        row = count_row(amount, unit, event, share=share, spread=spread)
        if row is None:
            continue
        where = " ".join(part for part in (leading[1], cgroup) if part)
        row = replace(row, time_ns=leading[0], place=where)
        value = decimal_of(metric[0]) if metric and metric[1].strip() else None
        return [row] if value is None else [row, row.metric(value, metric[1].strip())]
    return []


def _leading(fields: Sequence[str]) -> tuple[int, str] | None:
    """Return time and place of the fields before the amount; None if they are something else."""
    left = [text.strip() for text in fields]
    time = WHOLE_RUN
    if left and (left[0] == _SUMMARY or time_of(left[0]) is not None):
        read = time_of(left.pop(0))
        time = WHOLE_RUN if read is None else read
    if not left:
        return time, ""
    place, *processors = left
    if not place or decimal_of(place) is not None or not all(text.isdigit() for text in processors):
        return None
    return time, place


def _counts(fields: Sequence[str]) -> bool:
    amount, unit, event = (text.strip() for text in fields)
    return (
        (amount in NOT_COUNTED or count_of(amount) is not None)
        and decimal_of(unit) is None
        and bool(event)
        and decimal_of(event) is None
        and event not in NOT_COUNTED
    )


def _event(fields: list[str], separator: str) -> tuple[str, list[str]]:
    """Return the event, which holds separators itself if it is ``pmu/a=1,b=2/``, and the rest."""
    event, *rest = fields
    while event.count("/") % 2 and rest:
        event = f"{event}{separator}{rest.pop(0)}"
    return event.strip(), rest


def _behind(fields: list[str], separator: str) -> tuple[str, float, float, list[str]] | None:
    """Return cgroup, spread, share and metric of the fields behind the event."""
    left = list(fields)
    cgroup = ""
    spread = math.nan
    if left and not left[0].endswith("%") and not left[0].isdigit():
        cgroup = left.pop(0).strip()
    if left and left[0].endswith("%"):
        relative = decimal_of(left.pop(0)[:-1])
        spread = math.nan if relative is None else relative / 100
    if len(left) < 2 or len(left) == 3 or not left[0].isdigit():
        return None
    share = decimal_of(left[1])
    metric = [left[2], separator.join(left[3:])] if len(left) > 3 else []
    return None if share is None else (cgroup, spread, share / 100, metric)
