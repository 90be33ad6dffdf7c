"""Reads profiles in pprof's format: Go's profiler, gperftools, py-spy, Pyroscope and others.

References
----------
``proto/profile.proto`` of google/pprof.
"""

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.assembly import Collected, assemble
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.pprof_tables import NO_TEXT, Symbols, Texts, read_symbols
from slonana_analysis.readers.profile_builder import Description
from slonana_analysis.readers.protobuf import BYTES, VARINT, Fields, fields_of, varints_of
from slonana_analysis.readers.scanning import Bytes
from slonana_analysis.readers.stacks import stack_nodes

# Field numbers of the message Profile.
_SAMPLE_TYPE, _SAMPLE, _STRING, _TIME, _DURATION, _PERIOD = 1, 2, 6, 9, 10, 12
_KNOWN_FIELDS = range(1, 16)
_SNIFFED_FIELDS = 4
# A location takes a byte of a stack and may stand for any number of inlined calls; real programs
# inline a handful on average.
_FRAMES_PER_BYTE = 2
_FRAMES_OF_ANY_FILE = 1_000_000
_UNITS = {
    "nanoseconds": "ns",
    "microseconds": "us",
    "milliseconds": "ms",
    "seconds": "s",
    "count": "events",
}


@dataclass(frozen=True)
class _Stacks:
    """Locations of all samples, innermost first, one sample behind the other."""

    locations: NDArray[np.int64]
    samples: NDArray[np.int64]


