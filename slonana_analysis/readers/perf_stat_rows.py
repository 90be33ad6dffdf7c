"""What one line of ``perf stat`` says, and the numbers it is written in."""

import math
import re
from dataclasses import dataclass, replace

COUNTED = "counted"
DERIVED = "derived"
NOT_COUNTED = {"<not counted>": "not counted", "<not supported>": "not supported"}
WHOLE_RUN = -1

# What perf prints for scaled counts, in SI words.
_UNITS = {"msec": "ms", "usec": "µs", "nsec": "ns", "Joules": "J", "Bytes": "bytes"}
_TIME = re.compile(r"(\d{1,9})\.(\d{9})")
# Grouped as the locale of the recording had it; no count has as many digits as the bound.
NUMBER = r"\d[\d.,'\u2019\u00a0\u202f]{0,40}"
_NUMBER = re.compile(NUMBER)
_DECIMALS = re.compile(r"[.,](\d\d)$")
_SEPARATORS = re.compile(r"[.,'\u2019\u00a0\u202f]")


@dataclass(frozen=True)
class Row:
    """A row of ``schema.COUNTERS``; fields as there."""

    event: str
    value: float = math.nan
    unit: str = ""
    time_ns: int = WHOLE_RUN
    place: str = ""
    running_share: float = 1.0
    spread: float = math.nan
    state: str = COUNTED

    def metric(self, value: float, unit: str) -> "Row":
        """Return the row of a metric that perf derived from this count and others."""
        return replace(
            self, value=value, unit=unit, running_share=1.0, spread=math.nan, state=DERIVED
        )


def count_row(
    amount: str, unit: str, event: str, *, share: float = 1.0, spread: float = math.nan
) -> Row | None:
    """Return the row of a count as printed, ``<not counted>`` included; None if it is neither."""
    state = NOT_COUNTED.get(amount)
    value = math.nan if state else count_of(amount)
    if value is None:
        return None
    return Row(
        event=event,
        value=value,
        unit=_UNITS.get(unit, unit),
        running_share=0.0 if state else share,
        spread=math.nan if state else spread,
        state=state or COUNTED,
    )


def count_of(text: str) -> float | None:
    """Return a count as perf prints it: grouped in threes or not, with two decimals or none."""
    if _NUMBER.fullmatch(text) is None:
        return None
    decimals = _DECIMALS.search(text)
    whole = _SEPARATORS.sub("", text[: decimals.start()] if decimals else text)
    return float(f"{whole}.{decimals[1]}" if decimals else whole) if whole else None


def decimal_of(text: str) -> float | None:
    """Return a number with any number of decimals and no groups; None if it is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def time_of(text: str) -> int | None:
    """Return the end of an interval in ns, or None if this is no such time."""
    found = _TIME.fullmatch(text.strip())
    return None if found is None else int(found[1]) * 1_000_000_000 + int(found[2])
