"""The wire format of Protocol Buffers: what is written comes back, what is cut ends there."""

import numpy as np
import pytest
from hypothesis import given, strategies

from slonana_analysis.readers.protobuf import BYTES, FIXED32, FIXED64, VARINT, Fields, fields_of
from tests.readers.pprof_writer import message, number, varint

fields = strategies.lists(
    strategies.one_of(
        strategies.tuples(
            strategies.just(VARINT),
            strategies.integers(1, 500),
            strategies.integers(-(2**63), 2**63 - 1),
        ),
        strategies.tuples(
            strategies.just(BYTES), strategies.integers(1, 500), strategies.binary(max_size=300)
        ),
        strategies.tuples(
            strategies.just(FIXED64),
            strategies.integers(1, 500),
            strategies.integers(-(2**63), 2**63 - 1),
        ),
        strategies.tuples(
            strategies.just(FIXED32), strategies.integers(1, 500), strategies.integers(0, 2**32 - 1)
        ),
    ),
    max_size=8,
)


def written(wire: int, field: int, value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return message(field, value)
    if wire == VARINT:
        return number(field, value)
    size = 8 if wire == FIXED64 else 4
    return varint(field << 3 | wire) + value.to_bytes(size, "little", signed=size == 8)


def taken_apart(content: bytes) -> Fields:
    data = np.frombuffer(content, np.uint8)
    return fields_of(data, np.array([0]), np.array([data.size]))


def listed(content: bytes) -> list[tuple[int, int, int | bytes]]:
    found = taken_apart(content)
    return [
        (wire, field, content[begin:end] if wire == BYTES else value)
        for _, field, wire, value, begin, end in zip(
            *(column.tolist() for column in found[:6]), strict=True
        )
    ]


@given(fields)
def test_what_is_written_comes_back(expected: list[tuple[int, int, int | bytes]]) -> None:
    content = b"".join(written(*each) for each in expected)
    assert listed(content) == expected
    assert taken_apart(content).whole.tolist() == [len(content)]


@given(fields, strategies.data())
def test_a_cut_gives_the_fields_before_it(
    expected: list[tuple[int, int, int | bytes]], data: strategies.DataObject
) -> None:
    parts = [written(*each) for each in expected]
    content = b"".join(parts)
    size = data.draw(strategies.integers(0, len(content)))
    ends = np.cumsum([0, *map(len, parts)])
    before = int((ends <= size).sum()) - 1
    assert listed(content[:size]) == expected[:before]
    assert taken_apart(content[:size]).whole.tolist() == [ends[before]]


@given(strategies.binary(max_size=100))
def test_any_bytes(content: bytes) -> None:
    found = taken_apart(content)
    assert ((found.begin >= 0) & (found.begin <= found.end) & (found.end <= len(content))).all()
    assert 0 <= found.whole[0] <= len(content)


@pytest.mark.parametrize(
    "bad",
    [
        b"\x00\x01",  # number 0
        b"\x0b",  # the beginning of a group
        b"\x0f\x01",  # a wire type that there is none of
        b"\x08" + b"\xff" * 10 + b"\x01",  # a varint of eleven bytes
        b"\x0a\x05abcd",  # longer than what is left
        b"\x0a" + varint(1 << 63),
        b"\x0a" + varint((1 << 63) - 1) + b"x",
        b"\x0a" + varint(10**18),
        b"\x09\x01\x02\x03",  # half a number of eight bytes
        b"\x80",
    ],
)
def test_damage_ends_a_message(bad: bytes) -> None:
    before = number(3, 7)
    assert listed(before + bad) == [(VARINT, 3, 7)]
    assert taken_apart(before + bad).whole.tolist() == [2]


def test_messages_side_by_side() -> None:
    content = number(1, 5) + number(2, 6) + b"\x80" + number(1, 9)
    data = np.frombuffer(content, np.uint8)
    found = fields_of(data, np.array([0, 5, 2]), np.array([2, 7, 5]))
    assert found.message.tolist() == [0, 1, 2]
    assert found.value.tolist() == [5, 9, 6]
    assert found.whole.tolist() == [2, 7, 4]
    assert found.spans(1).tolist() == []
    assert found.of(1, VARINT).value.tolist() == [5, 9]
