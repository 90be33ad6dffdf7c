"""The parts of the pipeline, one by one, called from Python."""

import ctypes
import hashlib
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.native import build
from slonana_analysis.native.compiler import compiler_facts

pytestmark = pytest.mark.requires_cc

SOURCES = Path(build.__file__).parent / "src"
PACKET = np.dtype([("length", "<u2"), ("bytes", "u1", 1232)])
# Larger than struct transaction, whose fields only C looks at.
TRANSACTION_BYTES = 4096


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    library = tmp_path_factory.mktemp("parts") / "parts.so"
    command = (*compiler_facts().command, "-std=c11", "-shared", "-fPIC", "-o", str(library))
    names = ("sha256.c", "packets.c")
    subprocess.run([*command, *(str(SOURCES / name) for name in names)], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.parse_transaction.restype = ctypes.c_bool
    loaded.parse_transaction.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p)
    loaded.generate_packets.argtypes = (
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_size_t,
        ctypes.c_uint64,
    )
    loaded.generate_packets.restype = None
    return loaded


@pytest.fixture(scope="module")
def packet(parts: ctypes.CDLL) -> bytes:
    """Return the first packet of a seed, which is a valid one."""
    packets = np.zeros(1, PACKET)
    parts.generate_packets(packets.ctypes.data, 1, 4096, 1)
    return packets["bytes"][0, : packets["length"][0]].tobytes()


def parses(parts: ctypes.CDLL, data: bytes) -> bool:
    transaction = ctypes.create_string_buffer(TRANSACTION_BYTES)
    return bool(parts.parse_transaction(data, len(data), transaction))


@given(data=st.binary(max_size=300) | st.integers(0, 300).map(bytes))
def test_sha256(parts: ctypes.CDLL, data: bytes) -> None:
    digest = ctypes.create_string_buffer(32)
    parts.sha256(data, ctypes.c_size_t(len(data)), digest)
    assert digest.raw == hashlib.sha256(data).digest()


def test_sha256_in_pieces(parts: ctypes.CDLL) -> None:
    data = bytes(range(256)) * 2
    for first in range(140):
        state, digest = ctypes.create_string_buffer(256), ctypes.create_string_buffer(32)
        parts.sha256_begin(state)
        for piece in (data[:first], data[first : 2 * first], data[2 * first :]):
            parts.sha256_add(state, piece, ctypes.c_size_t(len(piece)))
        parts.sha256_end(state, digest)
        assert digest.raw == hashlib.sha256(data).digest()


def test_generated_packets(parts: ctypes.CDLL) -> None:
    packets = np.zeros(1000, PACKET)
    parts.generate_packets(packets.ctypes.data, 1000, 4096, 3)
    assert packets["length"].max() <= 1232
    whole = [row["bytes"][: row["length"]].tobytes() for row in packets]
    valid = [data for data in whole if parses(parts, data)]
    assert 950 <= len(valid) < 1000
    assert len(set(valid)) < len(valid)
    signed = [data for data in valid if data[1:65] == signature(data)]
    assert 0 < len(valid) - len(signed) < 50


def signature(packet: bytes) -> bytes:
    message = packet[65:]
    first = hashlib.sha256(hashlib.sha256(message).digest() + message[4:36]).digest()
    return first + hashlib.sha256(first).digest()


def test_nothing_may_be_missing_or_left_over(parts: ctypes.CDLL, packet: bytes) -> None:
    assert parses(parts, packet)
    assert not any(parses(parts, packet[:length]) for length in range(len(packet)))
    assert not parses(parts, packet + b"\0")


# Where the fields of a generated packet stand: one signature, then the message with four keys.
MESSAGE = 65
INSTRUCTIONS = MESSAGE + 4 + 4 * 32 + 32


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (0, 0),
        (0, 2),
        (MESSAGE, 0),
        (MESSAGE, 2),
        (MESSAGE + 1, 1),
        (MESSAGE + 2, 4),
        (MESSAGE + 3, 65),
        (INSTRUCTIONS, 9),
        (INSTRUCTIONS + 1, 0),
        (INSTRUCTIONS + 1, 4),
        (INSTRUCTIONS + 3, 4),
    ],
)
def test_inconsistent_packets(parts: ctypes.CDLL, packet: bytes, position: int, value: int) -> None:
    broken = bytearray(packet)
    broken[position] = value
    assert not parses(parts, bytes(broken))


@pytest.mark.parametrize("count", [b"\x81\x00", b"\x80\x80\x04", b"\x81\x80\x00", b"\xff\xff\xff"])
def test_numbers_in_no_shortest_form(parts: ctypes.CDLL, packet: bytes, count: bytes) -> None:
    assert packet[0] == 1
    assert not parses(parts, count + packet[1:])


@given(st.data())
def test_no_packet_is_too_strange(parts: ctypes.CDLL, packet: bytes, data: st.DataObject) -> None:
    strange = bytearray(packet)
    for position in data.draw(st.lists(st.integers(0, len(packet) - 1), max_size=8)):
        strange[position] = data.draw(st.integers(0, 255))
    assert parses(parts, bytes(strange)) in (True, False)
