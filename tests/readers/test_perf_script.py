"""perf script text in the forms perf prints it in, against values worked out by hand."""

import pytest

from slonana_analysis.model import schema

STACK = (
    "\t    55d0c0001189 inner+0x10 (/opt/demo/w)\n\t    55d0c000127e main+0x78 (/opt/demo/w)\n\n"
)
ONE_LINE = "      55d0c0001189 inner+0x10 (/opt/demo/w)\n"
INNER = ("inner", "/opt/demo/w", "", 0)
MAIN = ("main", "/opt/demo/w", "", 0)


def test_default_output(read, samples_of):
    profile = read("worker  8117  2320.492622:    1001001 cpu-clock: \n" + STACK)
    assert samples_of(profile) == [
        ("worker", -1, 8117, 2_320_492_622_000, 1_001_001, "cpu-clock", (MAIN, INNER))
    ]
    assert (profile.event, profile.unit, profile.weight) == ("cpu-clock", "ns", 1_001_001)
    assert (profile.format, profile.tool) == ("perf-script", "perf")
    assert profile.loss.bytes_read == profile.loss.bytes > 0
    assert profile.loss.records == 1
    assert not profile.loss.truncated
    assert profile.loss.reasons == ()


def test_tables_conform_to_the_schema(read, data):
    profile = read((data / "perf-events.txt").read_bytes())
    tables = {
        schema.FRAMES: profile.frames,
        schema.NODES: profile.nodes,
        schema.THREADS: profile.threads,
        schema.PROFILE_SAMPLES: profile.samples,
    }
    for table, frame in tables.items():
        assert list(frame.columns) == table.names
        assert [str(dtype) for dtype in frame.dtypes] == [column.dtype for column in table]
    parents = profile.nodes["parent"]
    assert (parents < profile.nodes.index).all()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("w  8117/8118  1.000002: cycles:u: ", ("w", 8117, 8118, 1_000_002_000, 1, "cycles:u")),
        ("w 8117 [003]  1.000002003:  7 cycles: ", ("w", -1, 8117, 1_000_002_003, 7, "cycles")),
        (
            "w  8117  1.000002:   9 cpu-clock:pppH: ",
            ("w", -1, 8117, 1_000_002_000, 9, "cpu-clock:pppH"),
        ),
        (
            "Web Content 1 12345 [001]  1.000002: cycles:",
            ("Web Content 1", -1, 12345, 1_000_002_000, 1, "cycles"),
        ),
        (
            "DOM Worker 21528 [003] 609678.457663: cycles: ",
            ("DOM Worker", -1, 21528, 609_678_457_663_000, 1, "cycles"),
        ),
        (
            "a.b.maps    21452/21460 [007] 11371.483014: 201198 cpu-clock:",
            ("a.b.maps", 21452, 21460, 11_371_483_014_000, 201_198, "cpu-clock"),
        ),
        (":-1    -1 [000]     0.000001:  3 cycles: ", (":-1", -1, -1, 1000, 3, "cycles")),
        ("w  8117 [001] u  1.000002:    5 cycles: ", ("w", -1, 8117, 1_000_002_000, 5, "cycles")),
        ("w  1.000002: cycles: ", ("w", -1, -1, 1_000_002_000, 1, "cycles")),
        ("w  8117  1.000002:     250000 ", ("w", -1, 8117, 1_000_002_000, 250_000, "unknown")),
        (
            "w  8117  1.000002:  2 cpu/event=0x3c,umask=0x0/u: ",
            ("w", -1, 8117, 1_000_002_000, 2, "cpu/event=0x3c,umask=0x0/u"),
        ),
        ("w  8117  1.000002:  2 raw 0x1a8: ", ("w", -1, 8117, 1_000_002_000, 2, "raw 0x1a8")),
        ("java 19983 cycles:", ("java", -1, 19983, -1, 1, "cycles")),
        ("foobar [worker] 21332 cycles:", ("foobar [worker]", -1, 21332, -1, 1, "cycles")),
        ("w  8117/8117 cpu-clock:ppp: ", ("w", 8117, 8117, -1, 1, "cpu-clock:ppp")),
        (" 8117    1001001 ", ("", -1, 8117, -1, 1_001_001, "unknown")),
        ("w ", ("w", -1, -1, -1, 1, "unknown")),
        ("w cpu-clock:ppp: ", ("w", -1, -1, -1, 1, "cpu-clock:ppp")),
        ("", ("", -1, -1, -1, 1, "unknown")),
    ],
)
def test_fields_of_a_first_line(read, samples_of, fields, expected):
    profile = read(f"{fields}\n{STACK}" * 2)
    assert samples_of(profile) == [(*expected, (MAIN, INNER))] * 2
    assert profile.loss.bytes_read == profile.loss.bytes
    assert profile.loss.reasons == ()


