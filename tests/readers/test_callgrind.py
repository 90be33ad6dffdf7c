"""callgrind's format, as its specification has it and as callgrind and others write it."""

import gzip
import io
import random

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.experiments.recorded import data_directory
from slonana_analysis.readers.cachegrind import READER as CACHEGRIND
from slonana_analysis.readers.callgrind import READER
from slonana_analysis.readers.registry import read_profile
from tests.readers.callgrind_line_by_line import read_line_by_line
from tests.readers.callgrind_tables import annotated, calls, own_costs, totals
from tests.requirements import SHARED

DATA = data_directory() / "callgrind-pipeline"

# "Extended Example" of the specification, its calls as the names alone and then as numbers.
NAMES = """# callgrind format
events: Instructions

fl=file1.c
fn=main
16 20
cfn=func1
calls=1 50
16 400
cfi=file2.c
cfn=func2
calls=3 20
16 400

fn=func1
51 100
cfi=file2.c
cfn=func2
calls=2 20
51 300

fl=file2.c
fn=func2
20 700
"""
NUMBERS = """# callgrind format
events: Instructions
# define file ID mapping
fl=(1) file1.c
fl=(2) file2.c
# define function ID mapping
fn=(1) main
fn=(2) func1
fn=(3) func2

fl=(1)
fn=(1)
16 20
cfn=(2)
calls=1 50
* 400
cfl=(2)
cfn=(3)
calls=3 20
+0 400

fn=(2)
+35 100
cfi=(2)
cfn=(3)
calls=2 20
* 300

fl=(2)
fn=(3)
-31 700
"""


@pytest.fixture
def read():
    def read_text(text):
        raw = text if isinstance(text, bytes) else text.encode()
        return READER.read(io.BytesIO(raw), "test")

    return read_text


@pytest.mark.parametrize("text", [NAMES, NUMBERS, NAMES.replace("\n", "\r\n")])
def test_extended_example(read, text):
    profile = read(text)
    assert own_costs(profile) == {
        ("main", "", "file1.c", 16, "Instructions"): 20,
        ("func1", "", "file1.c", 51, "Instructions"): 100,
        ("func2", "", "file2.c", 20, "Instructions"): 700,
    }
    main, func1, func2 = ("main", "", "file1.c"), ("func1", "", "file1.c"), ("func2", "", "file2.c")
    counts, inclusive = calls(profile)
    assert counts == {(main, func1): 1, (main, func2): 3, (func1, func2): 2}
    assert inclusive == {
        (main, func1, "Instructions"): 400,
        (main, func2, "Instructions"): 400,
        (func1, func2, "Instructions"): 300,
    }
    assert (profile.event, profile.unit, profile.weight) == ("Instructions", "events", 820)
    assert profile.loss.reasons == ()
    assert not profile.loss.truncated
    assert (profile.loss.records, profile.loss.dropped) == (6, 0)
    assert profile.loss.bytes_read == profile.loss.bytes == len(text)


def test_costs_that_a_line_leaves_out_are_none(read):
    profile = read("events: Cycles Instructions Flops\nfl=f.f\nfn=main\n15 90 14 2\n16 20 12\n")
    assert totals(profile) == {"Cycles": 110, "Instructions": 26, "Flops": 2}
    assert len(profile.samples) == 5


def test_positions_relative_to_the_last_cost_line(read):
    text = "positions: instr line\nevents: ticks\nfn=func\n0x80001234 90 1\n+3 * 5\n+0x1 +1 6\n"
    assert own_costs(read(text)) == {
        ("func", "", "", 90, "ticks"): 6,
        ("func", "", "", 91, "ticks"): 6,
    }


@pytest.mark.parametrize(
    ("positions", "line"),
    [("line", "7 3"), ("instr bb line", "0x10 2 7 3"), ("instr", "0xFFFFFFFFFFFFFFFF 3")],
)
def test_any_columns_of_positions(read, positions, line):
    profile = read(f"positions: {positions}\nevents: Ir\nfn=f\n{line}\n")
    expected = 7 if "line" in positions else 0
    assert own_costs(profile) == {("f", "", "", expected, "Ir"): 3}
    assert profile.unit == "instructions"


def test_inlined_code_belongs_to_the_function_it_was_inlined_into(read):
    text = (
        "events: Ir\nob=prog\nfl=a.c\nfn=f\n1 10\nfi=b.h\n70 5\ncfn=g\ncalls=2 9\n71 8\nfe=a.c\n"
        "2 1\nfn=g\n9 8\n"
    )
    profile = read(text)
    assert own_costs(profile) == {
        ("f", "prog", "a.c", 1, "Ir"): 10,
        ("f", "prog", "b.h", 70, "Ir"): 5,
        ("f", "prog", "a.c", 2, "Ir"): 1,
        ("g", "prog", "a.c", 9, "Ir"): 8,
    }
    # Without cfi= the callee lies in the file that is current, here that of the inlined code.
    assert calls(profile)[0] == {(("f", "prog", "a.c"), ("g", "prog", "b.h")): 2}


