"""Reading collapsed stacks: what others wrote, oddities, damage."""

import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, strategies

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers.collapsed import READER
from slonana_analysis.readers.registry import read_profile
from tests.fuzz.invariants import problems
from tests.readers.pprof_writer import stacks

SAMPLE = Path(__file__).resolve().parents[1] / "data/exchange/py-spy-collapsed.txt"


def read(text: str | bytes) -> Profile:
    raw = text.encode() if isinstance(text, str) else text
    return READER.read(io.BytesIO(raw), "made.folded")


def test_a_file_of_py_spy() -> None:
    profile = read_profile(SAMPLE)
    table = functions(profile).set_index("function")
    assert (profile.format, profile.weight, profile.unit) == ("collapsed", 54, "samples")
    assert table.loc["inner.<locals>.<genexpr> (busy.py:3)", "self"] == 43
    assert table.loc["outer (busy.py:6)", ["self", "inclusive"]].tolist() == [1, 54]
    assert profile.loss.reasons == ()


def test_annotations_say_where_a_frame_ran() -> None:
    profile = read("a;do_sys_[k];inl_[i];jit_[j];plain_[x] 3\n")
    frames = profile.frames.astype(str)
    assert frames["function"].tolist() == ["a", "do_sys", "inl", "jit", "plain_[x]"]
    assert frames["module"].tolist() == ["", "[kernel.kallsyms]", "", "", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b 1\r\na;c 2\r\n", [("a", "b"), ("a", "c")]),
        ("a;b; 1\n", [("a", "b")]),
        (";a;;b 1\n", [("a", "b")]),
        ("operator new(unsigned long) 7;b c 1\n", [("operator new(unsigned long) 7", "b c")]),
        ("# a comment\n\na 1\n", [("a",)]),
        ("a;a;a 1\n", [("a", "a", "a")]),
        (b"a;\xff\x00;<b> 1\n", [("a", "\\xff\x00", "<b>")]),
    ],
)
def test_lines_as_producers_write_them(text: str | bytes, expected: list[tuple[str, ...]]) -> None:
    profile = read(text)
    assert stacks(profile) == expected
    assert profile.loss.reasons == ()


@pytest.mark.parametrize(
    "bad", ["no number", "a;b -1", "a;b 1.5", "a;b1", "5", "a 1234567890123456789", "a;b 1 "]
)
def test_lines_without_a_number_are_dropped_and_told(bad: str) -> None:
    text = f"a;b 1\n{bad}\nc 2\n"
    profile = read(text)
    assert profile.samples["weight"].tolist() == [1, 2]
    assert (profile.loss.dropped, profile.loss.bytes_read) == (1, len(text) - len(bad) - 1)
    assert profile.loss.reasons == ("1 lines have no number behind a stack, the first at line 2",)


def test_cut_at_every_byte() -> None:
    """A number may lack digits where the file ends, so the last line is not believed."""
    text = SAMPLE.read_bytes()
    ends = [place + 1 for place, byte in enumerate(text) if byte == 10]
    weights = read(text).samples["weight"].tolist()
    for size in range(1, len(text)):
        profile = read(text[:size])
        whole = sum(end <= size for end in ends)
        assert profile.samples["weight"].tolist() == weights[:whole]
        assert profile.loss.truncated == (size not in ends)
        assert problems(profile, size) == []


def test_a_stack_may_lie_on_the_border_of_two_blocks() -> None:
    line = b";".join(b"frame%d" % place for place in range(2_000)) + b" 3\n"
    profile = read(line * 200)
    assert profile.weight == 600
    assert len(profile.nodes) == 2_000


def test_weights_beyond_64_bits_are_refused() -> None:
    with pytest.raises(FormatError, match="64 bits"):
        read("a 999999999999999999\n" * 10)


@pytest.mark.parametrize(
    ("head", "ours"),
    [
        ("a;b 3\n", True),
        ("a;b 3\r\nc;d 4\r\n", True),
        ("a;b 3\nc;d 4\nlonger;line;that is cu", True),
        ("", False),
        ("a 3\nb 4\n", False),
        ("a;b\n", False),
        ("{}", False),
        ("fn=(1) main\n16 400\n", False),
    ],
)
def test_sniffs_only_its_own(head: str, ours: bool) -> None:
    assert READER.sniff(head.encode()) == ours


names = strategies.text(
    strategies.characters(codec="utf-8", exclude_characters=";\n\r"), min_size=1
).filter(lambda name: not name.startswith("#") and not name.endswith(("_[k]", "_[i]", "_[j]")))
lines = strategies.tuples(
    strategies.lists(names, min_size=1, max_size=6), strategies.integers(0, 10**12)
)


@given(strategies.lists(lines, min_size=1, max_size=20))
def test_any_stacks_come_back(written: list[tuple[list[str], int]]) -> None:
    text = "".join(f"{';'.join(stack)} {weight}\n" for stack, weight in written)
    profile = read(text)
    found: Counter[tuple[str, ...]] = Counter()
    for stack, weight in zip(stacks(profile), profile.samples["weight"].tolist(), strict=True):
        found[stack] += weight
    expected: Counter[tuple[str, ...]] = Counter()
    for frames, weight in written:
        expected[tuple(frames)] += weight
    assert found == expected


@given(strategies.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    if raw:
        assert problems(read(raw), len(raw)) == []