@pytest.mark.parametrize(
    "fields",
    [
        "               w  8117/8117   2320.492622: cpu-clock:ppp:",
        "w  8117  2320.492622:    1001001 cycles:u:",
        "               w  8117  2320.492622:    1001001",
        "               w  8117  2320.492622:",
        "               w  8117 cpu-clock:u:",
        "",
    ],
)
def test_frame_on_the_same_line(read, samples_of, fields):
    profile = read(f"{fields}{ONE_LINE}" * 3)
    assert [sample[-1] for sample in samples_of(profile)] == [(INNER,)] * 3
    assert profile.loss.reasons == ()
    assert profile.loss.bytes_read == profile.loss.bytes


def test_a_sample_on_every_line_and_no_stack(read, samples_of):
    line = "               w  2320.492622: cpu-clock:ppp: \n"
    profile = read(line * 3)
    assert samples_of(profile) == [("w", -1, -1, 2_320_492_622_000, 1, "cpu-clock:ppp", ())] * 3
    assert not profile.loss.truncated


@pytest.mark.parametrize(
    ("line", "function", "module"),
    [
        ("\t ffffffff815d2e35 do_mmap+0x5 ([kernel.kallsyms])", "do_mmap", "[kernel.kallsyms]"),
        ("\t           2724a [unknown] (/lib/libc.so.6)", "[unknown]", "/lib/libc.so.6"),
        ("\t    7fc2b0b338a8 [unknown] ([unknown])", "[unknown]", "[unknown]"),
        ("\t    7fc2b0b338a8 [unknown]", "[unknown]", ""),
        ("\t    7fc2b0b338a8 main", "main", ""),
        ("\t    7fc2b0b338a8 main+0x1f", "main", ""),
        ("\t    7fc2b0b338a8", "0x7fc2b0b338a8", ""),
        ("\t    7fc2b0b338a8 (/opt/demo/w)", "0x7fc2b0b338a8", "/opt/demo/w"),
        ("\t    7fc2b0b338a8 f (/tmp/a b (deleted))", "f", "/tmp/a b (deleted)"),
        ("\t    7fc2b0b338a8 f+0x1 (/tmp/a (x)(deleted))", "f", "/tmp/a (x)(deleted)"),
        ("\t    7fc2b0b338a8 f (/lib/libc.so.6+0x27d90)", "f", "/lib/libc.so.6"),
        ("\t    7f443cc8af43 __mmap64 (inlined)", "__mmap64", "[inlined]"),
        ("        7b0da4f360 hash ([JIT app cache])", "hash", "[JIT app cache]"),
        (
            (
                "\t 561aa58dbcc3 "
                "std::_Function_handler<int (int, int), main::{lambda(int, int)#1}>::_M_invoke (/a)"
            ),
            "std::_Function_handler<int (int, int), main::{lambda(int, int)#1}>::_M_invoke",
            "/a",
        ),
        (
            "\t 561aa58dc06e std::function<int (int, int)>::operator() (/a)",
            "std::function<int (int, int)>::operator()",
            "/a",
        ),
        ("\t 561aa58dc06e operator new(unsigned long)", "operator new(unsigned long)", ""),
        (
            "\t 561aa58dc06e (anonymous namespace)::f(int) (/a)",
            "(anonymous namespace)::f(int)",
            "/a",
        ),
        (
            "\t 5620 <alloc::boxed::Box<T> as gc::trace::Trace>::trace::mark+0xe (/boa)",
            "<alloc::boxed::Box<T> as gc::trace::Trace>::trace::mark",
            "/boa",
        ),
        (
            "\t 7f Ljava/io/FileOutputStream;::write (/tmp/perf-19982.map)",
            "Ljava/io/FileOutputStream;::write",
            "/tmp/perf-19982.map",
        ),
    ],
)
def test_frames(read, line, function, module):
    frames = read(f"w  8117  1.000002:   9 cycles: \n{line}\n\n").frames
    assert frames.values.tolist() == [[function, module, "", 0]]


def test_bytes_that_are_not_utf8_stay_visible(read):
    profile = read(b"w\xff  8117  1.000002:   9 cycles: \n\t 7f a\xfe\xc3\xa9 (/m)\n\n")
    assert profile.threads["name"].tolist() == ["w\\xff"]
    assert profile.frames["function"].tolist() == ["a\\xfeé"]


