"""Lines of ``perf stat -j``: one JSON object each.

References
----------
perf-stat(1), "JSON FORMAT"; ``tools/perf/util/stat-display.c`` of Linux 6.1.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace

from slonana_analysis.readers.perf_stat_rows import WHOLE_RUN, Row, count_row, decimal_of

# With a decimal comma the locale makes perf print what is no JSON.
_DECIMAL_COMMA = re.compile(r"( : -?\d{1,18}),(\d{1,18})(?=[,}])")
_PLACES = ("node", "socket", "die", "cluster", "cache", "core", "cpu", "thread", "cgroup")


class JsonLines:
    """Reads such lines one after the other.

    Attributes
    ----------
    header : dict of str to str
        Empty: these lines state nothing else.
    """

    unfinished = ""

    def __init__(self) -> None:
        self.header: dict[str, str] = {}
        self._last: Row | None = None

    def rows(self, line: str) -> list[Row] | None:
        """Return the rows of a line, none for a comment; None if it is not perf's."""
        if not line.strip() or line.startswith("#"):
            return []
        fields = _object_of(line)
        if fields is None:
            return None
        metric = _metric_of(fields)
        if "counter-value" not in fields:
            known = None if self._last is None or metric is None else self._last
            return None if known is None or metric is None else [_at(known, fields).metric(*metric)]
        count = _count(fields)
        if count is None:
            return None
        self._last = count
        return [count] if metric is None else [count, count.metric(*metric)]


def _object_of(line: str) -> Mapping[str, object] | None:
    """Return the object of a line of ``perf stat -j``; None if it is none."""
    for text in (line, _DECIMAL_COMMA.sub(r"\1.\2", line)):
        try:
            # A number stays text: perf's own type of a field changed between its versions.
            read = json.loads(text, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            continue
        named = isinstance(read, dict) and ("counter-value" in read or "metric-value" in read)
        return read if named else None
    return None


def _count(fields: Mapping[str, object]) -> Row | None:
    event, amount = fields.get("event"), fields["counter-value"]
    if not isinstance(event, str) or not isinstance(amount, str):
        return None
    number = decimal_of(amount)
    share, spread = _number(fields, "pcnt-running"), _number(fields, "variance")
    row = count_row(
        amount if number is None else "0",
        str(fields.get("unit", "")),
        event,
        share=1.0 if math.isnan(share) else share / 100,
        spread=spread / 100,
    )
    if row is None:
        return None
    return _at(row if number is None else replace(row, value=number), fields)


def _at(row: Row, fields: Mapping[str, object]) -> Row:
    """Return the row with the time and place of a line."""
    seconds = _number(fields, "interval")
    places = [
        f"CPU{fields[name]}" if name == "cpu" and str(fields[name]).isdigit() else str(fields[name])
        for name in _PLACES
        if fields.get(name)
    ]
    whole = math.isnan(seconds) or not 0 <= seconds < 1e9
    time = WHOLE_RUN if whole else round(seconds * 1e9)
    return replace(row, time_ns=time, place=" ".join(places))


def _metric_of(fields: Mapping[str, object]) -> tuple[float, str] | None:
    value, unit = _number(fields, "metric-value"), fields.get("metric-unit")
    if math.isnan(value) or not isinstance(unit, str) or not unit.strip():
        return None
    return value, unit.strip()


def _number(fields: Mapping[str, object], name: str) -> float:
    value = fields.get(name)
    read = decimal_of(value) if isinstance(value, str) else None
    return math.nan if read is None else read
