"""Writes a profile for speedscope, one sampled profile per thread.

References
----------
speedscope wiki, "Importing from custom sources"; its ``file-format-schema.json``.
"""

import json
from typing import Any

import pandas as pd

from slonana_analysis import __version__
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.exports.paths import (
    Paths,
    event_name,
    labels,
    samples_of,
    texts,
    thread_names,
)

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_UNITS = {
    "ns": "nanoseconds",
    "us": "microseconds",
    "ms": "milliseconds",
    "s": "seconds",
    "bytes": "bytes",
}


def speedscope_text(profile: Profile, name: str, event: str | None = None) -> str:
    """Return a profile as a speedscope file.

    Parameters
    ----------
    profile : Profile
        The profile.
    name : str
        What to call it.
    event : str, optional
        Event to write; may be left out where the profile has only one.

    Returns
    -------
    str
        JSON. Samples stand in the order of time; the sum of their weights is the profile's.

    Raises
    ------
    UsageError
        If the profile has no such event, or several and none is named.
    """
    samples = samples_of(profile, event)
    unit = _UNITS.get(profile.unit_of(event_name(samples, event)), "none")
    paths, threads = Paths(profile), thread_names(profile)
    document = {
        "$schema": _SCHEMA,
        "exporter": f"slonana-analysis {__version__}",
        "name": name,
        "activeProfileIndex": 0,
        "shared": {"frames": _frames(profile)},
        "profiles": [
            _profile(threads[int(str(thread))], rows, paths, unit)
            for thread, rows in samples.groupby("thread", sort=True)
        ],
    }
    return json.dumps(document, separators=(",", ":"))


def _frames(profile: Profile) -> list[dict[str, Any]]:
    rows = zip(
        labels(profile), texts(profile.frames["file"]), profile.frames["line"].tolist(), strict=True
    )
    return [
        {"name": name, **({"file": file} if file else {}), **({"line": line} if line else {})}
        for name, file, line in rows
    ]


def _profile(name: str, rows: pd.DataFrame, paths: Paths, unit: str) -> dict[str, Any]:
    weights = rows["weight"].tolist()
    return {
        "type": "sampled",
        "name": name,
        "unit": unit,
        "startValue": 0,
        "endValue": sum(weights),
        "samples": [paths.of(node) for node in rows["node"].tolist()],
        "weights": weights,
    }
