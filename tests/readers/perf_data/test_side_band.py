"""Address spaces and thread names as they change, and what perf says it lost."""

import struct
import time

import pytest

from tests.readers.perf_data.writer import (
    IDENTIFIER,
    IN_KERNEL,
    KERNEL_MODE,
    LIBRARY,
    PROGRAM,
    TIME,
    USUAL,
    USUAL_EVENT,
    Event,
    data_file,
    read,
    record,
    stacks,
    thread_names,
)

EVENT = USUAL_EVENT


def modules(records, events=(EVENT,)):
    return [stack[0] for stack in stacks(read(data_file(records, events)))]


def test_a_library_loaded_and_replaced_over_time():
    records = [
        EVENT.mmap2(0x1000, 0x1000, PROGRAM),
        EVENT.sample([0x2000], time=5),
        EVENT.mmap2(0x2000, 0x1000, LIBRARY, time=6),
        EVENT.sample([0x2000], time=7),
        EVENT.mmap2(0x2000, 0x1000, "/nowhere/other.so", time=8),
        EVENT.sample([0x2000], time=9),
    ]
    assert modules(records) == ["[unknown]", LIBRARY, "/nowhere/other.so"]


def test_records_may_come_in_any_order():
    records = [
        EVENT.sample([0x2000], time=7),
        EVENT.mmap2(0x2000, 0x1000, "/nowhere/other.so", time=8),
        EVENT.mmap2(0x2000, 0x1000, LIBRARY, time=6),
        EVENT.sample([0x2000], time=5),
    ]
    assert modules(records) == ["[unknown]", LIBRARY]


def test_a_mapping_over_the_middle_of_another():
    records = [
        EVENT.mmap(0x1000, 0x3000, PROGRAM),
        EVENT.mmap(0x2000, 0x1000, LIBRARY, time=1),
        *(EVENT.sample([address], time=2) for address in (0xFFF, 0x1FFF, 0x2000, 0x2FFF, 0x3000)),
        EVENT.sample([0x4000], time=2),
    ]
    assert modules(records) == ["[unknown]", PROGRAM, LIBRARY, LIBRARY, PROGRAM, "[unknown]"]


def test_a_mapping_over_several_others():
    records = [
        *(EVENT.mmap(0x1000 * place, 0x1000, f"/nowhere/{place}") for place in (3, 1, 2, 4)),
        EVENT.mmap(0x1800, 0x2000, LIBRARY, time=1),
        *(EVENT.sample([0x1000 + 0x400 * step], time=2) for step in range(0, 16, 2)),
    ]
    # From 0x1000 on in steps of 0x800.
    rest = ["/nowhere/3", "/nowhere/4", "/nowhere/4"]
    assert modules(records) == ["/nowhere/1", *[LIBRARY] * 4, *rest]


def test_a_child_keeps_what_its_parent_had_when_it_forked():
    records = [
        EVENT.mmap(0x1000, 0x1000, PROGRAM),
        EVENT.fork(11, 10, time=2),
        EVENT.mmap(0x1000, 0x1000, LIBRARY, time=3),
        EVENT.mmap(0x5000, 0x1000, "/nowhere/own.so", pid=11, time=4),
        EVENT.sample([0x1000], time=5, pid=10),
        EVENT.sample([0x1000], time=6, pid=11),
        EVENT.sample([0x5000], time=7, pid=11),
        EVENT.sample([0x5000], time=8, pid=10),
        EVENT.sample([0x1000], time=1, pid=11),
    ]
    assert modules(records) == ["[unknown]", LIBRARY, PROGRAM, "/nowhere/own.so", "[unknown]"]


def test_a_thread_shares_the_space_of_its_process():
    records = [
        EVENT.mmap(0x1000, 0x1000, PROGRAM),
        EVENT.fork(10, 10, tid=12, time=1),
        EVENT.sample([0x1000], time=2, tid=12),
    ]
    assert modules(records) == [PROGRAM]


def test_processes_have_spaces_of_their_own():
    records = [
        EVENT.mmap(0x1000, 0x1000, PROGRAM, pid=10),
        EVENT.mmap(0x1000, 0x1000, LIBRARY, pid=20),
        EVENT.sample([0x1000], time=1, pid=20),
        EVENT.sample([0x1000], time=2, pid=10),
    ]
    assert modules(records) == [LIBRARY, PROGRAM]


def test_without_times_the_order_of_the_file_counts():
    event = Event(USUAL & ~TIME)
    records = [
        event.sample([0x1000]),
        event.mmap(0x1000, 0x1000, PROGRAM),
        event.sample([0x1000]),
        event.mmap(0x1000, 0x1000, LIBRARY),
        event.sample([0x1000]),
    ]
    profile = read(data_file(records, [event]))
    assert [stack[0] for stack in stacks(profile)] == ["[unknown]", PROGRAM, LIBRARY]
    assert set(profile.samples["time_ns"]) == {-1}


def test_times_of_other_records_in_the_layout_of_their_own_event():
    plain = Event(USUAL | IDENTIFIER, ids=(3,))
    other = Event((USUAL & ~128) | IDENTIFIER, ids=(5,))
    records = [
        plain.mmap(0x1000, 0x1000, PROGRAM, time=2, id_=3),
        other.mmap(0x1000, 0x1000, LIBRARY, time=4, id_=5),
        *(plain.sample([0x1000], time=at, id=3) for at in (1, 3, 5)),
    ]
    assert modules(records, [plain, other]) == ["[unknown]", PROGRAM, LIBRARY]


