"""How effects, quantities and parameters are put into words, the same on every page and figure."""

import json
import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from slonana_analysis.units import format_bytes, format_quantity, format_relative

_ACRONYMS = frozenset({"bpf", "cpu", "ml", "quic", "simd", "tcp", "udp"})

_READ_AS_FACTOR = 9.0
_USEFUL_WIDTH = 100


def effect_text(estimate: float) -> str:
    """Return a relative effect with a true minus sign, for example ``"+4.1 %"``.

    From ten times the time on, the factor says more: "x334", with a true times sign.
    """
    if estimate >= _READ_AS_FACTOR:
        return f"\N{MULTIPLICATION SIGN}{format_quantity(1 + estimate, '')}"
    return format_relative(estimate).replace("-", "\N{MINUS SIGN}")


def interval_text(low: float, high: float) -> str:
    """Return an interval of effects, for example ``"+3.8 … +4.4 %"``; empty when unknown."""
    if math.isnan(low) or math.isnan(high):
        return ""
    upper = _bounded_text(high)
    lower = effect_text(low).removesuffix(" %" if upper.endswith(" %") else "")
    return f"{lower} … {upper}"


def _bounded_text(effect: float) -> str:
    """Say of an absurdly large effect only that it is one."""
    if effect < _USEFUL_WIDTH:
        return effect_text(effect)
    return f"over \N{MULTIPLICATION SIGN}{_USEFUL_WIDTH}"


def ratio_text(estimate: float) -> str:
    """Return how many times as fast or slow, once that is easier to grasp than a percentage.

    Parameters
    ----------
    estimate : float
        Relative effect; -0.9 takes a tenth of the time.

    Returns
    -------
    str
        For example "10x as fast", with a true times sign; empty between half and twice the time,
        and where the effect itself is already told as a factor.
    """
    time = 1.0 + estimate
    if math.isnan(estimate) or time <= 0 or 0.5 < time < 2.0 or estimate >= _READ_AS_FACTOR:
        return ""
    factor = format_quantity(max(time, 1.0 / time), "")
    return f"{factor}\N{MULTIPLICATION SIGN} {'as fast' if time < 1 else 'the time'}"


def detectable_text(mde: float) -> str:
    """Return a minimum detectable effect; a dash when too few launches can tell none."""
    return _bounded_text(mde).removeprefix("+") if math.isfinite(mde) else "—"


def quantity_interval_text(low: float, high: float, unit: str) -> str:
    """Return a value's interval, for example ``"9.61 … 9.80 ns"``; empty when unknown.

    Two launches may leave an interval of many powers of ten; its ends are noise, so it is only said
    how wide it is.
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    if high > _USEFUL_WIDTH * low:
        return f"interval over {_USEFUL_WIDTH}-fold"
    lower, upper = format_quantity(low, unit), format_quantity(high, unit)
    number, _, lower_unit = lower.partition(" ")
    same_unit = lower_unit == upper.partition(" ")[2]
    return f"{number if same_unit else lower} … {upper}"


def parameter_text(parameters: str) -> str:
    """Return a parameter column's JSON object in words, for example ``"16.0 KiB, float64, L1"``.

    A word speaks for itself, a number is given its name. Text that is no JSON object is returned
    as it is: it came from a stored table.
    """
    try:
        values: Any = json.loads(parameters)
    except ValueError:
        return parameters
    if not isinstance(values, dict):
        return parameters
    return ", ".join(_parameter(name, value) for name, value in values.items())


def _parameter(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if name == "bytes" and isinstance(value, int):
        return format_bytes(value)
    return f"{name.replace('_', ' ')} {value}"


def distinguished(parameters: Iterable[str]) -> dict[str, str]:
    """Return the words that tell cases apart: what all of them have in common is left out.

    Parameters
    ----------
    parameters : iterable of str
        Parameter columns, JSON objects.

    Returns
    -------
    dict of str to str
        From each column to its words, as `parameter_text`; all words where there is one case only.
    """
    columns = list(dict.fromkeys(parameters))
    try:
        parsed: list[Any] = [json.loads(column) for column in columns]
    except ValueError:
        parsed = []
    if len(parsed) < 2 or not all(isinstance(values, dict) for values in parsed):
        return {column: parameter_text(column) for column in columns}
    common = set.intersection(*({json.dumps(item) for item in v.items()} for v in parsed))
    own = [
        {name: value for name, value in v.items() if json.dumps((name, value)) not in common}
        for v in parsed
    ]
    return {
        column: parameter_text(json.dumps(values))
        for column, values in zip(columns, own, strict=True)
    }


def experiment_text(experiment: str) -> str:
    """Return an experiment's identifier as a heading, for example ``"Loop unrolling"``."""
    words = [word.upper() if word in _ACRONYMS else word for word in experiment.split("_")]
    text = " ".join(filter(None, words))
    return text[:1].upper() + text[1:]


def tick_text(value: float, unit: str) -> str:
    """Return a round number on an axis with its unit, for example ``"10 ns"``, not ``10.0 ns``."""
    number, _, word = format_quantity(value, unit).partition(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {word}".rstrip()


def count_text(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, for example ``"1 launch"`` or ``"7 launches"``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def seconds_text(seconds: float) -> str:
    """Return a duration as a person says it, for example ``"3.2 s"`` or ``"4 min 05 s"``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def moment_text(moment: str) -> str:
    """Return an ISO 8601 moment to the minute, for example ``"2026-11-23 04:15 UTC"``.

    Text that is no such moment is returned as it is: it came from a stored manifest.
    """
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{parsed:%Y-%m-%d %H:%M} {parsed.tzname() or ''}".rstrip()
