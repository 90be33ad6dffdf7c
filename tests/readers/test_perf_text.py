"""The reader in machine code against the state machine in Python: the same in every case."""

import io
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slonana_analysis.readers import perf_script
from slonana_analysis.readers.perf_parser import PerfParser
from slonana_analysis.readers.perf_script import READER
from slonana_analysis.readers.perf_text import collector, tables
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder

FIRST_LINES = [
    b"w  8117  1.000002:   9 cycles: ",
    b"w  8117/8118  1.000002003:   250123 cycles:u: ",
    b"w 8117 [003]  1.000002: cycles: ",
    b"Web Content 1 12345 [001]  12345.000002: cpu-clock:pppH:",
    b"w  8117  1.000002:  2 raw 0x1a8: ",
    b"w  8117  1.000002:  2 cpu/event=0x3c,umask=0x0/u: ",
    b"w  8117  1.000002:     250000 ",
    b"w  8117  1.000002: ",
    b"w  8117  1.000002: sched:sched_switch: prev_comm=w prev_pid=3 ==> next_comm=a:b next_pid=5",
    b"w  8117  1.000002: 1 PERF_RECORD_X: ",
    b"w  8117  1.000002: PERF_RECORD_X: lost 3",
    b"swapper     0     0.000000: PERF_RECORD_MMAP -1/0: [0xffffffff81000000(0x1)]: x k",
    b"w  8117  1.000003: PERF_RECORD_LOST lost 17",
    b"java 19983 cycles:",
    b"w  8117/8117 cpu-clock:ppp: ",
    b" 8117    1001001 ",
    b"w ",
    b"1.000002: cycles: ",
    b" 1.000002: cycles: ",
    b"w  8117  1.000002:  999999999999999999999 cycles: ",
    b"w\xff  8117  1.000002:   9 cycles: ",
    b"# hostname : vm",
    b"# ========",
    b"w 1 1.0000022: 1.000002: 5 cycles: ",
    b"w 1 1.000002: 12:  13 cycles: ",
    b"x" * 1010 + b" 1.000002: 5 cycles: ",
]
OWN_FRAMES = [
    b"",
    b"      55d0c0001189 inner+0x10 (/opt/demo/w)",
    b"      55d0c0001189 [unknown] ([unknown])",
    b"      55d0c0001189",
    b"      55d0c0001189 ",
    b"  55d0c0001189 inner",
]
STACK_LINES = [
    b"\t ffffffff815d2e35 do_mmap+0x5 ([kernel.kallsyms])",
    b"\t           2724a [unknown] (/lib/libc.so.6)",
    b"\t    7fc2b0b338a8 [unknown] ([unknown])",
    b"\t    7fc2b0b338a8 [unknown]",
    b"\t    7fc2b0b338a8 main+0x1f",
    b"\t    7fc2b0b338a8",
    b"\t    7fc2b0b338a8 ",
    b"\t    7fc2b0b338a8 (/opt/demo/w)",
    b"\t    7fc2b0b338a8 f (/tmp/a b (deleted))",
    b"\t    7fc2b0b338a8 f+0x1 (/tmp/a (x)(deleted))",
    b"\t    7fc2b0b338a8 f (/lib/libc.so.6+0x27d90)",
    b"\t    7fc2b0b338a8 f+0x1 (/lib/libc.so.6+0x27d90)",
    b"\t    7fc2b0b338a8 f+0x1+0x2 (m+0xg)",
    b"\t    7fc2b0b338a8 +0x1 (m)",
    b"\t    7fc2b0b338a8 f+0x (m)",
    b"\t    7fc2b0b338a8 f+0x1 ()",
    b"\t    7fc2b0b338a8 f ()",
    b"\t    7fc2b0b338a8 f +0xab)",
    b"\t    7fc2b0b338a8 f(",
    b"\t    7fc2b0b338a8 f)",
    b"\t    7fc2b0b338a8 f) (m)",
    b"\t    7f443cc8af43 __mmap64 (inlined)",
    b"\t    7f443cc8af43 __mmap64 (inlined+0x5)",
    b"\t    7f443cc8af43 f+0x1 ([inlined])",
    b"        7b0da4f360 hash ([JIT app cache])",
    b"        7b0da4f360 1.000002: 5 cycles: ",
    b"\t 561aa58dc06e operator new(unsigned long)",
    b"\t 561aa58dc06e std::function<int (int, int)>::operator() (/a)",
    b"\t 561aa58dc06e (anonymous namespace)::f(int) (/a)",
    b"\t 5620 <alloc::boxed::Box<T> as gc::trace::Trace>::trace::mark+0xe (/boa)",
    b"\t 7f LazyCompile:*a;b /x/y.js:5 (/tmp/perf-1.map)",
    b"\t 7f main.(*T).go;x+0x5 (/go)",
    b"\t 7f a\xfe\xc3\xa9 (/m)",
    b"\t 7f \\xfe (/m)",
    b"\t 7f f\r (/m)",
    b"\t 12345678901234567 f (/m)",
    b"\t F00 f (/m)",
    b"\t  7f  f (/m)",
    b"  w.c:12",
    b"  w.c:12 (inlined)",
    b"  libc.so.6[27d90]",
    b"  ??:0",
    b"",
    b"",
    b"",
    b"   ",
    b"\x0b",
    b"garbage",
    b"\t garbage",
    b"|6        int main(void) {",
    b"\0\0\0",
]
LINES = st.one_of(
    st.builds(
        bytes.__add__,
        st.sampled_from(FIRST_LINES),
        st.sampled_from(OWN_FRAMES),
    ),
    st.sampled_from(STACK_LINES),
    st.sampled_from([*STACK_LINES[:4], b""]),
)
LINE_ENDS = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"])


