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
from slonana_analysis.readers.json_documents import JsonDocument, begins_object, read_json
from slonana_analysis.readers.json_values import integer, mapping, sequence, text
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder
from slonana_analysis.readers.speedscope_stacks import Spent, Stacks, evented, sampled

_ADDRESS = b"https://www.speedscope.app/file-format-schema.json"
_SCHEMA = re.compile(rb'"\$schema"\s*:\s*"' + re.escape(_ADDRESS))
# Unit of the file: event to call it, our unit, and how many of ours one of theirs is.
_UNITS = {
    "nanoseconds": ("time", "ns", 1),
    "microseconds": ("time", "ns", 1_000),
    "milliseconds": ("time", "ns", 1_000_000),
    "seconds": ("time", "ns", 1_000_000_000),
    "bytes": ("memory", "bytes", 1),
    "none": ("samples", "samples", 1),
}
# Without these the samples of a profile that is cut are of nobody knows what.
_SAID_FIRST = frozenset({"type", "name", "unit", "startValue"})


class SpeedscopeReader:
    """Reads speedscope's own files."""

    name = "speedscope"
    description = "speedscope JSON"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is speedscope's."""
        return begins_object(head) and (
            # PHP's exporters write a slash as JSON may, behind a backslash.
            _SCHEMA.search(head.replace(b"\\/", b"/")) is not None or _looks_alike(head)
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
        reading = _Reading(document, sequence(mapping(whole.get("shared")).get("frames")))
        for place, profile in enumerate(profiles, start=1):
            reading.take(mapping(profile), f"profile {place}")
        units = reading.units
        distinct = set(units.values())
        description = Description(
            format=self.name,
            tool=text(whole.get("exporter")) or "speedscope",
            unit=next(iter(distinct), "samples") if len(distinct) < 2 else "mixed",
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
    def __init__(self, document: JsonDocument, frames: list[Any]) -> None:
        self.builder = ProfileBuilder()
        self.units: dict[str, str] = {}
        self._document = document
        # A frame that was cut may lack its file.
        known = [self._frame(mapping(frame)) for frame in document.whole_items(frames)]
        self._stacks = Stacks(known, self.builder.child)

    def _frame(self, frame: Mapping[str, Any]) -> int:
        line = max(integer(frame.get("line"), 0), 0)
        return self.builder.frame(text(frame.get("name")), "", text(frame.get("file")), line)

    def take(self, profile: Mapping[str, Any], place: str) -> None:
        """Add the samples of one profile of the file; ``place`` is what to call it."""
        losses = self._document.losses
        if not self._document.is_whole(profile) and not profile.keys() >= _SAID_FIRST:
            losses.dropped += 1
            losses.say(f"{place} of the file is cut before it says what it counts")
            return
        unit = _UNITS.get(text(profile.get("unit")))
        if unit is None:
            losses.dropped += 1
            losses.say(f"{place} of the file is in an unknown unit")
            return
        event, ours, scale = unit
        spent = self._spent(profile, scale)
        if spent is None:
            losses.dropped += 1
            losses.say(f"{place} of the file is of an unknown kind")
            return
        self.units[event] = ours
        thread = self.builder.thread(-1, -1, text(profile.get("name")) or place)
        code = self.builder.event(event)
        start = spent.start if ours == "ns" else np.full(spent.start.size, -1)
        self.builder.add_all(spent.node, thread, start, spent.weight, code)
        losses.dropped += spent.lost
        for reason in spent.reasons:
            losses.say(f"{place} of the file: {reason}")

    def _spent(self, profile: Mapping[str, Any], scale: int) -> Spent | None:
        """Return what was spent on which stack; None for a kind of profile that is not known."""
        kind = profile.get("type")
        if kind == "evented":
            events = self._document.whole_items(sequence(profile.get("events")))
            return evented(profile, events, self._stacks, scale)
        if kind == "sampled":
            samples = self._document.whole_items(sequence(profile.get("samples")))
            return sampled(profile, samples, self._stacks, scale)
        return None


READER = SpeedscopeReader()
