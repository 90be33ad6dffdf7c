"""Packed, damaged and missing inputs."""

import bz2
import gzip
import io
import json
import lzma
import os
import sys
from functools import partial

import pytest

from slonana_analysis.errors import FormatError, UnavailableError
from slonana_analysis.readers.source import open_source, zstd

TEXT = b"".join(b"line %d of a text that packs well\n" % number for number in range(20_000))
PACKERS = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    # Without a checksum zstd cannot know that a bit was flipped; every tool of ours writes one.
    "zstd": partial(zstd.compress, options={zstd.CompressionParameter.checksum_flag: 1}),
    "plain": bytes,
}


@pytest.fixture
def packed(tmp_path):
    def write(raw):
        path = tmp_path / "whatever.bin"
        path.write_bytes(raw)
        return path

    return write


def _read(path, **options):
    with open_source(path, **options) as source:
        return source.stream.read(), source.damage


@pytest.mark.parametrize("packing", PACKERS)
def test_packing_is_told_by_content(packed, packing):
    assert _read(packed(PACKERS[packing](TEXT))) == (TEXT, "")


@pytest.mark.parametrize("packing", PACKERS)
def test_head_does_not_move_on(packed, packing):
    with open_source(packed(PACKERS[packing](TEXT))) as source:
        head = source.head()
        assert TEXT.startswith(head)
        assert len(head) == 1 << 16
        assert source.stream.read() == TEXT


@pytest.mark.parametrize("packing", ["gzip", "xz", "bzip2", "zstd"])
def test_several_members_are_one_text(packed, packing):
    pack = PACKERS[packing]
    assert _read(packed(pack(TEXT) + pack(b"more"))) == (TEXT + b"more", "")


@pytest.mark.parametrize("packing", ["gzip", "xz", "bzip2", "zstd"])
def test_cut_packing_gives_what_can_be_unpacked(packed, packing):
    raw = PACKERS[packing](TEXT)
    text, damage = _read(packed(raw[: len(raw) - 5]))
    assert TEXT.startswith(text)
    assert damage == f"the {packing} data end early"


def test_cut_gzip_keeps_all_that_came_before_the_cut(packed):
    raw = gzip.compress(TEXT)
    text, damage = _read(packed(raw[: len(raw) // 2]))
    assert TEXT.startswith(text)
    assert len(text) > len(TEXT) // 4
    assert damage


@pytest.mark.parametrize("packing", ["gzip", "xz", "bzip2", "zstd"])
def test_flipped_bits_are_told(packed, packing):
    raw = bytearray(PACKERS[packing](TEXT))
    raw[len(raw) // 2] ^= 0xFF
    assert packing in _read(packed(bytes(raw)))[1]


def test_something_behind_the_packed_data_is_told(packed):
    text, damage = _read(packed(gzip.compress(TEXT) + b"garbage"))
    assert text == TEXT
    assert damage == "something that is not gzip follows the gzip data"
    assert _read(packed(gzip.compress(TEXT) + bytes(512))) == (TEXT, "")


def test_a_bomb_is_refused(packed):
    path = packed(gzip.compress(bytes(64 << 20)))
    with pytest.raises(FormatError, match="unpacks to more than 1 MiB"):
        _read(path, limit=1 << 20)


def test_missing_file(tmp_path):
    with pytest.raises(UnavailableError, match=r"nothing\.txt cannot be read \(No such file"):
        open_source(tmp_path / "nothing.txt")


def test_capture_directory_stands_for_its_main_file(tmp_path):
    (tmp_path / "capture.json").write_text(json.dumps({"main": "a.txt"}))
    (tmp_path / "a.txt").write_bytes(b"text")
    assert _read(tmp_path) == (b"text", "")


@pytest.mark.parametrize(
    "stated", ["", "[]", "{}", '{"main": "../a.txt"}', '{"main": 3}', '{"main": "/etc/passwd"}']
)
def test_directories_that_are_no_captures(tmp_path, stated):
    (tmp_path / "capture.json").write_text(stated)
    with pytest.raises(FormatError):
        open_source(tmp_path)


def test_standard_input(monkeypatch):
    class Input:
        buffer = io.BytesIO(gzip.compress(TEXT))

    monkeypatch.setattr(sys, "stdin", Input)
    assert _read("-") == (TEXT, "")
    assert not Input.buffer.closed


def test_an_open_file_stays_open():
    stream = io.BytesIO(TEXT)
    assert _read(stream) == (TEXT, "")
    assert not stream.closed


def test_a_plain_file_can_be_mapped_and_an_unpacked_one_cannot(packed):
    with open_source(packed(TEXT)) as source:
        assert os.fstat(source.stream.fileno()).st_size == len(TEXT)
    with (
        open_source(packed(gzip.compress(TEXT))) as source,
        pytest.raises(OSError, match="no file"),
    ):
        source.stream.fileno()
