"""Reading pprof: what others wrote, every part of the format, damage and lies."""

import gzip
import random
from pathlib import Path

import pytest

from slonana_analysis.errors import FormatError, SlonanaError
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.pprof import READER
from slonana_analysis.readers.registry import read_profile
from tests.fuzz.invariants import problems
from tests.readers.pprof_writer import (
    function,
    location,
    message,
    number,
    packed,
    read,
    sample,
    stacks,
    strings,
)

SAMPLE = Path(__file__).resolve().parents[1] / "data/exchange/zprofile.pb.gz"
TYPES = message(1, number(1, 1), number(2, 2)) + message(1, number(1, 3), number(2, 4))
TEXTS = strings("", "samples", "count", "cpu", "nanoseconds", "main", "leaf", "inlined", "a.c")
TABLES = (
    message(3, number(1, 1), number(5, 8))
    + location(1, 1, mapping=1)
    + location(2, 3, 2)
    + function(1, 5, 8)
    + function(2, 6)
    + function(3, 7)
)
SAMPLES = [sample([2, 1], [3, 30]), sample([1], [1, 10]), sample([2, 2, 1], [5, 50])]
WHOLE = TYPES + TABLES + TEXTS + b"".join(SAMPLES)


def test_a_file_of_zprofile():
    profile = read_profile(SAMPLE)
    own = functions(profile, "CPU").set_index("function")
    assert (profile.format, profile.loss.dropped, profile.loss.truncated) == ("pprof", 0, False)
    assert own.loc["<genexpr>", "self"] == 650_000_000
    assert own.loc["inner", ["self", "inclusive"]].tolist() == [310_000_000, 960_000_000]
    assert (profile.unit_of("CPU"), profile.unit_of("sample")) == ("ns", "events")
    assert "/tmp/w/zp.py" in set(profile.frames["file"].astype(str))


def test_every_part_of_the_format():
    profile = read(WHOLE)
    by_event = profile.samples.groupby("event", observed=True)["weight"].sum()
    assert by_event.to_dict() == {"samples": 9, "cpu": 90}
    assert stacks(profile)[::2] == [
        ("main", "leaf", "inlined"),
        ("main",),
        ("main", "leaf", "inlined", "leaf", "inlined"),
    ]
    main = profile.frames[profile.frames["function"] == "main"].iloc[0]
    assert (str(main["module"]), str(main["file"]), main["line"]) == ("a.c", "a.c", 10)
    assert profile.loss.reasons == ()


def test_numbers_written_one_by_one():
    single = message(2, number(1, 2), number(1, 1), number(2, 3), number(2, 30))
    assert stacks(read(TYPES + TABLES + TEXTS + single)) == [("main", "leaf", "inlined")] * 2


def test_a_location_without_a_line_has_an_unknown_function():
    bare = message(4, number(1, 9), number(3, 0x1234))
    assert stacks(read(TYPES + bare + TEXTS + sample([9], [1, 0]))) == [("[unknown]",)]


def test_names_are_told_apart_where_one_event_stands_twice():
    types = message(1, number(1, 1), number(2, 2)) * 2
    profile = read(types + TABLES + TEXTS + sample([1], [1, 2]))
    assert set(profile.samples["event"].astype(str)) == {"samples", "samples (again)"}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (sample([7], [1, 1]), "name a location that the file does not define"),
        (sample([1], [1]), "have not one value per sample type"),
        (sample([1], [1, 2, 3]), "have not one value per sample type"),
        (message(2, packed(1, [1]), b"\x12\x7f"), "are damaged"),
    ],
)
def test_bad_samples_are_dropped_and_told(bad, why):
    content = TYPES + TABLES + TEXTS + SAMPLES[0] + bad + SAMPLES[1]
    profile = read(content)
    assert profile.samples["weight"].sum() == 44
    assert profile.loss.dropped == 1
    where = content.index(bad) + 2
    assert profile.loss.reasons == (
        f"1 samples were dropped because they {why}, the first at offset {where}",
    )
    assert problems(profile, len(content)) == []


def test_cut_at_every_byte():
    ends = [WHOLE.index(each) + len(each) for each in SAMPLES]
    for size in range(1, len(WHOLE)):
        try:
            profile = read(WHOLE[:size])
        except FormatError as error:
            refusal = str(error)
        else:
            whole = sum(end <= size for end in ends)
            values = [3, 30, 1, 10, 5, 50][: 2 * whole]
            assert profile.samples["weight"].tolist() == values
            # Between two fields the format cannot say that there were more.
            assert profile.loss.truncated or size in field_ends(WHOLE)
            assert problems(profile, size) == []
            continue
        named = WHOLE.index(b"nanoseconds") + len(b"nanoseconds")
        assert "no sample type" in refusal if size < 6 else "ends before the names" in refusal
        assert size < named


def field_ends(content: bytes) -> set[int]:
    """Return where fields end; all here are of bytes, shorter than 128."""
    found, at = set(), 0
    while at < len(content):
        at += 2 + content[at + 1]
        found.add(at)
    return found


def test_a_file_without_sample_types_is_refused():
    with pytest.raises(FormatError, match=r"made\.pb states no sample type"):
        read(TABLES + TEXTS)


def test_weights_beyond_64_bits_are_refused():
    huge = [sample([1], [(1 << 63) - 1, 0])] * 2
    with pytest.raises(FormatError, match="64 bits"):
        read(TYPES + TABLES + TEXTS + b"".join(huge))


def test_a_few_bytes_cannot_stand_for_millions_of_frames():
    inlined = location(5, *[2] * 20_000)
    deep = sample([5] * 20_000, [1, 1])
    with pytest.raises(FormatError, match="more inlined calls than its size can account for"):
        read(TYPES + TABLES + inlined + TEXTS + deep)


def test_hostile_names_stay_text():
    texts = strings("", "samples", "count", "cpu", "nanoseconds", b"<script>\xff;\n", "l", "i", "")
    (stack,) = set(stacks(read(TYPES + TABLES + texts + SAMPLES[1])))
    assert stack == ("<script>\\xff;\n",)


def test_references_that_lead_nowhere():
    lost = location(1, 77) + message(5, number(1, 4), number(2, 999))
    profile = read(TYPES + lost + TEXTS + sample([1], [1, 1]))
    assert stacks(profile) == [("[unknown]",)] * 2
    assert profile.loss.reasons == ("1 lines name a function that the file does not define",)


def test_sniffs_only_its_own():
    raw = gzip.decompress(SAMPLE.read_bytes())
    assert READER.sniff(raw)
    assert READER.sniff(WHOLE)
    for other in (b"", b"\n", b"main;f 3\n", TABLES + TEXTS, raw[1:], b"\x0a\x04plain text\n" * 9):
        assert not READER.sniff(other)


def test_any_change_of_bytes():
    chance = random.Random(5)
    for _ in range(2_000):
        content = bytearray(WHOLE)
        for _ in range(chance.randint(1, 5)):
            content[chance.randrange(len(content))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, 0x12])
        assert complaints(bytes(content)) == []


def complaints(content: bytes) -> list[str]:
    """Return what is wrong with how a file was read, or refused."""
    try:
        profile = read(content)
    except SlonanaError as error:
        return ["a refusal of several lines"] if "\n" in str(error) else []
    return problems(profile, len(content))
