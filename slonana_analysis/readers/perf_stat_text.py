"""Lines of ``perf stat`` as it prints them for people.

A count is ``[time] [place [processors]] amount [unit] event [cgroup] [# metric] [( +- spread )]
[(share)]``; the amount ends in column 18, a unit stands one blank behind it and an event two or
more.

References
----------
``tools/perf/util/stat-display.c`` of Linux 6.1 (``abs_printout``, ``aggr_printout``,
``print_footer``).
"""

import math
import re
from dataclasses import replace

from slonana_analysis.readers.perf_stat_rows import (
    NUMBER,
    WHOLE_RUN,
    Row,
    count_row,
    decimal_of,
    time_of,
)

TITLE = " Performance counter stats for "
_AMOUNT_WIDTH = 18
_LONGEST_COMMAND = 4096

_COLOUR = re.compile(r"\x1b\[[0-9;]{0,12}m")
_TIME = re.compile(r" *(\d{1,9}\.\d{9}) (?=.)")
_COUNT = re.compile(
    rf"(?P<front> *(?P<amount>{NUMBER}|<not (?:counted|supported)>))(?P<rest> +\S.*)"
)
_PLACE = re.compile(
    r"(?P<place> *(?:CPU\d{1,6}|[SND]\d{1,6}(?:-\S{1,64})?|\S.{0,64}?-\d{1,10})) +"
    rf"(?=(?:{NUMBER} +)?(?:{NUMBER}|<not))(?:\d{{1,6}} +(?={NUMBER} +\S|<not))?"
)
_SHARE = re.compile(r" +[(\[] *(\d{1,3}[.,]\d\d)%[)\]]$")
_SPREAD = re.compile(r" +\( \+- *(\d{1,9}[.,]\d\d)% ?\)$")
_METRIC = re.compile(r" *(\S{1,40}?) *(%?) +(\S.*)")
_METRIC_LINE = re.compile(r" {20,}# +(\d.*)")
_TITLE = re.compile(r" Performance counter stats for (?P<what>.*')(?: \((?P<runs>\d+) runs\))?: *")
_SECONDS = re.compile(
    r" *(?P<mean>\d{1,12}[.,]\d{1,9})(?: \+- (?P<error>\d{1,12}[.,]\d{1,9}))? "
    r"seconds (?P<what>time elapsed|user|sys)(?: +\( \+- *(?P<spread>\d{1,9}[.,]\d\d)% ?\))? *"
)
_TABLE_ROW = re.compile(r" +\d{1,12}\.\d+ \([+-]\d{1,12}\.\d+\) #*")
_NOTES = (
    "Some events weren't counted.",
    "\techo ",
    "\tperf stat",
    "The events in group usually",
)
_SECONDS_KEYS = {"time elapsed": "elapsed_s", "user": "user_s", "sys": "sys_s"}


class TextLines:
    """Reads such lines one after the other.

    Attributes
    ----------
    header : dict of str to str
        What was measured (``measured``), how often (``runs``), and the seconds that perf states
        (``elapsed_s``, ``elapsed_spread``, ``user_s``, ``sys_s``).
    """

    def __init__(self) -> None:
        self.header: dict[str, str] = {}
        self._last: Row | None = None
        self._title = ""
        self._ends_open = False

    @property
    def unfinished(self) -> str:
        """What the file lacks at this point; empty if nothing."""
        if self._title:
            return "the file ends inside the command that was measured"
        return "the file ends before the elapsed time" if self._ends_open else ""

    def rows(self, line: str) -> list[Row] | None:
        """Return the rows of a line, empty for one that says something else; None if unreadable."""
        if self._title or line.startswith(TITLE):
            return self._take_title(line)
        text = _COLOUR.sub("", line).rstrip()
        seconds = _SECONDS.fullmatch(text)
        if seconds is not None:
            return self._take_seconds(seconds)
        further = _METRIC_LINE.fullmatch(text)
        if further is not None:
            return self._further_metric(further[1])
        if not text or text.lstrip(" ").startswith("#") or text.startswith(_NOTES):
            return []
        if _TABLE_ROW.fullmatch(text):
            return []
        return self._count(text)

    def _take_title(self, text: str) -> list[Row]:
        """Take the line that says what was measured; a command may hold line feeds."""
        self._title = f"{self._title}\n{text}" if self._title else text
        found = re.fullmatch(_TITLE, self._title.replace("\n", "\v"))
        if found is None and len(self._title) < _LONGEST_COMMAND:
            return []
        if found is not None:
            self.header.setdefault("measured", found["what"].replace("\v", "\n"))
            if found["runs"]:
                self.header.setdefault("runs", found["runs"])
        self._title = ""
        self._ends_open = True
        return []

    def _take_seconds(self, found: re.Match[str]) -> list[Row]:
        self._ends_open = False
        self.header.setdefault(_SECONDS_KEYS[found["what"]], found["mean"].replace(",", "."))
        if found["spread"]:
            share = float(found["spread"].replace(",", ".")) / 100
            self.header.setdefault("elapsed_spread", f"{share:g}")
        return []

    def _further_metric(self, text: str) -> list[Row] | None:
        """Take a line that holds nothing but another metric of the count above it."""
        text, _, _ = _tail(text)
        metric = None if self._last is None else _metric(self._last, text)
        return None if metric is None else [metric]

    def _count(self, text: str) -> list[Row] | None:
        time = _TIME.match(text)
        time_ns = time_of(time[1]) if time else None
        if time is not None:
            text = text[time.end() :]
        place = _PLACE.match(text)
        found = _COUNT.fullmatch(text)
        aligned = found is not None and len(found["front"].encode()) >= _AMOUNT_WIDTH
        if place is not None and not aligned:
            found = _COUNT.fullmatch(text[place.end() :])
        else:
            place = None
        if found is None:
            return None
        row = _row(found["amount"], found["rest"])
        if row is None:
            return None
        count, metric = row
        where = " ".join(
            part for part in (place["place"].strip() if place else "", count.place) if part
        )
        when = WHOLE_RUN if time_ns is None else time_ns
        self._last = replace(count, time_ns=when, place=where)
        further = None if metric is None else _metric(self._last, metric)
        return [self._last] if further is None else [self._last, further]


def _row(amount: str, rest: str) -> tuple[Row, str | None] | None:
    """Return a count, its cgroup for a place, and the text of its metric."""
    rest, share, spread = _tail(rest)
    names, marked, metric = rest.partition(" # ")
    gap = len(names) - len(names.lstrip(" "))
    words = names.split()
    unit = words.pop(0) if gap == 1 and len(words) > 1 and words[0] != "raw" else ""
    if not words:
        return None
    event = words.pop(0)
    if event == "raw" and words:
        event = f"raw {words.pop(0)}"
    row = count_row(amount, unit, event, share=share, spread=spread)
    if row is None or decimal_of(event) is not None:
        return None
    return replace(row, place=" ".join(words)), metric if marked else None


def _tail(text: str) -> tuple[str, float, float]:
    """Return the text without its end, the share of the time counted, and the spread over runs."""
    share, spread = 1.0, math.nan
    found = _SHARE.search(text)
    if found is not None:
        share, text = float(found[1].replace(",", ".")) / 100, text[: found.start()]
    found = _SPREAD.search(text)
    if found is not None:
        spread, text = float(found[1].replace(",", ".")) / 100, text[: found.start()]
    return text, share, spread


def _metric(count: Row, text: str) -> Row | None:
    found = _METRIC.fullmatch(text)
    value = decimal_of(found[1]) if found is not None else None
    return None if found is None or value is None else count.metric(value, found[3].strip())
