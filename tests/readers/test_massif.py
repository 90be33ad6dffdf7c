"""Massif output: every unit and tree, and the totals that ms_print shows."""

import gzip
import io
import re

import pytest

from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model import schema
from slonana_analysis.readers.massif import READER
from slonana_analysis.readers.massif_labels import place_of
from slonana_analysis.readers.registry import read_profile
from tests.readers.memory_text import MASSIF, massif_snapshot, stacks_of
from tests.requirements import SHARED

CAPTURES = SHARED / "captures"


def read(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return READER.read(io.BytesIO(raw), "test")


def test_trees_hang_the_other_way_round_with_callers_as_parents():
    profile = read(MASSIF)
    assert stacks_of(profile, profile.samples) == {
        ("main", "grow", "new_entry"): 60,
        ("start", "new_entry"): 25,
        ("[below massif's threshold]", "new_entry"): 5,
        ("[below massif's threshold]",): 10,
    }
    assert (profile.event, profile.unit_of("peak"), profile.weight) == ("peak", "bytes", 100)
    assert profile.loss.reasons == ()
    assert profile.loss.bytes_read == profile.loss.bytes == len(MASSIF)


def test_frames_have_what_valgrind_prints_of_them():
    frames = read(MASSIF).frames.astype(str).itertuples(index=False, name=None)
    assert set(frames) == {
        ("[below massif's threshold]", "", "", "0"),
        ("new_entry", "", "entry.c", "7"),
        ("grow", "", "table.c", "31"),
        ("main", "", "main.c", "2"),
        ("start", "/lib/libc.so.6", "", "0"),
    }


def test_snapshots_keep_every_field():
    profile = read(MASSIF)
    assert list(profile.snapshots.columns) == schema.SNAPSHOTS.names
    assert list(profile.snapshots.itertuples(index=False, name=None)) == [
        (0, 0, 0, 0, "empty"),
        (50, 40, 8, 2, "detailed"),
        (90, 100, 16, 4, "peak"),
    ]
    held = profile.held.groupby("snapshot")["weight"].sum().to_dict()
    assert held == {1: 40, 2: 100}
    assert stacks_of(profile, profile.held[profile.held["snapshot"] == 1]) == {
        ("main", "grow", "new_entry"): 40
    }


@pytest.mark.parametrize(
    ("unit", "named", "times"),
    [
        ("i", "instructions", [0, 50, 90]),
        ("B", "bytes", [0, 50, 90]),
        ("ms", "ns", [0, 50_000_000, 90_000_000]),
        ("s", "ns", [0, 50_000_000_000, 90_000_000_000]),
    ],
)
def test_units_of_time(unit, named, times):
    profile = read(MASSIF.replace("time_unit: i", f"time_unit: {unit}"))
    assert profile.time_unit == named
    assert profile.snapshots["time"].tolist() == times


def test_times_with_a_fraction_as_heaptrack_exports_them():
    text = MASSIF.replace("time_unit: i", "time_unit: s").replace("time=50", "time=0.0515")
    assert read(text).snapshots["time"].tolist()[1] == 51_500_000


def test_line_ends_of_windows():
    profile, crlf = read(MASSIF), read(MASSIF.replace("\n", "\r\n"))
    assert crlf.loss.reasons == ()
    assert stacks_of(crlf, crlf.samples) == stacks_of(profile, profile.samples)
    assert crlf.snapshots.equals(profile.snapshots)
    assert crlf.header == profile.header == {"options": "(none)", "command": "/opt/app --all"}


def test_same_path_at_two_addresses_is_one_node():
    tree = "n2: 9 (heap allocation functions) x\n n0: 4 0x1: f (a.c:1)\n n0: 5 0x2: f (a.c:1)\n"
    profile = read(MASSIF.partition("#")[0] + massif_snapshot(0, 1, 9, "peak", tree))
    assert profile.held["weight"].tolist() == [9]
    assert len(profile.nodes) == 1


def test_a_tree_of_the_root_alone():
    tree = "n0: 9 (page allocation syscalls) mmap/mremap/brk, --alloc-fns, etc.\n"
    profile = read(MASSIF.partition("#")[0] + massif_snapshot(0, 1, 9, "peak", tree))
    assert [stack[0][:23] for stack in stacks_of(profile, profile.held)] == [
        "(page allocation syscal"
    ]


def test_deep_trees():
    depth = 3000
    lines = ["n1: 7 (heap allocation functions) x\n"]
    lines += [f"{' ' * d}n{int(d < depth)}: 7 0x1: f{d} (a.c:1)\n" for d in range(1, depth + 1)]
    text = MASSIF.partition("#")[0] + massif_snapshot(0, 1, 7, "peak", "".join(lines))
    profile = read(text)
    ((stack, weight),) = stacks_of(profile, profile.samples).items()
    assert (len(stack), stack[0], stack[-1], weight) == (depth, f"f{depth}", "f1", 7)


def test_without_a_marked_peak_the_largest_tree_stands_for_it():
    profile = read(MASSIF.replace("=peak", "=detailed"))
    assert profile.weight == 100
    assert "no snapshot is marked as the peak" in profile.loss.reasons[0]
    assert not profile.loss.truncated


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ("f(int (*)(char)) (a b.c:12)", ("f(int (*)(char))", "", "a b.c", 12)),
        ("??? (in /usr/lib/x.so)", ("[unknown]", "/usr/lib/x.so", "", 0)),
        ("???", ("[unknown]", "", "", 0)),
        ("operator new(unsigned long)", ("operator new(unsigned long)", "", "", 0)),
        ("f (a.c:99999999999)", ("f (a.c:99999999999)", "", "", 0)),
        ("", ("[unknown]", "", "", 0)),
    ],
)
def test_places(label, place):
    assert place_of(label) == place