def test_kernel_symbols_come_and_their_going_is_no_new_one():
    records = [
        EVENT.kernel_symbol(1 << 63, 64, "bpf_prog_0123456789abcdef_x"),
        EVENT.kernel_symbol((1 << 63) + 4096, 64, "bpf_prog_fedcba9876543210_y", gone=1),
        EVENT.sample([IN_KERNEL, (1 << 63) + 8], misc=KERNEL_MODE, time=1),
        EVENT.sample([IN_KERNEL, (1 << 63) + 4100], misc=KERNEL_MODE, time=2),
    ]
    assert modules(records) == ["bpf_prog_0123456789abcdef_x", "[unknown]"]


def test_names_of_threads_over_time():
    records = [
        EVENT.comm("shell"),
        EVENT.sample([0x10], time=1),
        EVENT.comm("worker <1>\n", time=2),
        EVENT.sample([0x10], time=3),
        EVENT.fork(10, 10, tid=12, time=4),
        EVENT.sample([0x10], time=5, tid=12),
        EVENT.sample([0x10], time=6, tid=13),
        EVENT.sample([0x10], time=7, pid=0, tid=0),
    ]
    profile = read(data_file(records))
    expected = ["shell", "worker <1>\n", "worker <1>\n", ":13", "swapper"]
    assert thread_names(profile) == expected


def test_names_that_are_no_text():
    profile = read(data_file([EVENT.comm(b"\xff\x1b[2J"), EVENT.sample([0x10], time=1)]))
    assert thread_names(profile) == ["\\xff\x1b[2J"]


def test_processes_that_are_not_recorded():
    event = Event(1 | TIME)
    profile = read(data_file([event.sample(time=1)], [event]))
    assert profile.threads[["process", "thread"]].to_numpy().tolist() == [[-1, -1]]


def test_what_the_recorder_lost_is_in_the_ledger():
    records = [EVENT.lost(5), EVENT.lost_samples(7), EVENT.throttle(), EVENT.sample([0x10])]
    reasons = read(data_file(records)).loss.reasons
    assert "perf itself reports 12 lost events" in reasons
    assert any("throttled the sampling 1 times" in reason for reason in reasons)


@pytest.mark.parametrize("kind", [1, 2, 3, 5, 7, 10, 13, 17, 64, 66, 67, 78, 80])
@pytest.mark.parametrize("size", [0, 4, 8, 16, 20])
def test_records_too_short_for_their_kind_change_nothing(kind, size):
    records = [record(kind, bytes(size)), EVENT.sample([0x10])]
    assert read(data_file(records)).loss.records == 1


@pytest.mark.parametrize("kind", [6, 8, 11, 12, 14, 15, 16, 18, 19, 22, 63, 68, 69, 79, 90, 4000])
def test_kinds_that_say_nothing_here_or_do_not_exist_yet(kind):
    records = [record(kind, b"\xab" * 48), EVENT.sample([0x10])]
    loss = read(data_file(records)).loss
    assert (loss.records, loss.dropped, loss.truncated) == (1, 0, False)


def processor_seconds(records):
    content = data_file(records)
    start = time.process_time()
    profile = read(content)
    return time.process_time() - start, profile


@pytest.mark.parametrize("shape", ["maps", "interleaved", "forks", "threads", "copies"])
def test_many_changes_cost_no_more_than_in_proportion(shape):
    """Eight times the changes; if each cost all before it, that would be 64 times the time."""
    processor_seconds(many(shape, 100))
    few, _ = processor_seconds(many(shape, 2_500))
    much, profile = processor_seconds(many(shape, 20_000))
    assert profile.loss.records >= 1
    assert much < 30 * max(few, 0.02)


def many(shape, count):
    if shape == "threads":
        return [EVENT.sample([0x10], time=n, pid=n, tid=n) for n in range(count)]
    if shape == "forks":
        children = [EVENT.fork(11 + n, 10 + n, time=n) for n in range(count)]
        last = EVENT.sample([0x1000], time=count, pid=10 + count)
        return [EVENT.mmap(0x1000, 0x1000, PROGRAM), *children, last]
    # A fixed odd factor visits all places in scattered order.
    maps = [
        EVENT.mmap(0x1000 * (1 + n * 7919 % count), 0x1000, PROGRAM, time=2 * n)
        for n in range(count)
    ]
    if shape == "copies":
        forks = [EVENT.fork(11 + n, 10, time=2 * n + 1) for n in range(count)]
        samples = [EVENT.sample([0x1000], time=4 * count, pid=11 + n) for n in range(0, count, 9)]
        return [*maps, *forks, *samples]
    if shape == "interleaved":
        return maps + [EVENT.sample([0x1008], time=2 * n + 1) for n in range(count)]
    return [*maps, EVENT.sample([0x1008], time=2 * count)]


def test_a_build_id_in_a_mapping_belongs_to_its_file(tmp_path):
    program = tmp_path / "program"
    program.write_bytes(b"no program")
    body = struct.pack("<iiQQQ", 10, 10, 0x1000, 0x1000, 0) + struct.pack("<B3x", 20)
    body += b"\x11" * 20 + struct.pack("<II", 5, 2) + str(program).encode().ljust(200, b"\0")
    records = [record(10, body + EVENT.identity(), 2 | 1 << 14), EVENT.sample([0x1000], time=1)]
    profile = read(data_file(records))
    assert stacks(profile) == [[str(program)]]
    assert any(str(program) in reason for reason in profile.loss.reasons)