def test_several_events_and_trace_fields(read, data):
    profile = read((data / "perf-events.txt").read_bytes())
    counted = profile.samples.groupby("event", observed=True)["weight"].agg(["size", "sum"])
    assert counted.to_dict("index") == {
        "page-faults": {"size": 8, "sum": 149},
        "sched:sched_switch": {"size": 2, "sum": 2},
        "cpu-clock:u": {"size": 13, "sum": 3_250_000},
    }
    assert profile.event == "page-faults,sched:sched_switch,cpu-clock:u"
    assert profile.unit == "mixed"
    assert profile.loss.records == 23
    assert (profile.samples["node"] >= 0).all()


def test_units(read):
    line = "w  8117  1.000002: {} \n" + STACK
    assert read(line.format("5 task-clock:u:")).unit == "ns"
    assert read(line.format("5 cycles:")).unit == "events"
    assert read(line.format("cpu-clock:")).unit == "samples"
    assert read(line.format("5 cycles:") + line.format("7 page-faults:")).unit == "events"
    assert read(line.format("5 cycles:") + line.format("7 cpu-clock:")).unit == "mixed"


def test_source_lines(read, data, samples_of):
    profile = read((data / "perf-srcline.txt").read_bytes())
    assert profile.loss.reasons == ()
    assert samples_of(profile)[1][-1] == (
        ("__libc_start_call_main", "/usr/lib/x86_64-linux-gnu/libc.so.6", "libc-start.c", 74),
        ("main", "/opt/demo/w", "w.c", 7),
        ("rec", "/opt/demo/w", "w.c", 4),
        ("rec", "/opt/demo/w", "w.c", 4),
    )


def test_header_comments(read, data):
    profile = read((data / "perf-header.txt").read_bytes())
    assert profile.header["hostname"] == "vm"
    assert profile.header["perf version"] == "6.1.187"
    assert profile.header["cmdline"].startswith("/usr/bin/perf record")
    assert profile.loss.records == 12
    assert profile.weight == 12 * 5_025_125
    assert profile.loss.bytes_read == profile.loss.bytes


def test_a_command_line_with_line_ends_in_the_header(read):
    text = (
        "# ========\n# hostname : vm\n# cmdline : perf record -c a\n    add 3\n\nb = 1.5:\n"
        "# arch : x86_64\n# ========\n#\n"
    )
    profile = read(text + "w  8117  1.000002:   9 cycles: \n" + STACK)
    assert profile.header == {
        "hostname": "vm",
        "cmdline": "perf record -c a\nadd 3\n\nb = 1.5:",
        "arch": "x86_64",
    }
    assert profile.loss.reasons == ()
    assert profile.loss.records == 1


def test_one_line_capture(read, data):
    profile = read((data / "perf-one-line.txt").read_bytes())
    assert profile.loss.records == 15
    assert set(profile.nodes["parent"]) == {-1}


def test_side_band_records_are_no_samples_and_their_losses_are_told(read):
    text = (
        "w  8117  1.000001: PERF_RECORD_COMM exec: w:8117/8117\n"
        "swapper     0     0.000000: PERF_RECORD_MMAP -1/0: [0xffffffff81000000(0x1)]: x k\n"
        "w  8117  1.000002:   9 cycles: \n"
        + STACK
        + "w  8117  1.000003: PERF_RECORD_LOST lost 17\n"
        "|6        int main(void) {\n"
    )
    profile = read(text)
    assert profile.loss.records == 1
    assert profile.loss.bytes_read == profile.loss.bytes
    assert profile.loss.reasons == ("perf itself reports 17 lost events",)


def test_a_sample_without_a_stack(read, samples_of):
    text = "w  8117  1.000002:   9 cycles: \n\nw  8117  1.000003:   9 cycles: \n" + STACK
    assert [len(sample[-1]) for sample in samples_of(read(text))] == [0, 2]


def test_equal_stacks_share_their_nodes(read):
    text = "w  8117  1.000002:   9 cycles: \n" + STACK
    profile = read(text * 50)
    assert len(profile.nodes) == 2
    assert len(profile.frames) == 2
    assert profile.samples["node"].tolist() == [1] * 50


def test_line_ends_of_other_systems(read, samples_of, data):
    text = (data / "perf-events.txt").read_bytes()
    assert samples_of(read(text.replace(b"\n", b"\r\n"))) == samples_of(read(text))