def test_recorded_capture():
    profile = read_profile(recorded_capture("massif-pipeline").directory)
    assert (profile.format, profile.tool, profile.time_unit) == ("massif", "massif", "ns")
    assert len(profile.snapshots) == 91
    # ms_print: "Detailed snapshots: [3, 9, 12, 14, 15, 18, 23, 31, 38, 43, 47, 55, 65, 71 (peak),
    # 81]", and for snapshot 3 the time 378 ms, useful heap 5,730,614, extra heap 17,978.
    assert sorted(set(profile.held["snapshot"])) == [
        *(3, 9, 12, 14, 15, 18, 23, 31, 38, 43, 47, 55, 65, 71, 81)
    ]
    assert profile.snapshots.iloc[3].tolist() == [378_000_000, 5_730_614, 17_978, 0, "detailed"]
    assert profile.weight == profile.snapshots["heap"][71] == 6_528_225
    assert profile.loss.reasons == ()


@pytest.mark.requires_shared
def test_validator_capture_has_the_totals_of_ms_print():
    profile = read_profile(CAPTURES / "validator.massif.out")
    shown = gzip.decompress((CAPTURES / "validator.ms_print.txt.gz").read_bytes()).decode()
    rows = re.findall(
        r"^ *(\d+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) *$", shown, re.MULTILINE
    )
    numbers = [[int(cell.replace(",", "")) for cell in row] for row in rows]
    snapshots = profile.snapshots
    assert [row[0] for row in numbers] == list(range(len(snapshots))) == list(range(73))
    for column, place in (("time", 1), ("heap", 3), ("overhead", 4), ("stack", 5)):
        assert snapshots[column].tolist() == [row[place] for row in numbers]
    marked = re.search(r"Detailed snapshots: \[(.*)\]", shown)[1]
    detailed = [int(number) for number in re.findall(r"\d+", marked)]
    assert sorted(set(profile.held["snapshot"])) == detailed
    held = profile.held.groupby("snapshot")["weight"].sum()
    # The first line below each detailed snapshot: "90.55% (1,734,804B) (heap allocation ...".
    roots = re.findall(r"^[\d.]+% \(([\d,]+)B\) \(heap allocation", shown, re.MULTILINE)
    assert held.tolist() == [int(root.replace(",", "")) for root in roots]
    assert snapshots["kind"].tolist().index("peak") == 48
    assert profile.weight == 6_874_464
    assert profile.loss.bytes_read == profile.loss.bytes
    assert profile.loss.reasons == ()
