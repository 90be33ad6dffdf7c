"""Machine code that steps through text, held against Python's own bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from slonana_analysis.readers.scanning import (
    decimal,
    hash_bytes,
    hexadecimal,
    line_end,
    same_bytes,
    word_at,
)

TEXTS = st.binary(max_size=80)
LINES = st.lists(st.sampled_from([b"a", b"\n", b"\x8a", b"\x0b", b"\x00"]), max_size=40).map(
    b"".join
)


def array(text):
    return np.frombuffer(text, np.uint8).copy()


@given(LINES, st.integers(0, 40))
def test_line_end_is_where_bytes_finds_it(text, begin):
    begin = min(begin, len(text))
    found = text.find(b"\n", begin)
    assert line_end(array(text), begin, len(text)) == (len(text) if found < 0 else found)


def test_line_end_looks_no_further_than_it_may():
    assert line_end(array(b"abcdefgh\n"), 0, 4) == 4


@given(st.integers(0, 10**18 - 1))
def test_decimal_numbers(number):
    text = b"%d x" % number
    assert decimal(array(text), 0, len(text)) == (number, len(text) - 2)


@pytest.mark.parametrize("text", [b"", b"x1", b"-1", b"1" * 19])
def test_what_is_no_decimal_number_moves_nothing(text):
    assert decimal(array(text), 0, len(text)) == (0, 0)


@given(st.integers(0, 2**64 - 1))
def test_hexadecimal_numbers_keep_all_bits(number):
    text = b"%x)" % number
    value, behind = hexadecimal(array(text), 0, len(text))
    assert (int(value) % 2**64, behind) == (number, len(text) - 1)


@pytest.mark.parametrize("text", [b"", b"A", b"1" * 17])
def test_what_is_no_hexadecimal_number_moves_nothing(text):
    assert hexadecimal(array(text), 0, len(text)) == (0, 0)


@njit
def words(data):
    return [word_at(data, place) for place in range(data.size - 7)]


def test_words_are_read_from_any_place():
    text = bytes(range(250, 256)) + bytes(range(20))
    expected = [int.from_bytes(text[at : at + 8], "little") for at in range(len(text) - 7)]
    assert [int(word) for word in words(array(text))] == expected


@given(TEXTS, TEXTS, st.integers(0, 2**64 - 1))
def test_hashes_depend_on_bytes_alone(text, around, seed):
    seed = np.uint64(seed)
    alone = hash_bytes(array(text), 0, len(text), seed)
    within = around + text + around
    assert hash_bytes(array(within), len(around), len(around) + len(text), seed) == alone


def test_hashes_differ_by_seed_and_by_zeros():
    seeds = {hash_bytes(array(b"main"), 0, 4, np.uint64(seed)) for seed in range(1000)}
    zeros = {hash_bytes(array(bytes(32)), 0, length, np.uint64(1)) for length in range(33)}
    assert len(seeds) == 1000
    assert len(zeros) == 33


@given(TEXTS, TEXTS)
def test_same_bytes_is_equality(left, right):
    length = min(len(left), len(right))
    same = same_bytes(array(left), 0, array(right), 0, length)
    assert same == (left[:length] == right[:length])