def _said(profile):
    """Return everything a profile says, as plain values."""
    return {
        "frames": profile.frames.values.tolist(),
        "nodes": profile.nodes.values.tolist(),
        "threads": profile.threads.values.tolist(),
        "samples": profile.samples.values.tolist(),
        "loss": profile.loss,
        "header": profile.header,
        "event": profile.event,
        "unit": profile.unit,
    }


def _read_in_python(text):
    builder = ProfileBuilder()
    parser = PerfParser(builder)
    *lines, rest = text.split(b"\n")
    parser.feed(lines)
    parser.finish(rest)
    loss = parser.losses.ledger(len(text), builder.samples)
    said = Description("perf-script", "perf", parser.fields.unit, loss, parser.header)
    return builder.build(said, "test")


def _check(text):
    assert _said(READER.read(io.BytesIO(text), "test")) == _said(_read_in_python(text))


@settings(max_examples=400, deadline=None)
@given(lines=st.lists(st.tuples(LINES, LINE_ENDS), max_size=40), cut=st.integers(0, 30))
def test_any_order_of_lines(lines, cut):
    text = b"".join(line + end for line, end in lines)
    _check(text[: max(len(text) - cut, 0)])


SAMPLES = st.lists(
    st.tuples(
        st.sampled_from(FIRST_LINES[:5]),
        st.lists(st.sampled_from(STACK_LINES[:4] + STACK_LINES[-15:-11]), max_size=6),
    ),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(
    samples=SAMPLES, edits=st.lists(st.tuples(st.integers(0), st.binary(max_size=3)), max_size=3)
)
def test_samples_with_damage(samples, edits):
    text = b"".join(b"\n".join([first, *stack, b"\n"]) for first, stack in samples)
    for place, inserted in edits:
        at = place % (len(text) + 1)
        text = text[:at] + inserted + text[at + 1 :]
    _check(text)


def _mutated(text, random_numbers):
    for _ in range(random_numbers.randrange(1, 5)):
        at, other = (random_numbers.randrange(len(text) + 1) for _ in range(2))
        length = random_numbers.choice([1, 1, 2, 10, 100])
        inserted = random_numbers.choice(
            [b"", b"\n", b"\t", b" ", b":", b"\0", b"\r\n", text[other : other + length]]
        )
        text = text[:at] + inserted + text[at + random_numbers.choice([0, 1, length]) :]
    return text


@pytest.mark.parametrize(
    "name", ["perf-events.txt", "perf-header.txt", "perf-one-line.txt", "perf-srcline.txt"]
)
def test_mutated_files(data, name):
    whole = (data / name).read_bytes()[:4000]
    _check(whole)
    _check(whole * 3)
    random_numbers = random.Random(zlib.crc32(name.encode()))
    for _ in range(150):
        _check(_mutated(whole, random_numbers))


@pytest.mark.parametrize("block", [64, 500])
def test_tables_that_are_always_full(data, monkeypatch, block):
    monkeypatch.setattr(perf_script, "_CHUNK", block)
    monkeypatch.setattr(collector, "_REMEMBERED_BYTES", 1000)
    monkeypatch.setattr(tables.new_memory, "__defaults__", (8,))
    monkeypatch.setattr(tables.new_found, "__defaults__", (8,))
    for name in ["perf-events.txt", "perf-header.txt", "perf-one-line.txt", "perf-srcline.txt"]:
        _check((data / name).read_bytes() * 2)


def test_deep_stacks():
    line = b"\t 7f f%d+0x1 (/m)\n"
    stack = b"".join(line % number for number in range(3000))
    _check((FIRST_LINES[0] + b"\n" + stack + b"\n") * 3)


def test_many_distinct_lines():
    samples = [
        b"w%d  %d  1.%06d:  %d e%d: \n\t 7f f%d+0x%x (/m%d)\n\t 7f main+0x1 (/m)\n\n"
        % (i % 900, i % 700, i, i, i % 50, i % 800, i, i % 3)
        for i in range(3000)
    ]
    _check(b"".join(samples))