def test_object_and_file_of_a_callee_hold_for_one_call(read):
    text = (
        "events: Ir\nob=(1) prog\nfl=(1) a.c\nfn=(1) f\ncob=(2) lib\ncfi=(2) b.c\ncfn=(2) g\n"
        "calls=1 0\n1 4\ncfn=(3) h\ncalls=1 0\n1 5\n"
    )
    f = ("f", "prog", "a.c")
    assert calls(read(text))[0] == {(f, ("g", "lib", "b.c")): 1, (f, ("h", "prog", "a.c")): 1}


def test_jumps_are_passed_over(read):
    text = (
        "events: Ir\nfl=(1) a.c\nfn=(1) f\n1 4\njfi=(2) b.c\njfn=(2) g\njump=3 +2\n2\n"
        "jcnd=4/9 +1\n*\n+1 6\nfl=(2)\nfn=(2)\n1 1\n"
    )
    profile = read(text)
    assert own_costs(profile) == {
        ("f", "", "a.c", 1, "Ir"): 4,
        ("f", "", "a.c", 3, "Ir"): 6,
        ("g", "", "b.c", 1, "Ir"): 1,
    }
    assert profile.loss.reasons == ()


def test_names_that_begin_with_a_bracket_or_a_blank(read):
    profile = read("events: Ir\nfn= (below main)\n1 2\nfn=(3)  (anonymous)::f\n1 3\nfn=(3)\n1 4\n")
    assert {row[0] for row in own_costs(profile)} == {"(below main)", "(anonymous)::f"}


def test_recursive_calls_and_callees_without_cost(read):
    profile = read("events: Ir Dr\nfn=f\n1 2\ncfn=g\nrcalls=5 0\n1 0\n")
    edge = profile.edges.iloc[0]
    assert (edge["calls"], edge["inclusive"], edge["event"]) == (5, 0, "Ir")


def test_derived_events_and_long_names(read):
    text = (
        "event: Ir : Instruction Fetches\nevent: Sum = Ir + 2 Dr : all\nevent: Twice = 2 * Sum\n"
        "event: Bad = Ir - Dr\nevents: Ir Dr\nfn=f\n1 5 1\ncfn=g\ncalls=1 0\n1 0 3\n"
    )
    profile = read(text)
    assert totals(profile) == {"Ir": 5, "Dr": 1, "Sum": 7, "Twice": 14}
    assert calls(profile)[1][("f", "", ""), ("g", "", ""), "Twice"] == 12
    assert profile.header["event Ir"] == "Instruction Fetches"
    assert profile.loss.reasons == ("the formula of the event 'Bad' could not be used",)
    assert profile.unit_of("Ir") == "instructions"


PARTS = """version: 1
creator: callgrind-3.19.0
pid: 12
cmd: /opt/prog --fast
part: 1
thread: 1
events: Ir
summary: 9
fl=(1) a.c
fn=(1) f
1 9
totals: 9

part: 1
thread: 2
events: Ir Dr
fl=(1)
fn=(1)
1 3 1
cfn=(2) g
calls=4 0
1 2
totals: 3 1
"""


def test_parts_and_threads(read):
    profile = read(PARTS)
    assert list(profile.threads.itertuples(index=False, name=None)) == [
        (12, 1, "prog part 1"),
        (12, 2, "prog part 1"),
    ]
    weights = profile.samples.groupby(["thread", "event"], observed=True)["weight"].sum()
    assert weights.to_dict() == {(0, "Ir"): 9, (1, "Ir"): 3, (1, "Dr"): 1}
    assert len(profile.frames) == 3
    assert profile.loss.reasons == ()
    assert (profile.header["cmd"], profile.tool) == ("/opt/prog --fast", "callgrind")


def test_header_is_kept(read):
    profile = read(
        "version: 1\nx_key: 7\ndesc: I1 cache: 1 B\ndesc: Trigger: end\nevents: Ir\n1 2\n"
    )
    assert profile.header["I1 cache"] == "1 B"
    assert profile.header["x_key"] == "7"
    assert profile.threads.iloc[0].tolist() == [-1, -1, ""]


@pytest.mark.parametrize("name", ["callgrind.out.gz", "threads.out.gz"])
def test_recorded_pipeline_line_by_line(name):
    text = gzip.decompress((DATA / name).read_bytes()).decode()
    profile = READER.read(io.BytesIO(text.encode()), "test")
    own, counts, inclusive = read_line_by_line(text)
    assert own_costs(profile) == own
    assert calls(profile) == (counts, inclusive)
    assert (profile.loss.dropped, profile.loss.truncated, profile.loss.reasons) == (0, False, ())


def test_recorded_pipeline_as_callgrind_annotate_has_it():
    profile = read_profile(DATA)
    assert totals(profile)["Ir"] == 499_663_200
    assert profile.header["totals"].startswith("499663200 Ir, ")
    found = _by_file_and_function(profile, "Ir")
    text = gzip.decompress((DATA / "callgrind_annotate.txt.gz").read_bytes()).decode()
    assert found == annotated(text)


