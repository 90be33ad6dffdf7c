"""When the weight fell: by time and thread, within the seconds, and a stretch of time by itself."""

import dataclasses

import numpy as np
import pandas as pd

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.call_tree import event_mask

OTHERS = "(others)"

_NS_PER_S = 1_000_000_000
# A day at 100 bins a second; a file may claim times that are years apart.
_MOST_BINS = 10_000_000


def timeline(
    profile: Profile, bins: int = 100, event: str | None = None, names: int = 8
) -> pd.DataFrame:
    """Return the weight in equal bins of time, by thread name.

    Parameters
    ----------
    profile : Profile
        The profile.
    bins : int
        Number of bins between the first and the last sample.
    event : str, optional
        Event to look at; may be left out where the profile has only one.
    names : int
        Thread names listed by themselves, heaviest first; the rest is ``(others)``.

    Returns
    -------
    DataFrame
        Columns of ``schema.TIMELINE``: a row for every bin and name, also where the weight is 0.

    Raises
    ------
    UnavailableError
        If the profile holds no times.
    UsageError
        If ``bins`` or ``names`` is less than one, or the event is missing or not named.
    """
    if bins < 1 or names < 1:
        raise UsageError("a timeline needs at least one bin and one thread name")
    samples = _timed(profile, event)
    listed, row = _listed_names(profile, samples, names)
    time = samples["time_ns"].to_numpy()
    start, span = int(time.min()), int(time.max() - time.min()) + 1
    edges = start + np.array([span * edge // bins for edge in range(bins + 1)], np.int64)
    place = np.searchsorted(edges, time, side="right") - 1
    weight = np.zeros((bins, len(listed)), np.int64)
    np.add.at(weight, (place, row), samples["weight"].to_numpy())
    return schema.TIMELINE.conform(
        pd.DataFrame(
            {
                "start_ns": np.repeat(edges[:-1], len(listed)),
                "end_ns": np.repeat(edges[1:], len(listed)),
                "thread": pd.Categorical.from_codes(
                    np.tile(np.arange(len(listed)), bins), categories=pd.Index(listed, dtype="str")
                ),
                "weight": weight.ravel(),
            }
        )
    )


def heat_map(profile: Profile, parts: int = 50, event: str | None = None) -> pd.DataFrame:
    """Return the weight by second and by place within the second.

    What comes and goes several times a second, and pauses of a few milliseconds, show as patterns
    where a plain timeline averages them away (Spier and Gregg, FlameScope, 2018).

    Parameters
    ----------
    profile : Profile
        The profile.
    parts : int
        Bins of equal length per second.
    event : str, optional
        Event to look at; may be left out where the profile has only one.

    Returns
    -------
    DataFrame
        Columns of ``schema.HEAT_MAP``: a row for every part of every second from the first sample
        to the last, empty ones included. ``between(profile, start_ns, end_ns)`` of a row, or of a
        range of them, is what ran then.

    Raises
    ------
    UnavailableError
        If the profile holds no times.
    UsageError
        If ``parts`` is out of range, or there are too many seconds for it, or the event is missing
        or not named.
    """
    if not 1 <= parts <= _NS_PER_S:
        raise UsageError(f"a second has from 1 to {_NS_PER_S} parts, not {parts}")
    samples = _timed(profile, event)
    time = samples["time_ns"].to_numpy()
    start = int(time.min())
    seconds = (int(time.max()) - start) // _NS_PER_S + 1
    if seconds * parts > _MOST_BINS:
        raise UsageError(
            f"the samples span {seconds} seconds, too many for {parts} parts each; ask for fewer "
            "parts, or choose a stretch of time first"
        )
    edges = np.array([_NS_PER_S * part // parts for part in range(parts + 1)], np.int64)
    second, within = np.divmod(time - start, _NS_PER_S)
    place = second * parts + np.searchsorted(edges, within, side="right") - 1
    weight = np.zeros(seconds * parts, np.int64)
    np.add.at(weight, place, samples["weight"].to_numpy())
    begins = start + np.arange(seconds, dtype=np.int64) * _NS_PER_S
    return schema.HEAT_MAP.conform(
        pd.DataFrame(
            {
                "second": np.repeat(np.arange(seconds), parts),
                "part": np.tile(np.arange(parts), seconds),
                "start_ns": (begins[:, None] + edges[:-1]).ravel(),
                "end_ns": (begins[:, None] + edges[1:]).ravel(),
                "samples": np.bincount(place, minlength=seconds * parts),
                "weight": weight,
            }
        )
    )


def between(profile: Profile, start_ns: int, end_ns: int) -> Profile:
    """Return the samples of a stretch of time.

    Parameters
    ----------
    profile : Profile
        The profile.
    start_ns, end_ns : int
        On the tool's clock, ns; the start belongs to the stretch, the end does not.

    Returns
    -------
    Profile
        The header says under ``selection`` what was chosen. Samples without a time are left out.

    Raises
    ------
    UnavailableError
        If the profile holds no times.
    UsageError
        If the stretch ends before it begins, or no sample lies in it.
    """
    if start_ns >= end_ns:
        raise UsageError(f"a stretch of time ends after it begins, not at {start_ns} .. {end_ns}")
    times = _timed(profile, None, every=True)["time_ns"]
    time = profile.samples["time_ns"].to_numpy()
    chosen = (time >= max(start_ns, 0)) & (time < end_ns)
    if not chosen.any():
        raise UsageError(
            f"no sample lies between {start_ns} and {end_ns} ns; the recording lasts from "
            f"{times.min()} to {times.max()}"
        )
    samples = profile.samples[chosen].reset_index(drop=True)
    before = profile.header.get("selection", "")
    what = f"time {start_ns} to {end_ns} ns"
    return dataclasses.replace(
        profile,
        samples=samples,
        header=profile.header | {"selection": f"{before}; {what}" if before else what},
    )


def _timed(profile: Profile, event: str | None, *, every: bool = False) -> pd.DataFrame:
    """Return the samples of one event, or of every, that have a time."""
    known = profile.samples["time_ns"].to_numpy() >= 0
    samples: pd.DataFrame = profile.samples[known if every else known & event_mask(profile, event)]
    if samples.empty:
        raise UnavailableError(
            f"this {profile.format} profile has no times, so it has no timeline; print them with "
            "the field 'time'"
        )
    return samples


def _listed_names(
    profile: Profile, samples: pd.DataFrame, names: int
) -> tuple[list[str], "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """Return the names that get a row of their own, and each sample's row."""
    column = profile.threads["name"].cat
    code = column.codes.to_numpy(np.int64)[samples["thread"].to_numpy()]
    weight = np.zeros(len(column.categories), np.int64)
    np.add.at(weight, code, samples["weight"].to_numpy())
    order = np.argsort(-weight, kind="stable")
    kept = [int(name) for name in order[:names] if weight[name] > 0]
    rows = np.full(len(column.categories), len(kept), np.int64)
    rows[kept] = np.arange(len(kept))
    listed = [str(column.categories[name]) for name in kept]
    return (listed if (rows[code] < len(kept)).all() else [*listed, OTHERS]), rows[code]
