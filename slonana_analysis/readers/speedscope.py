"""Reads speedscope's file format: sampled and evented profiles in JSON.

References
----------
speedscope wiki, "Importing from custom sources"; its ``file-format-schema.json``.
"""

import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.json_documents import read_json
from slonana_analysis.readers.json_values import integer, mapping, number, sequence, text
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder
from slonana_analysis.readers.speedscope_events import Spent, follow

_SCHEMA = re.compile(rb'"\$schema"\s*:\s*"https://www\.speedscope\.app/file-format-schema\.json"')
# Unit of the file: event to call it, our unit, and how many of ours one of theirs is.
_UNITS = {
    "nanoseconds": ("time", "ns", 1),
    "microseconds": ("time", "ns", 1_000),
    "milliseconds": ("time", "ns", 1_000_000),
    "seconds": ("time", "ns", 1_000_000_000),
    "bytes": ("memory", "bytes", 1),
    "none": ("samples", "samples", 1),
}


class SpeedscopeReader:
    """Reads speedscope's own files."""

    name = "speedscope"
    description = "speedscope JSON"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is speedscope's."""
        return head.lstrip().startswith(b"{") and (
            _SCHEMA.search(head) is not None or _looks_alike(head)
        )

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a file.

        Parameters
        ----------
        stream : binary file
            The JSON text.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            Each profile of the file is a thread of its name; times in ns, rounded.

        Raises
        ------
        FormatError
            If it is not JSON, or has no profiles.
        """
        document = read_json(stream, source)
        whole = mapping(document.value)
        profiles = sequence(whole.get("profiles"))
        if not profiles and not document.losses.truncated:
            raise FormatError(f"{source} holds no profile; export it again")
        reading = _Reading(sequence(mapping(whole.get("shared")).get("frames")), document.losses)
        for place, profile in enumerate(profiles):
            reading.take(mapping(profile), place)
        units = reading.units
        description = Description(
            format=self.name,
            tool=text(whole.get("exporter")) or "speedscope",
            unit=next(iter(units.values())) if len(set(units.values())) == 1 else "mixed",
            loss=document.losses.ledger(document.size, reading.builder.samples),
            header={"name": text(whole.get("name"))} if whole.get("name") else {},
        )
        built = reading.builder.build(description, source)
        return built if len(units) < 2 else _with_units(built, units)


def _looks_alike(head: bytes) -> bool:
    """Older exporters leave the schema out, or write it behind the frames."""
    return b'"shared"' in head and b'"frames"' in head and b'"exporter"' in head


def _with_units(profile: Profile, units: dict[str, str]) -> Profile:
    profile.units.update(units)
    return profile


class _Reading:
    def __init__(self, frames: list[Any], losses: LossCounter) -> None:
        self.builder = ProfileBuilder()
        self.units: dict[str, str] = {}
        self._losses = losses
        self._frames = [self._frame(mapping(frame)) for frame in frames]

    def _frame(self, frame: Mapping[str, Any]) -> int:
        line = max(integer(frame.get("line"), 0), 0)
        return self.builder.frame(text(frame.get("name")), "", text(frame.get("file")), line)

    def take(self, profile: Mapping[str, Any], place: int) -> None:
        """Add the samples of one profile of the file, its ``place`` from 0."""
        name = text(profile.get("name")) or f"profile {place + 1}"
        unit = _UNITS.get(text(profile.get("unit")))
        spent = _spent(profile)
        if unit is None or spent is None:
            self._losses.dropped += 1
            what = "unit" if unit is None else "kind"
            self._losses.say(f"profile {place + 1} of the file is of an unknown {what}")
            return
        event, ours, scale = unit
        self.units[event] = ours
        thread, code = self.builder.thread(-1, -1, name), self.builder.event(event)
        clocked = ours == "ns"
        for stack, at, weight in spent.pieces:
            frames = [self._frames[frame] if frame < len(self._frames) else None for frame in stack]
            if None in frames or not np.isfinite(weight) or abs(weight) * scale > 2.0**62:
                self._losses.dropped += 1
                self._losses.count(
                    f"samples of profile {place + 1} name frames or weights that are not there", 0
                )
                continue
            known = [frame for frame in reversed(frames) if frame is not None]
            moment = round(at * scale) if clocked and abs(at) * scale < 2.0**62 else -1
            self.builder.add(self.builder.node(known), thread, moment, round(weight * scale), code)
        if spent.damage:
            self._losses.dropped += spent.lost
            self._losses.say(f"profile {place + 1} of the file: {spent.damage}")


def _spent(profile: Mapping[str, Any]) -> Spent | None:
    """Return stacks with their times and weights; None for a kind of profile that is not known."""
    start = number(profile.get("startValue"), 0.0)
    if profile.get("type") == "evented":
        return follow(sequence(profile.get("events")), start)
    if profile.get("type") != "sampled":
        return None
    samples, weights = sequence(profile.get("samples")), sequence(profile.get("weights"))
    pieces = []
    for sample, value in zip(samples, weights, strict=False):
        stack = [integer(frame) for frame in sequence(sample)]
        weight = number(value)
        # -1, an unknown frame, is beyond any table.
        pieces.append(([frame if frame >= 0 else 1 << 31 for frame in stack], start, weight))
        start += weight if np.isfinite(weight) else 0.0
    lost = abs(len(samples) - len(weights))
    damage = f"it has {len(samples)} samples and {len(weights)} weights" if lost else ""
    return Spent(pieces, lost, damage)


READER = SpeedscopeReader()
