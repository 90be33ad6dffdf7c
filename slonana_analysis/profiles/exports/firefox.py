"""Writes a profile for the Firefox Profiler, in its processed format.

References
----------
firefox-devtools/profiler, ``docs-developer/processed-profile-format.md`` and
``src/types/profile.js``, version 48 of the format.
"""

import json
from typing import Any

import pandas as pd

from slonana_analysis import __version__
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.exports.paths import (
    event_name,
    labels,
    samples_of,
    texts,
)

_VERSION = 48
_GECKO_VERSION = 29
_NS_PER_MS = 1e6
_WEIGHT_TYPES = {"ns": "tracing-ms", "bytes": "bytes"}
_CATEGORIES = [{"name": "Other", "color": "grey", "subcategories": ["Other"]}]


def firefox_text(profile: Profile, name: str, event: str | None = None) -> str:
    """Return a profile as a file for profiler.firefox.com.

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
        JSON, one thread of the profile per thread.

    Raises
    ------
    UsageError
        If the profile has no such event, or several and none is named.
    """
    samples = samples_of(profile, event)
    unit = profile.unit_of(event_name(samples, event))
    strings: dict[str, int] = {}
    shared = _tables(profile, strings)
    # The format has a place for ids, which the names need not say.
    named = [name or "all threads" for name in texts(profile.threads["name"])]
    threads = [
        _thread(profile, int(str(thread)), named[int(str(thread))], rows, unit)
        for thread, rows in samples.groupby("thread", sort=True)
    ]
    # In this version of the format each thread has tables of its own: the same ones here.
    listed = list(strings)
    document = {
        "meta": _meta(name),
        "libs": [_library(str(each)) for each in profile.frames["module"].cat.categories],
        "pages": [],
        "counters": [],
        "threads": [{**thread, **shared, "stringArray": listed} for thread in threads],
    }
    return json.dumps(document, separators=(",", ":"))


def _meta(name: str) -> dict[str, Any]:
    return {
        "version": _GECKO_VERSION,
        "preprocessedProfileVersion": _VERSION,
        "interval": 1,
        "startTime": 0,
        "processType": 0,
        "product": name,
        "stackwalk": 1,
        "debug": False,
        "symbolicated": True,
        "markerSchema": [],
        "categories": _CATEGORIES,
        "importedFrom": f"slonana-analysis {__version__}",
        "doesNotUseFrameImplementation": True,
        "usesOnlyOneStackType": True,
    }


def _library(module: str) -> dict[str, Any]:
    base = module.rpartition("/")[2]
    return {
        "name": base,
        "path": module,
        "debugName": base,
        "debugPath": module,
        "breakpadId": "",
        "codeId": None,
        "arch": "",
    }


def _tables(profile: Profile, strings: dict[str, int]) -> dict[str, Any]:
    """Return the tables that all threads use; frame and function are one row each."""
    frames, nodes = profile.frames, profile.nodes
    count = len(frames)
    libraries = frames["module"].cat.categories

    def number(text: str) -> int:
        return strings.setdefault(text, len(strings))

    names = [number(label) for label in labels(profile)]
    files = [number(file) if file else None for file in texts(frames["file"])]
    lines = [line or None for line in frames["line"].tolist()]
    modules = [number(str(each).rpartition("/")[2]) for each in libraries]
    nothing: list[None] = [None] * count
    return {
        "frameTable": {
            "length": count,
            "address": [-1] * count,
            "inlineDepth": [0] * count,
            "category": [0] * count,
            "subcategory": [0] * count,
            "func": list(range(count)),
            "nativeSymbol": nothing,
            "innerWindowID": nothing,
            "implementation": nothing,
            "line": lines,
            "column": nothing,
        },
        "funcTable": {
            "length": count,
            "isJS": [False] * count,
            "relevantForJS": [False] * count,
            "name": names,
            "resource": frames["module"].cat.codes.tolist(),
            "fileName": files,
            "lineNumber": nothing,
            "columnNumber": nothing,
        },
        "resourceTable": {
            "length": len(libraries),
            "lib": list(range(len(libraries))),
            "name": modules,
            "host": [None] * len(libraries),
            "type": [1] * len(libraries),
        },
        "stackTable": {
            "length": len(nodes),
            "frame": nodes["frame"].tolist(),
            "prefix": [None if parent < 0 else parent for parent in nodes["parent"].tolist()],
            "category": [0] * len(nodes),
            "subcategory": [0] * len(nodes),
        },
        "nativeSymbols": {
            "length": 0,
            "libIndex": [],
            "address": [],
            "name": [],
            "functionSize": [],
        },
    }


def _thread(
    profile: Profile, thread: int, name: str, rows: pd.DataFrame, unit: str
) -> dict[str, Any]:
    ids = profile.threads.iloc[thread]
    known = (rows["time_ns"] >= 0).all()
    # The profiler needs times to draw anything; without them samples stand 1 ms apart.
    times = (rows["time_ns"] / _NS_PER_MS).tolist() if known else list(map(float, range(len(rows))))
    return {
        "name": name,
        "processName": name,
        "processType": "default",
        "processStartupTime": 0,
        "processShutdownTime": None,
        "registerTime": 0,
        "unregisterTime": None,
        "pausedRanges": [],
        "isMainThread": True,
        "pid": str(int(ids["process"])),
        "tid": int(ids["thread"]),
        "samples": {
            "length": len(rows),
            "stack": [None if node < 0 else node for node in rows["node"].tolist()],
            "time": times,
            "weight": (rows["weight"] / _NS_PER_MS if unit == "ns" else rows["weight"]).tolist(),
            "weightType": _WEIGHT_TYPES.get(unit, "samples"),
        },
        "markers": {
            "length": 0,
            "data": [],
            "name": [],
            "startTime": [],
            "endTime": [],
            "phase": [],
            "category": [],
        },
    }
