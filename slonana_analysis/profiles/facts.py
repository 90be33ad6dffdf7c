"""What a file amounts to, in the words of ``ingest --json``."""

import dataclasses
from typing import Any

from slonana_analysis.model.counters import Counters
from slonana_analysis.model.profile import Profile
from slonana_analysis.model.reading import Reading
from slonana_analysis.model.traffic import Traffic

# Events of heap profiles whose totals the contract gives a name of their own.
_NAMED_TOTALS = {
    "allocations": "allocations",
    "peak": "peak_bytes",
    "leaked": "leaked_bytes",
}


def reading_facts(file: str, reading: Reading) -> dict[str, Any]:
    """Return the facts of whatever was read of a file as JSON values.

    Parameters
    ----------
    file : str
        Name of the file, as the user gave it.
    reading : Profile, Traffic or Counters
        What was read of it.

    Returns
    -------
    dict
        ``file``, ``format``, ``tool``, then what that kind of reading has, then ``loss`` with the
        fields of ``LossLedger``. Profiles as in `profile_facts`; traffic has ``packets``,
        ``flows`` and ``bytes``, counters have ``counters``.
    """
    if isinstance(reading, Profile):
        return profile_facts(file, reading)
    head: dict[str, Any] = {"file": file, "format": reading.format, "tool": reading.tool}
    held = _traffic(reading) if isinstance(reading, Traffic) else _counters(reading)
    return {**head, **held, "loss": dataclasses.asdict(reading.loss)}


def profile_facts(file: str, profile: Profile) -> dict[str, Any]:
    """Return the facts of a profile as JSON values.

    Parameters
    ----------
    file : str
        Name of the file, as the user gave it.
    profile : Profile
        What was read of it.

    Returns
    -------
    dict
        ``file``, ``format``, ``tool``, ``event``, ``unit``, ``samples``, ``weight`` (None where
        the events have different units), ``stacks`` (distinct call stacks that were sampled),
        ``functions`` (distinct functions in them), ``totals`` by event where there are several,
        ``snapshots``, ``allocations``, ``peak_bytes`` and ``leaked_bytes`` of heap profiles, and
        ``loss`` with the fields of ``LossLedger``.
    """
    sampled = profile.samples["node"]
    pairs = profile.frames[["function", "module"]]
    return {
        "file": file,
        "format": profile.format,
        "tool": profile.tool,
        "event": profile.event,
        "unit": profile.unit,
        "samples": len(profile.samples),
        "weight": None if len(set(profile.units.values())) > 1 else profile.weight,
        "stacks": int(sampled[sampled >= 0].nunique()),
        "functions": len(pairs) - int(pairs.duplicated().sum()),
        **_totals(profile),
        "loss": dataclasses.asdict(profile.loss),
    }


def totals(profile: Profile) -> dict[str, int]:
    """Return the weight of each event, in the event's unit."""
    sums = profile.samples.groupby("event", observed=False)["weight"].sum()
    return {str(event): int(weight) for event, weight in sums.items()}


def _totals(profile: Profile) -> dict[str, Any]:
    by_event = totals(profile)
    memory = bool(len(profile.snapshots)) or profile.units.get("peak") == "bytes"
    facts: dict[str, Any] = {}
    if len(by_event) > 1 or len(profile.edges):
        facts["totals"] = by_event
    if len(profile.snapshots):
        facts["snapshots"] = len(profile.snapshots)
    if memory:
        facts |= {
            name: by_event[event] for event, name in _NAMED_TOTALS.items() if event in by_event
        }
    return facts


def _traffic(traffic: Traffic) -> dict[str, Any]:
    return {
        "packets": max(len(traffic.packets), int(traffic.flows["packets"].clip(lower=0).sum())),
        "flows": len(traffic.flows),
        "bytes": int(traffic.flows["bytes"].clip(lower=0).sum()),
    }


def _counters(counters: Counters) -> dict[str, Any]:
    table = counters.table
    counted = table["state"].astype(str) == "counted"
    return {
        "counters": len(table),
        "counted": int(counted.sum()),
        "events": sorted(set(table["event"].astype(str))),
    }