class PprofReader:
    """Reads pprof protocol buffers."""

    name = "pprof"
    description = "profile in pprof's protocol buffer format"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is a pprof profile."""
        # Any producer begins with a sample type, a message of two numbers.
        if len(head) < 8 or head[0] != _SAMPLE_TYPE << 3 | BYTES or head[1] > 22:
            return False
        data = np.frombuffer(head, np.uint8)
        top = _messages(data)
        inner = fields_of(data, top.begin[:1], top.end[:1])
        return bool(
            top.number.size >= _SNIFFED_FIELDS
            and np.isin(top.number, _KNOWN_FIELDS).all()
            and inner.number.size
            and np.isin(inner.number, (1, 2)).all()
            and (inner.wire == VARINT).all()
            and inner.whole[0] == top.end[0]
        )

    def read(self, stream: BinaryIO, source: str) -> Profile:
        """Return the profile of a file.

        Parameters
        ----------
        stream : binary file
            At the beginning of the unpacked message.
        source : str
            What to call it in errors.

        Returns
        -------
        Profile
            One event for each of the file's sample types, each with its unit. Inlined calls are
            frames of their own.

        Raises
        ------
        FormatError
            If the file states no sample type, weights add up to more than 64 bits hold, or a few
            bytes stand for millions of frames.
        """
        data = all_bytes(stream, source)
        losses = LossCounter()
        top = _messages(data)
        _note_end(data, top, losses)
        texts = Texts(data, top.of(_STRING, BYTES))
        events, units = _sample_types(data, top, texts)
        if not events:
            raise FormatError(f"{source} states no sample type, so that its numbers mean nothing")
        symbols = read_symbols(data, top, texts, losses)
        samples = top.of(_SAMPLE, BYTES)
        inner = fields_of(data, samples.begin, samples.end)
        stacks = _numbers(data, inner, 1)
        values = _numbers(data, inner, 2)
        kept = _sound(samples, inner, stacks, values, symbols, len(events), losses)
        inside = stacks.locations[kept[stacks.samples]]
        if symbols.counts_of(inside).sum() > _FRAMES_PER_BYTE * data.size + _FRAMES_OF_ANY_FILE:
            raise FormatError(f"{source} states more inlined calls than its size can account for")
        collected = _collect(stacks, values, symbols, kept, events, units, texts)
        description = Description(
            format=self.name,
            tool="pprof",
            unit=units[events[0]] if len(set(units.values())) == 1 else "mixed",
            loss=losses.ledger(data.size, int(kept.sum())),
            header=_header(top),
        )
        return assemble(collected, description, source)


def _messages(data: Bytes) -> Fields:
    return fields_of(data, np.zeros(1, np.int64), np.array([data.size], np.int64))


def _note_end(data: Bytes, top: Fields, losses: LossCounter) -> None:
    whole = int(top.whole[0])
    if whole < data.size:
        losses.truncated = True
        losses.dropped += 1
        losses.bytes_lost += data.size - whole
        losses.say(f"the field at offset {whole} is cut or damaged; what follows was not read")


def _sample_types(data: Bytes, top: Fields, texts: Texts) -> tuple[list[str], dict[str, str]]:
    declared = top.of(_SAMPLE_TYPE, BYTES)
    inner = fields_of(data, declared.begin, declared.end)
    events: list[str] = []
    units: dict[str, str] = {}
    for place in range(declared.number.size):
        own = inner.message == place
        kind, unit = (
            texts.text(int(inner.value[own & (inner.number == number)][-1:].sum()))
            for number in (1, 2)
        )
        name = kind or f"value {place + 1}"
        while name in units:
            name += " (again)"
        events.append(name)
        units[name] = _UNITS.get(unit, unit or "events")
    return events, units


def _numbers(data: Bytes, inner: Fields, number: int) -> _Stacks:
    """Return a repeated number of all samples, written packed or one by one."""
    packed, single = inner.of(number, BYTES), inner.of(number, VARINT)
    values, places = varints_of(data, packed.begin, packed.end)
    numbers = np.concatenate([values, single.value])
    samples = np.concatenate([packed.message[places], single.message])
    # Within a sample either form keeps its order.
    order = np.argsort(samples, kind="stable")
    return _Stacks(numbers[order], samples[order])


def _sound(  # noqa: PLR0917  # each is one thing a sample must agree with
    samples: Fields,
    inner: Fields,
    stacks: _Stacks,
    values: _Stacks,
    symbols: Symbols,
    events: int,
    losses: LossCounter,
) -> NDArray[np.bool_]:
    """Return which samples are whole: readable, a value per type, every location defined."""
    count = samples.number.size
    readable = inner.whole == samples.end
    valued = np.bincount(values.samples, minlength=count) == events
    undefined = stacks.samples[symbols.row_of(stacks.locations) < 0]
    placed = np.ones(count, np.bool_)
    placed[undefined] = False
    for sound, what in (
        (readable, "are damaged"),
        (valued | ~readable, "have not one value per sample type"),
        (placed | ~valued | ~readable, "name a location that the file does not define"),
    ):
        bad = np.flatnonzero(~sound)
        if bad.size:
            where = int(samples.begin[bad[0]])
            losses.say(
                f"{bad.size} samples were dropped because they {what}, the first at offset {where}"
            )
    kept = readable & valued & placed
    losses.dropped += int(count - kept.sum())
    losses.bytes_lost += int((samples.end - samples.begin)[~kept].sum())
    return np.asarray(kept, np.bool_)


def _collect(  # noqa: PLR0917  # the file's tables, one argument each
    stacks: _Stacks,
    values: _Stacks,
    symbols: Symbols,
    kept: NDArray[np.bool_],
    events: list[str],
    units: dict[str, str],
    texts: Texts,
) -> Collected:
    row = np.cumsum(kept) - 1
    inside = kept[stacks.samples]
    frames, owners = symbols.frames_of(stacks.locations[inside], row[stacks.samples[inside]])
    node, tree = stack_nodes(frames, owners, int(kept.sum()))
    weights = values.locations[kept[values.samples]].reshape(-1, len(events))
    sample, event = np.nonzero(weights)
    return Collected(
        names=texts.all(),
        frames=symbols.frames,
        parents=tree.parents,
        node_frames=tree.frames,
        threads=np.array([[-1, -1, NO_TEXT]], np.int64),
        events=events,
        node=node[sample],
        thread=np.zeros(sample.size, np.int32),
        time_ns=np.full(sample.size, -1, np.int64),
        weight=weights[sample, event],
        event=event.astype(np.int32),
        units=units if len(events) > 1 else {},
    )


def _header(top: Fields) -> dict[str, str]:
    header = {}
    for name, number in (("duration_ns", _DURATION), ("period", _PERIOD)):
        stated = top.of(number, VARINT).value
        if stated.size:
            header[name] = str(int(stated[-1]))
    moment = top.of(_TIME, VARINT).value
    if moment.size and 0 < moment[-1] < 1 << 62:
        header["captured on"] = pd.Timestamp(int(moment[-1]), tz="UTC").isoformat()
    return header


READER = PprofReader()
