"""Options that choose a part of a profile, in the order in which they are applied."""

import argparse
import math
from typing import TYPE_CHECKING

from slonana_analysis.errors import UsageError

if TYPE_CHECKING:
    from slonana_analysis.model.profile import Profile
    from slonana_analysis.model.reading import Reading

_BY_PATTERN = ("keep", "drop", "focus", "hide")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group(
        "a part of a profile", "applied in this order; REGEX is searched for in function names"
    )
    group.add_argument(
        "--between",
        metavar="FROM:TO",
        help="samples of these seconds since the first one, such as 1.5:3 or 10:",
    )
    group.add_argument(
        "--path",
        metavar="QUERY",
        help='samples with this call path: \'main > ** > "^parse_"\' (names, "REGEX", * for one '
        "function, ** for any number)",
    )
    group.add_argument("--keep", metavar="REGEX", help="samples with such a function on the stack")
    group.add_argument("--drop", metavar="REGEX", help="samples without one")
    group.add_argument("--focus", metavar="REGEX", help="begin stacks at such a function")
    group.add_argument(
        "--hide", metavar="REGEX", help="leave such functions out; callers get their weight"
    )


def chosen(reading: "Reading", arguments: argparse.Namespace) -> "Reading":
    """Return the part of a reading that was asked for.

    Parameters
    ----------
    reading : Profile, Traffic or Counters
        What was read; returned as it is unless something was asked for.
    arguments : Namespace
        As configured.

    Raises
    ------
    UnavailableError
        If a stretch of time was asked of a profile without times.
    UsageError
        If an option cannot be read or asks for nothing, or the reading is no profile.
    """
    asked = [name for name in ("between", "path", *_BY_PATTERN) if getattr(arguments, name)]
    if not asked:
        return reading
    from slonana_analysis.model.profile import Profile
    from slonana_analysis.profiles import selection

    if not isinstance(reading, Profile):
        raise UsageError(f"{reading.format} is no profile; --{asked[0]} chooses parts of profiles")
    profile = _within(reading, arguments.between) if arguments.between else reading
    if arguments.path:
        profile = selection.matching(profile, arguments.path)
    for name in _BY_PATTERN:
        pattern = getattr(arguments, name)
        if pattern:
            profile = getattr(selection, name)(profile, pattern)
    return profile


def _within(profile: "Profile", stretch: str) -> "Profile":
    """Return the samples of some seconds, counted from the first sample."""
    from slonana_analysis.profiles.timeline import between

    begin, end = _seconds(stretch)
    times = profile.samples["time_ns"]
    first = int(times[times >= 0].min()) if (times >= 0).any() else 0
    last = int(times.max()) + 1 if len(times) else 1
    until = last if math.isinf(end) else first + round(end * 1e9)
    return between(profile, first + round(begin * 1e9), max(until, 0))


def _seconds(stretch: str) -> tuple[float, float]:
    begin, colon, end = stretch.partition(":")
    try:
        bounds = float(begin or 0), float(end or "inf")
    except ValueError:
        bounds = math.nan, math.nan
    if not colon or not (0 <= bounds[0] < bounds[1]) or math.isinf(bounds[0]):
        raise UsageError(
            f"--between takes seconds from the first sample, such as 1.5:3 or 10:, not '{stretch}'"
        )
    return bounds