@pytest.mark.requires_shared
def test_validator_as_callgrind_annotate_has_it():
    profile = read_profile(SHARED / "captures" / "validator.callgrind.out")
    # The file's own 'totals:'; its 'summary:', which callgrind_annotate prints, is 625 less.
    assert profile.weight == 3_381_019_030
    assert profile.header["summary"] == "3381018405 Ir"
    assert profile.loss.reasons == ()
    printed = SHARED / "captures" / "validator.callgrind_annotate.txt.gz"
    listed = annotated(gzip.decompress(printed.read_bytes()).decode())
    costs = _by_file_and_function(profile, "Ir")
    # It takes the folder that it was started in off the names of files.
    found = {name.removeprefix("/opt/ref/slonana/"): cost for name, cost in costs.items()}
    assert len(listed) > 50
    assert {name: found[name] for name in listed} == listed


def _by_file_and_function(profile, event):
    found = {}
    for (function, _, file, _, of), cost in own_costs(profile).items():
        if of == event:
            name = f"{file}:{function}"
            found[name] = found.get(name, 0) + cost
    return found


def test_random_files_line_by_line(read):
    random_ = random.Random(1)
    for _ in range(20):
        text = _random_text(random_)
        profile = read(text)
        own, counts, inclusive = read_line_by_line(text)
        assert own_costs(profile) == own
        assert calls(profile) == (counts, inclusive)
        assert profile.loss.reasons == ()


def _random_text(random_):  # noqa: C901  # one case for each kind of line
    events = ["Ir", "Dr", "Dw"][: random_.randint(1, 3)]
    both = random_.random() < 0.5
    lines = [f"positions: {'instr line' if both else 'line'}", f"events: {' '.join(events)}"]
    known = {"f": set(), "o": set(), "l": set()}

    def name(kind):
        number = random_.randint(1, 30 if random_.random() < 0.9 else 5000)
        if random_.random() < 0.1:
            return f"{kind}-{number}"
        if number in known[kind]:
            return f"({number})"
        known[kind].add(number)
        return f"({number}) {kind}{number % 7}"

    def positions():
        words = [random_.choice(["*", "+3", "0x1f", "77"]) for _ in range(1 + both)]
        return " ".join(words)

    def costs():
        return " ".join(str(random_.randint(0, 3)) for _ in range(random_.randint(1, len(events))))

    lines += [f"fl={name('l')}", f"fn={name('f')}"]
    for _ in range(300):
        match random_.randint(0, 9):
            case 0:
                lines += [f"ob={name('o')}", f"fl={name('l')}", f"fn={name('f')}"]
            case 1:
                lines.append(f"{random_.choice(['fi', 'fe'])}={name('l')}")
            case 2 | 3:
                if random_.random() < 0.5:
                    lines.append(f"cob={name('o')}")
                if random_.random() < 0.5:
                    lines.append(f"{random_.choice(['cfi', 'cfl'])}={name('l')}")
                lines += [f"cfn={name('f')}", f"calls={random_.randint(1, 9)} {positions()}"]
                lines.append(f"{positions()} {costs()}")
            case 4:
                lines += [f"jump=2 {positions()}", positions()]
            case _:
                lines.append(f"{positions()} {costs()}")
    return "\n".join(lines) + "\n"


def test_many_distinct_things_make_the_tables_grow(read):
    rows = [f"fn=({n}) f{n}\n{n} 1 {n % 3} {n}\n" for n in range(1, 3000)]
    rows += [f"fn=({n})\ncfn=({n + 1})\ncalls=1 0\n{n} 2\n" for n in range(1, 2999)]
    profile = read("events: Ir Dr Dw\nfl=a.c\n" + "".join(rows))
    assert totals(profile) == {"Ir": 2999, "Dr": 3000, "Dw": sum(range(3000))}
    assert len(profile.edges) == 2998


def test_blocks_make_no_difference(monkeypatch, read):
    whole = read(PARTS)
    from slonana_analysis.readers import callgrind_text
    from slonana_analysis.readers.content import line_blocks

    monkeypatch.setattr(
        callgrind_text, "line_blocks", lambda stream, source: line_blocks(stream, source, 16)
    )
    parts = read(PARTS)
    assert own_costs(parts) == own_costs(whole)
    assert calls(parts) == calls(whole)
    assert parts.loss == whole.loss


def test_costs_beyond_64_bits(read):
    with pytest.raises(FormatError, match="64 bits"):
        read("events: Ir\nfn=f\n" + "1 999999999999999999\n" * 5)
    profile = read("events: Ir\nfn=f\n1 18446744073709551615\n1 4\n")
    assert profile.weight == 4
    assert profile.loss.dropped == 1


@pytest.mark.parametrize("text", [NAMES, NUMBERS, PARTS])
def test_recognised_by_content(text):
    assert READER.sniff(text.encode())
    assert not CACHEGRIND.sniff(text.encode())


@pytest.mark.parametrize(
    "head", [b"", b"\n", b"events: 5 things\n", b"desc: --\ncmd: x\ntime_unit: i\n", b"\0" * 50]
)
def test_other_things_are_not(head):
    assert not READER.sniff(head)
    assert not CACHEGRIND.sniff(head)
