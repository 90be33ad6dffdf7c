"""Reads profiles in pprof's format: Go's profiler, gperftools, py-spy, Pyroscope and others.

References
----------
``proto/profile.proto`` of google/pprof.
"""

from typing import BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.assembly import Collected, assemble
from slonana_analysis.readers.content import all_bytes
from slonana_analysis.readers.losses import LossCounter
from slonana_analysis.readers.pprof_samples import (
    DAMAGED,
    KEPT,
    UNEVEN,
    UNPLACED,
    Samples,
    read_samples,
)
from slonana_analysis.readers.pprof_tables import Symbols, Texts, read_symbols
from slonana_analysis.readers.profile_builder import Description
from slonana_analysis.readers.protobuf import BYTES, VARINT, Fields, fields_of
from slonana_analysis.readers.scanning import Bytes

# Field numbers of the message Profile.
_SAMPLE_TYPE, _SAMPLE, _STRING, _TIME, _DURATION, _PERIOD = 1, 2, 6, 9, 10, 12
# Those that are messages, each with the highest field number in it; texts and lists; numbers.
_PARTS = {_SAMPLE_TYPE: 2, _SAMPLE: 3, 3: 10, 4: 5, 5: 5, 11: 2}
_TEXTS = (_STRING, 13)
_NUMBERS = (7, 8, _TIME, _DURATION, _PERIOD, 13, 14, 15)
_SNIFFED_FIELDS = 4
# A location takes a byte of a stack and may stand for any number of inlined calls; real programs
# inline a handful on average.
_FRAMES_PER_BYTE = 4
_FRAMES_OF_ANY_FILE = 1_000_000
_MOST_EVENTS = 100
# Labels by which producers state threads; the format itself has none.
_THREAD_NAMES = frozenset({"thread", "thread name", "thread_name"})
_THREAD_IDS = frozenset({"thread id", "thread_id", "tid"})
_OUTCOMES = {
    DAMAGED: "are damaged",
    UNEVEN: "have not one value per sample type",
    UNPLACED: "name a location that the file does not define",
}
_UNITS = {
    "nanoseconds": "ns",
    "microseconds": "us",
    "milliseconds": "ms",
    "seconds": "s",
    "count": "events",
}


class PprofReader:
    """Reads pprof protocol buffers."""

    name = "pprof"
    description = "profile in pprof's protocol buffer format"

    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins with ``head`` is a pprof profile."""
        data = np.frombuffer(head, np.uint8)
        top = _messages(data)
        known = np.isin(top.number, list(_PARTS)) & (top.wire == BYTES)
        known |= np.isin(top.number, _TEXTS) & (top.wire == BYTES)
        known |= np.isin(top.number, _NUMBERS) & (top.wire == VARINT)
        # Every producer has its own order, and begins with something else.
        return bool(
            top.number.size >= _SNIFFED_FIELDS
            and known.all()
            and np.isin(top.number, (_SAMPLE_TYPE, _SAMPLE)).any()
            and all(_is_part(data, top.spans(number), last) for number, last in _PARTS.items())
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
            frames of their own. Threads are those that labels name.

        Raises
        ------
        FormatError
            If the file states no sample type, ends before their names do, has weights that add up
            to more than 64 bits hold, or states millions of frames in a few bytes.
        """
        data = all_bytes(stream, source)
        losses = LossCounter()
        top = _messages(data)
        _note_end(data, top, losses)
        texts = Texts(data, top.of(_STRING, BYTES))
        units = _sample_types(data, top, texts, source)
        events = list(units)
        symbols = read_symbols(data, top, texts, losses)
        spans = top.spans(_SAMPLE)
        labels = texts.numbers_of(_THREAD_NAMES), texts.numbers_of(_THREAD_IDS)
        most = _FRAMES_PER_BYTE * data.size + _FRAMES_OF_ANY_FILE
        samples = read_samples(data, spans, len(units), symbols.places, labels=labels, frames=most)
        if samples is None:
            raise FormatError(f"{source} states more inlined calls than its size can account for")
        _note_outcomes(samples.outcome, spans, losses)
        kept = samples.outcome == KEPT
        description = Description(
            format=self.name,
            tool="pprof",
            unit=units[events[0]] if len(set(units.values())) == 1 else "mixed",
            loss=losses.ledger(data.size, int(kept.sum())),
            header=_header(top),
        )
        return assemble(_collect(samples, kept, symbols, texts, units), description, source)


def _is_part(data: Bytes, spans: NDArray[np.int64], last: int) -> bool:
    """Return whether messages are whole and their fields are numbered up to ``last``."""
    inner = fields_of(data, spans[:, 0], spans[:, 1])
    plain = np.isin(inner.wire, (VARINT, BYTES)) & (inner.number <= last)
    return bool(plain.all() and (inner.whole == spans[:, 1]).all())


def _messages(data: Bytes) -> Fields:
    return fields_of(data, np.zeros(1, np.int64), np.array([data.size], np.int64))


def _note_end(data: Bytes, top: Fields, losses: LossCounter) -> None:
    whole = int(top.whole[0])
    if whole < data.size:
        losses.truncated = True
        losses.dropped += 1
        losses.bytes_lost += data.size - whole
        losses.say(f"the field at offset {whole} is cut or damaged; what follows was not read")


def _sample_types(data: Bytes, top: Fields, texts: Texts, source: str) -> dict[str, str]:
    """Return what a sample's values count, each with its unit."""
    spans = top.spans(_SAMPLE_TYPE)
    if not 0 < len(spans) <= _MOST_EVENTS:
        raise FormatError(
            f"{source} states {len(spans) or 'no'} sample types, so that its numbers mean nothing"
        )
    inner = fields_of(data, spans[:, 0], spans[:, 1])
    units: dict[str, str] = {}
    for place in range(len(spans)):
        own = inner.message == place
        kind, unit = (int(inner.value[own & (inner.number == part)][-1:].sum()) for part in (1, 2))
        if texts.lacks(kind) or texts.lacks(unit):
            raise FormatError(
                f"{source} ends before the names of what it counts do; copy or record it again"
            )
        name = texts.text(kind) or f"value {place + 1}"
        while name in units:
            name += " (again)"
        units[name] = _UNITS.get(texts.text(unit), texts.text(unit) or "events")
    return units


def _note_outcomes(
    outcome: NDArray[np.uint8], spans: NDArray[np.int64], losses: LossCounter
) -> None:
    for code, what in _OUTCOMES.items():
        bad = np.flatnonzero(outcome == code)
        if bad.size:
            where = int(spans[bad[0], 0])
            losses.say(
                f"{bad.size} samples were dropped because they {what}, the first at offset {where}"
            )
        losses.dropped += int(bad.size)
        losses.bytes_lost += int((spans[bad, 1] - spans[bad, 0]).sum())


def _collect(
    samples: Samples, kept: NDArray[np.bool_], symbols: Symbols, texts: Texts, units: dict[str, str]
) -> Collected:
    weights = samples.weights[kept]
    sample, event = np.nonzero(weights)
    # No process: the format has none.
    threads = np.insert(samples.threads, 0, -1, axis=1)
    threads[:, 2] = texts.known(threads[:, 2])
    return Collected(
        names=texts.all(),
        frames=symbols.frames,
        parents=samples.parents,
        node_frames=samples.frames,
        threads=threads,
        events=list(units),
        node=samples.node[kept][sample],
        thread=samples.thread[kept][sample],
        time_ns=np.full(sample.size, -1, np.int64),
        weight=weights[sample, event],
        event=event.astype(np.int32),
        units=units if len(units) > 1 else {},
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
