"""How numbers with a unit are printed: nanoseconds, bytes, rates, ratios.

Units are SI words kept beside a number, never inside it; only this module turns the pair into text.
"""

import math
from collections.abc import Sequence

_TIME_STEPS: Sequence[tuple[float, str]] = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
_BINARY_STEPS: Sequence[tuple[float, str]] = (
    (2.0**40, "TiB"),
    (2.0**30, "GiB"),
    (2.0**20, "MiB"),
    (2.0**10, "KiB"),
    (1.0, "B"),
)
_DECIMAL_STEPS: Sequence[tuple[float, str]] = (
    (1e12, "T"),
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
)
_NOT_A_NUMBER = "—"


def _significant(value: float) -> str:
    """Three significant digits without an exponent."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.3g}")
    decimals = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:.{decimals}f}"


def _scaled(value: float, steps: Sequence[tuple[float, str]]) -> str:
    magnitude = abs(value)
    # 0.9995 of a step already rounds up to it at three digits: "1.00 µs", never "1000 ns".
    size, name = next((step for step in steps if magnitude >= 0.9995 * step[0]), steps[-1])
    return f"{_significant(value / size)} {name}".rstrip()


def format_time(nanoseconds: float) -> str:
    """Return a duration as text, for example ``"9.70 ns"`` or ``"1.25 ms"``.

    Parameters
    ----------
    nanoseconds : float
        Duration in nanoseconds; a NaN gives an em dash.

    Returns
    -------
    str
        Three significant digits and the unit.
    """
    return _NOT_A_NUMBER if math.isnan(nanoseconds) else _scaled(nanoseconds, _TIME_STEPS)


def format_bytes(count: float) -> str:
    """Return a size in binary units, for example ``"32.0 KiB"``; a NaN gives an em dash."""
    return _NOT_A_NUMBER if math.isnan(count) else _scaled(count, _BINARY_STEPS)


def format_rate(per_second: float, what: str) -> str:
    """Return a rate in decimal units, for example ``"38.4 Gbytes/s"``.

    Parameters
    ----------
    per_second : float
        Events per second; a NaN gives an em dash.
    what : str
        Plural name of the events, for example ``"packets"``.

    Returns
    -------
    str
        Three significant digits, the decimal prefix and the unit.
    """
    if math.isnan(per_second):
        return _NOT_A_NUMBER
    number, _, prefix = _scaled(per_second, _DECIMAL_STEPS).partition(" ")
    return f"{number} {prefix}{what}/s"


def format_relative(effect: float) -> str:
    """Return a relative effect as a signed percentage; 0.05 (5 % slower) gives ``"+5.0 %"``."""
    return _NOT_A_NUMBER if math.isnan(effect) else f"{100 * effect:+.1f} %"


def format_quantity(value: float, unit: str) -> str:
    """Return a number with its unit column as text, choosing the prefix that suits the unit.

    Parameters
    ----------
    value : float
        The number; a NaN gives an em dash.
    unit : str
        Unit word as stored in the tables: ``ns``, ``bytes``, ``<plural>/s``, or any other word,
        which is then written behind the number as it is.

    Returns
    -------
    str
        The quantity as text.
    """
    if math.isnan(value):
        return _NOT_A_NUMBER
    if unit == "ns":
        return format_time(value)
    if unit == "bytes":
        return format_bytes(value)
    if unit.endswith("/s"):
        return format_rate(value, unit.removesuffix("/s"))
    return f"{_significant(value)} {unit}".rstrip()


def format_weight(weight: int, unit: str) -> str:
    """Return a profile's weight as text: times and bytes are rounded, counts are written out.

    Parameters
    ----------
    weight : int
        A sum of samples' weights.
    unit : str
        Its unit, such as ``ns``, ``bytes``, ``instructions`` or ``samples``.
    """
    return format_quantity(weight, unit) if unit in {"ns", "bytes"} else f"{weight:,} {unit}"
