"""Any profile written as perf script text reads back as it was."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from slonana_analysis.readers.perf_script import READER

# What perf can print: no line ends, no outer blanks, at most 15 bytes of a thread's name.
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"))
WORD = st.text(LETTERS, min_size=1, max_size=12).filter(lambda word: not word.startswith("#"))
COMM = st.lists(
    st.text(st.sampled_from("abcXYZ019-_/:.[]é"), min_size=1, max_size=6), min_size=1, max_size=2
).map(" ".join)
SYMBOL = st.one_of(
    st.just("[unknown]"),
    st.lists(WORD, min_size=1, max_size=3).map(" ".join),
    st.sampled_from(["operator()(int) const", "f<void (*)(int)>", "(anonymous namespace)::g()"]),
)
MODULE = st.one_of(st.sampled_from(["[kernel.kallsyms]", "[unknown]", "/a b (deleted)"]), WORD)
EVENT = st.sampled_from(["cycles:u", "cpu-clock", "sched:sched_switch", "cpu/event=0x3c/"])
FRAME = st.tuples(SYMBOL, MODULE.filter(lambda name: "inlined" not in name))
SAMPLE = st.tuples(
    COMM.filter(lambda name: not name.startswith("#")),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**31 - 1),
    st.integers(0, 10**18 - 1),
    st.integers(0, 10**15),
    EVENT,
    st.lists(FRAME, max_size=6),
)


def _write(samples):
    lines = []
    for comm, process, thread, time_ns, weight, event, stack in samples:
        time = f"{time_ns // 10**9:5d}.{time_ns % 10**9:09d}"
        lines.append(f"{comm} {process:5d}/{thread:<5d} [000] {time}: {weight:10d} {event}: ")
        for address, (symbol, module) in enumerate(reversed(stack)):
            offset = "" if symbol == "[unknown]" else "+0x1a"
            lines.append(f"\t{4096 + address:16x} {symbol}{offset} ({module})")
        lines.append("")
    return "".join(f"{line}\n" for line in lines).encode()


@settings(max_examples=100)
@given(samples=st.lists(SAMPLE, max_size=8))
def test_round_trip(samples):
    profile = READER.read(io.BytesIO(_write(samples)), "written")
    assert _listed(profile) == [
        (*sample[:6], tuple(tuple(frame) for frame in sample[6])) for sample in samples
    ]
    assert profile.loss.bytes_read == profile.loss.bytes
    assert profile.loss.reasons == ()


SNIPPETS = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"\n", b"\n\n", b"\t", b"#", b":", b"(", b"[unknown] (", b"# ========\n"]),
)
EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), SNIPPETS), max_size=6)


@settings(max_examples=300)
@given(edits=EDITS, one_line=st.booleans())
def test_any_damage_is_accounted_for(edits, one_line):
    frame = b"      55d0c0001189 inner+0x10 (/opt/demo/w)\n"
    line_end = b"" if one_line else b"\n\t"
    text = (b"w  8117  1.000002:   9 cycles: " + line_end + frame + line_end[:1]) * 4
    for place, removed, inserted in edits:
        at = place % (len(text) + 1)
        text = text[:at] + inserted + text[at + removed :]
    profile = READER.read(io.BytesIO(text), "damaged")
    loss = profile.loss
    assert 0 <= loss.bytes_read <= loss.bytes == len(text)
    assert loss.records == len(profile.samples)
    assert (loss.bytes_read < loss.bytes) <= bool(loss.reasons)


def _listed(profile):
    parents, frame_of = profile.nodes["parent"].tolist(), profile.nodes["frame"].tolist()
    frames = profile.frames[["function", "module"]].values.tolist()
    threads = profile.threads.values.tolist()

    def stack(node):
        path = []
        while node >= 0:
            path.insert(0, tuple(frames[frame_of[node]]))
            node = parents[node]
        return tuple(path)

    return [
        (threads[thread][2], *threads[thread][:2], time_ns, weight, event, stack(node))
        for node, thread, time_ns, weight, event in profile.samples.itertuples(index=False)
    ]
