"""heaptrack recordings: every event by call path, memory over time, heaptrack_print's totals."""

import gzip
import io
import re
import subprocess
from collections import Counter

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.readers.heaptrack import READER
from slonana_analysis.readers.heaptrack_suppressions import matches, parse_suppression
from slonana_analysis.readers.registry import read_profile
from tests.readers.memory_text import HEAPTRACK, events_of, stacks_of
from tests.requirements import SHARED

CAPTURES = SHARED / "captures"
INLINED = ("main", "grow", "put")
NAMELESS = ("main", "0x7f00")


def read(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return READER.read(io.BytesIO(raw), "test")


def totals(profile):
    return profile.samples.groupby("event", observed=True)["weight"].sum().to_dict()


def test_every_event_by_call_path_with_inlined_frames():
    profile = read(HEAPTRACK)
    assert events_of(profile) == {
        "allocations": {INLINED: 3, NAMELESS: 2},
        "allocated": {INLINED: 0x30, NAMELESS: 0x40},
        "temporary": {INLINED: 1, NAMELESS: 1},
        "peak": {INLINED: 0x10, NAMELESS: 0x40},
        "leaked": {INLINED: 0x20},
    }
    assert profile.units == {
        "allocations": "allocations",
        "allocated": "bytes",
        "temporary": "allocations",
        "peak": "bytes",
        "leaked": "bytes",
        "suppressed": "bytes",
    }
    assert profile.loss.reasons == ()
    assert profile.loss.bytes_read == profile.loss.bytes == len(HEAPTRACK)
    assert not profile.loss.truncated


def test_frames_have_module_file_and_line():
    rows = read(HEAPTRACK).frames.astype(str).itertuples(index=False, name=None)
    assert set(rows) == {
        ("main", "/opt/app", "main.c", "5"),
        ("put", "/opt/app", "put.h", "7"),
        ("grow", "/opt/app", "table.c", "31"),
        ("0x7f00", "/l.so", "", "0"),
    }


def test_memory_over_time_keeps_the_exact_peak():
    profile = read(HEAPTRACK)
    rows = list(profile.snapshots[["time", "heap", "kind"]].itertuples(index=False, name=None))
    assert rows == [
        (0, 0x20, "detailed"),
        (10_000_000, 0x50, "peak"),
        (20_000_000, 0x50, "detailed"),
        (30_000_000, 0x20, "detailed"),
        (30_000_000, 0x20, "detailed"),
    ]
    held = profile.held.groupby("snapshot")["weight"].sum()
    assert held.tolist() == profile.snapshots["heap"].tolist()
    peak = profile.held[profile.held["snapshot"] == 1]
    assert stacks_of(profile, peak) == events_of(profile)["peak"]


def test_header():
    assert read(HEAPTRACK).header == {
        "heaptrack version": "1.4.0",
        "command": "/opt/app --all",
        "page size": "4096",
        "peak resident bytes": str(0x64 * 4096),
    }


def test_older_formats_without_lengths_of_strings():
    plain = re.sub(r"(?m)^s [0-9a-f]+ ", "s ", HEAPTRACK)
    for version in ("v 10400 2", "v 10400 1", "v 10200"):
        profile = read(plain.replace("v 10400 3", version))
        assert events_of(profile) == events_of(read(HEAPTRACK))
        assert profile.loss.reasons == ()


def test_line_ends_of_windows():
    profile = read(HEAPTRACK.replace("\n", "\r\n"))
    assert events_of(profile) == events_of(read(HEAPTRACK))
    assert profile.loss.reasons == ()


def test_attached_recordings_say_so():
    profile = read(HEAPTRACK.replace("I 1000", "A\nI 1000"))
    assert "attached" in profile.header
    assert profile.loss.reasons == ()


def test_suppressed_leaks_are_an_event_of_their_own():
    profile = read(HEAPTRACK.replace("I 1000", "S leak:^gro*\nI 1000"))
    assert totals(profile)["suppressed"] == 0x20
    assert "leaked" not in totals(profile) or totals(profile)["leaked"] == 0
    assert totals(read(HEAPTRACK.replace("I 1000", "S leak:^row\nI 1000")))["leaked"] == 0x20


@pytest.mark.parametrize(
    ("pattern", "text", "hit"),
    [
        ("row", "grow", True),
        ("^row", "grow", False),
        ("gr$", "grow", False),
        ("ow$", "grow", True),
        ("g*w", "grow", True),
        ("w*g", "grow", False),
        ("^g*o$", "grow", False),
        ("gr", "", False),
        ("ow*ow$", "grow", False),
    ],
)
def test_suppression_patterns(pattern, text, hit):
    assert matches(pattern, text) == hit


def test_suppression_lines():
    assert parse_suppression(" leak:foo ") == "foo"
    assert parse_suppression("# comment") == parse_suppression("race:foo") == ""


def test_stacks_that_are_not_known_are_one_frame():
    profile = read(HEAPTRACK.replace("a 10 2\n", "a 10 0\n"))
    assert events_of(profile)["leaked"] == {("[unknown]",): 0x20}


def test_raw_recordings_are_refused_with_what_to_do():
    raw = b"v 10400 3\nx 4 /app\nX /app\nI 1000 10\nt 4010 0\n+ 10 1 5000\n"
    assert READER.sniff(raw)
    with pytest.raises(FormatError, match="heaptrack_interpret"):
        read(raw)


@pytest.mark.parametrize("version", ["v 10500 4", "v 10100 0", "v 10100"])
def test_unknown_versions_are_refused(version):
    with pytest.raises(FormatError, match="line 1"):
        read(HEAPTRACK.replace("v 10400 3", version))


def test_long_recordings_are_bounded_and_keep_their_peak():
    stamps = range(1, 9001)
    events = [f"{'+' if stamp <= 6000 else '-'} 0\nc {stamp:x}\n" for stamp in stamps]
    text = (
        HEAPTRACK.partition("a 10 2")[0] + "a 10 2\n" + "".join(events) + "# strings: 8\n# ips: 3\n"
    )
    profile = read(text)
    assert len(profile.snapshots) <= 2000
    assert profile.snapshots["heap"].max() == 6000 * 0x10
    assert profile.snapshots["time"].is_monotonic_increasing
    assert profile.held["snapshot"].nunique() <= 51
    held = profile.held.groupby("snapshot")["weight"].sum()
    assert (profile.snapshots["heap"][held.index] == held).all()


def test_recorded_capture():
    profile = read_profile(recorded_capture("heaptrack-pipeline").directory)
    assert (profile.format, profile.tool, profile.time_unit) == ("heaptrack", "heaptrack", "ns")
    # heaptrack_print: calls 79989, temporary 38571, peak 6.53M, leaked 4.42K, peak RSS 10.90M.
    assert totals(profile) == {
        "allocations": 79_989,
        "allocated": 28_653_435,
        "temporary": 38_571,
        "peak": 6_530_630,
        "leaked": 4_416,
    }
    assert round(int(profile.header["peak resident bytes"]) / 1e6, 2) == 10.9
    assert profile.loss.reasons == ()


@pytest.mark.requires_heaptrack
def test_totals_are_those_that_heaptrack_prints():
    file = recorded_capture("heaptrack-pipeline").main
    _agrees(
        _printed(
            subprocess.run(
                ["heaptrack_print", str(file)], capture_output=True, text=True, check=True
            ).stdout
        ),
        read_profile(file),
    )


def _printed(text):
    def found(pattern):
        return re.search(pattern, text)[1]

    return (
        int(found(r"calls to allocation functions: (\d+)")),
        int(found(r"temporary memory allocations: (\d+)")),
        found(r"peak heap memory consumption: (\S+)"),
        found(r"total memory leaked: (\S+)"),
    )


def _agrees(printed, profile):
    amounts = totals(profile)
    assert (amounts["allocations"], amounts["temporary"]) == printed[:2]
    assert (_short(amounts["peak"]), _short(amounts["leaked"])) == printed[2:]


def _short(amount):
    """Print bytes as heaptrack does, in steps of 1000."""
    units = iter("BKMGT")
    unit = next(units)
    value = float(amount)
    while value > 1000:
        value /= 1000
        unit = next(units)
    return f"{amount}B" if unit == "B" else f"{value:.2f}{unit}"


@pytest.mark.requires_shared
def test_validator_capture_has_the_totals_of_heaptrack_print():
    profile = read_profile(CAPTURES / "heaptrack.slonana_validator.zst")
    shown = gzip.decompress((CAPTURES / "validator.heaptrack_print.txt.gz").read_bytes()).decode()
    _agrees(_printed(shown), profile)
    assert totals(profile)["suppressed"] == 52
    assert "suppressed leaks: 52B" in shown
    assert totals(profile)["peak"] == profile.snapshots["heap"].max() == 4_386_850
    assert round(int(profile.header["peak resident bytes"]) / 1e6, 2) == 29.94
    assert profile.loss.reasons == ()
    assert profile.loss.bytes == profile.loss.bytes_read == 100_796_626


@pytest.mark.requires_shared
def test_validator_capture_has_the_stacks_of_heaptrack_print():
    profile = read_profile(CAPTURES / "heaptrack.slonana_validator.zst")
    text = gzip.decompress((CAPTURES / "validator.heaptrack.folded.gz").read_bytes()).decode()
    theirs = Counter()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        theirs[_frames_seen(stack)] += int(count)
    ours = Counter()
    for stack, weight in events_of(profile)["allocations"].items():
        ours[_as_printed(stack)] += weight
    assert ours == theirs


_STOPS = ("main", "__libc_start_main", "__static_initialization_and_destruction_0")
_ABOVE = ("_start", "__libc_start_call_main", "__libc_start_main_impl", "_GLOBAL__sub_I_")


def _frames_seen(stack):
    """Take functions out of a printed stack: files and the order of inlined frames are dropped."""
    functions = [re.sub(r" \([^()]*\)$", "", part) for part in stack.split(";") if part]
    # heaptrack stops at main, but not where something was inlined into it; so do it for it.
    if any(function in _STOPS for function in functions):
        functions = [function for function in functions if not function.startswith(_ABOVE)]
    return tuple(sorted(functions))


def _as_printed(stack):
    """Drop what heaptrack does not print: template arguments, operator new, all above main."""
    news = ("operator new(unsigned long)", "operator new[](unsigned long)")
    kept = [function for function in stack if function not in news]
    for place in range(len(kept) - 1, -1, -1):
        if kept[place] in _STOPS:
            kept = kept[place:]
            break
    return tuple(sorted(_without_templates(function) for function in kept))


def _without_templates(function):
    text, depth = "", 0
    for letter in function:
        if letter in "<>" and len(text) >= 8 and text.endswith(("operator", f"operator{letter}")):
            text += letter
            continue
        if letter == "<":
            depth += 1
            text += "<" if depth == 1 else ""
        elif letter == ">":
            depth -= 1
        if depth == 0 and letter != "<":
            text += letter
    return text
