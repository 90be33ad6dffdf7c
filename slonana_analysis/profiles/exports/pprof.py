"""Writes a profile for pprof: ``go tool pprof``, Pyroscope and what else reads the format.

References
----------
``proto/profile.proto`` of google/pprof; Protocol Buffers documentation, "Encoding".
"""

import gzip
from collections.abc import Iterable

from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.exports.paths import Paths, labels, texts, thread_names

_UNITS = {"ns": "nanoseconds", "us": "microseconds", "ms": "milliseconds", "s": "seconds"}
_COUNTS = frozenset({"events", "samples", "mixed", ""})
_VARINT, _BYTES = 0, 2
# Reproducible: gzip would write the time of day.
_NO_TIME = 0


def pprof_bytes(profile: Profile) -> bytes:
    """Return a profile as a packed pprof file.

    Parameters
    ----------
    profile : Profile
        The profile; each of its events becomes a sample type with its unit.

    Returns
    -------
    bytes
        gzip. Samples of one stack and thread are added up; the thread is a label.
    """
    texts_table = _Strings()
    events = [str(name) for name in profile.samples["event"].cat.categories]
    parts = [
        _message(1, [_number(1, texts_table[name]), _number(2, texts_table[_unit(profile, name)])])
        for name in events
    ]
    parts += _samples(profile, len(events), texts_table)
    parts += _symbols(profile, texts_table)
    parts += [_field(6, text.encode()) for text in texts_table.all()]
    return gzip.compress(b"".join(parts), mtime=_NO_TIME)


class _Strings:
    """The string table: numbers texts in the order they are first asked for, the empty one 0."""

    def __init__(self) -> None:
        self._numbers = {"": 0}

    def __getitem__(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str]:
        """Return all texts in order."""
        return list(self._numbers)


def _unit(profile: Profile, event: str) -> str:
    unit = profile.unit_of(event)
    return "count" if unit in _COUNTS else _UNITS.get(unit, unit)


def _samples(profile: Profile, events: int, strings: _Strings) -> Iterable[bytes]:
    paths, threads = Paths(profile), thread_names(profile)
    keyed = profile.samples.assign(event=profile.samples["event"].cat.codes)
    sums = keyed.groupby(["thread", "node", "event"], sort=True)["weight"].sum()
    values: dict[tuple[int, int], list[int]] = {}
    for key, weight in zip(sums.index.tolist(), sums.tolist(), strict=True):
        thread, node, event = key
        values.setdefault((thread, node), [0] * events)[event] = weight
    label_name = strings["thread"]
    for (thread, node), weights in values.items():
        # Frame rows count from 0, locations from 1, and pprof begins with the innermost.
        locations = [frame + 1 for frame in reversed(paths.of(node))]
        label = _message(3, [_number(1, label_name), _number(2, strings[threads[thread]])])
        yield _message(2, [_packed(1, locations), _packed(2, weights), label])


def _symbols(profile: Profile, strings: _Strings) -> Iterable[bytes]:
    modules = {name: row + 1 for row, name in enumerate(profile.frames["module"].cat.categories)}
    for name, number in modules.items():
        yield _message(3, [_number(1, number), _number(5, strings[str(name)])])
    rows = zip(
        labels(profile),
        profile.frames["module"],
        texts(profile.frames["file"]),
        profile.frames["line"].tolist(),
        strict=True,
    )
    for number, (name, module, file, line) in enumerate(rows, 1):
        call = _message(4, [_number(1, number), _number(2, line)])
        yield _message(4, [_number(1, number), _number(2, modules[module]), call])
        named = [_number(2, strings[name]), _number(4, strings[file])]
        yield _message(5, [_number(1, number), *named])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value) if value else b""


def _field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def _message(field: int, parts: Iterable[bytes]) -> bytes:
    return _field(field, b"".join(parts))


def _packed(field: int, values: Iterable[int]) -> bytes:
    return _field(field, b"".join(map(_varint, values)))


def _varint(value: int) -> bytes:
    # Negative numbers are written as their 64-bit complement.
    rest = value & 0xFFFF_FFFF_FFFF_FFFF
    written = bytearray()
    while rest > 0x7F:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    written.append(rest)
    return bytes(written)
