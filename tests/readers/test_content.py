"""Bytes of an input, whole and in blocks of lines."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import FormatError
from slonana_analysis.readers import content
from slonana_analysis.readers.content import all_bytes, file_size, line_blocks

TEXTS = st.lists(st.sampled_from([b"\n", b"a", b"bcd" * 30]), max_size=60).map(b"".join)


class Dripping(io.RawIOBase):
    """Gives a byte at a time, as a pipe may."""

    def __init__(self, text):
        self._text = io.BytesIO(text)

    def readable(self):
        return True

    def readinto(self, buffer):
        byte = self._text.read(1)
        buffer[: len(byte)] = byte
        return len(byte)


@given(TEXTS)
def test_all_bytes(text):
    assert bytes(all_bytes(io.BytesIO(text), "x")) == text
    assert bytes(all_bytes(Dripping(text), "x")) == text


def test_all_bytes_of_a_file(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 1_000_000)
    with path.open("rb") as stream:
        assert file_size(stream) == 3_000_000
        assert all_bytes(stream, "x").tobytes() == path.read_bytes()


def test_a_stream_without_a_file_has_no_size():
    assert file_size(io.BytesIO(b"abc")) is None


def test_more_than_half_of_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(content.os, "sysconf", lambda name: 20)
    with pytest.raises(FormatError, match="big holds more than 0 MiB, half of this machine's"):
        all_bytes(io.BytesIO(bytes(201)), "big")
    assert all_bytes(io.BytesIO(bytes(200)), "big").size == 200


@given(TEXTS, st.integers(1, 50))
def test_blocks_end_at_line_feeds_and_lose_nothing(text, size):
    for stream in (io.BytesIO(text), Dripping(text)):
        blocks = [bytes(block) for block in line_blocks(stream, "x", size)]
        assert b"".join(blocks) == text
        assert all(block.endswith(b"\n") for block in blocks[:-1])
        assert all(blocks)


def test_an_endless_line_is_refused(monkeypatch):
    monkeypatch.setattr(content, "_LONGEST_LINE", 1 << 16)
    with pytest.raises(FormatError, match="x holds a line of over"):
        list(line_blocks(io.BytesIO(bytes(1 << 20)), "x", 1 << 12))


def test_a_line_feed_far_from_the_end_of_a_block_is_found():
    text = b"a\n" + b"b" * 200_000 + b"\n"
    blocks = [bytes(block) for block in line_blocks(io.BytesIO(text), "x", 150_000)]
    assert blocks[0] == b"a\n"
    assert b"".join(blocks) == text
    assert isinstance(next(line_blocks(io.BytesIO(text), "x")), np.ndarray)
