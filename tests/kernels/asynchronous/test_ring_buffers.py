import numpy as np
import pytest

from slonana_analysis.kernels.asynchronous import RingBuffers
from slonana_analysis.kernels.asynchronous.ring_buffer_calls import CURSORS, HEAD, pop, push
from slonana_analysis.kernels.asynchronous.rules import AsyncError
from tests.kernels.asynchronous.oracle import RingOracle


def test_answers_what_the_validator_answered(recorded):
    buffers = RingBuffers()
    given = [buffers.create(f"program {p}", size) for p, size in recorded["rb_create"].tolist()]
    assert given == recorded["rb_ids"].tolist()
    for (call, length), text, answer in zip(
        recorded["rb_trace"].tolist(), recorded["rb_payload"], recorded["rb_res"], strict=True
    ):
        data = bytes.fromhex(text)
        if call == 0:
            assert len(data) == length
            assert (buffers.push(1, data) is AsyncError.SUCCESS) == answer
        else:
            assert buffers.pop(1) == data
            assert len(data) == answer


# In all a quarter of a million calls; sizes are such that entries end anywhere.
@pytest.mark.parametrize(
    ("size", "longest", "calls"),
    [
        (64, 45, 80_000),
        (65, 12, 60_000),
        (257, 90, 60_000),
        (4099, 700, 40_000),
        (1 << 20, 9, 9999),
    ],
)
def test_long_histories_agree_with_the_rules(size, longest, calls):
    buffers, oracle = RingBuffers(), RingOracle(size)
    identifier = buffers.create("program", size)
    random = np.random.default_rng(size)
    payload = random.bytes(longest)
    pushes = (
        random.random(calls)
        < np.repeat(random.choice([0.2, 0.5, 0.8], calls // 50 + 1), 50)[:calls]
    )
    lengths = random.integers(0, longest, calls, endpoint=True).tolist()
    for pushing, length in zip(pushes.tolist(), lengths, strict=True):
        if pushing:
            data = payload[-length:] if length else b""
            succeeded = buffers.push(identifier, data) is AsyncError.SUCCESS
            assert succeeded == oracle.push(data)
        else:
            assert buffers.pop(identifier) == oracle.pop()
    assert buffers.used(identifier) == oracle.used


def test_one_byte_stays_free():
    buffers = RingBuffers()
    first = buffers.create("program", 64)
    assert buffers.push(first, bytes(40)) is AsyncError.BUFFER_FULL
    assert buffers.push(first, bytes(39)) is AsyncError.SUCCESS
    assert buffers.used(first) == 63
    assert buffers.pop(first) == bytes(39)
    assert buffers.used(first) == 0


def test_what_is_wrong_has_its_code():
    buffers = RingBuffers()
    first = buffers.create("program", 64)
    assert buffers.push(first, None) is AsyncError.NULL_POINTER
    assert buffers.push(first, b"") is AsyncError.INVALID_BUFFER
    assert buffers.push(first + 1, b"x") is AsyncError.INVALID_BUFFER
    assert buffers.push(0, b"x") is AsyncError.INVALID_BUFFER
    assert buffers.pop(0) == buffers.pop(first) == b""
    assert buffers.used(0) == 0


def test_an_entry_that_does_not_fit_the_output_stays():
    buffer, cursors = np.zeros(64, np.uint8), np.zeros(CURSORS, np.int64)
    assert push(buffer, cursors, np.arange(5, dtype=np.uint8)) == AsyncError.SUCCESS
    assert pop(buffer, cursors, np.empty(4, np.uint8)) == 0
    assert cursors[HEAD] == 0
    out = np.empty(5, np.uint8)
    assert pop(buffer, cursors, out) == 5
    assert out.tolist() == [0, 1, 2, 3, 4]
