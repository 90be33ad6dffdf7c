"""Loads and stores at any address, scratch memory, pointers to other types."""

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from slonana_analysis.simd import memory
from slonana_analysis.simd.operations import add
from tests.simd.compiled import TYPES, element, lanes


@pytest.mark.parametrize("kind", TYPES)
def test_a_vector_is_copied_from_and_to_any_element(kind):
    load = getattr(memory, f"load_{kind}")

    @njit
    def copy(out, values):
        memory.store(out, 3, load(values, 1))

    width = lanes(kind)
    values = np.arange(width + 1).astype(element(kind))
    out = np.full(width + 6, -1, element(kind))
    copy(out, values)
    np.testing.assert_array_equal(out[3 : 3 + width], values[1:])
    assert set(out[:3]) | set(out[3 + width :]) == {-1}


def test_scratch_memory_begins_at_a_cache_line_and_is_taken_once():
    @njit
    def addresses(out, values):
        total = memory.load_int32x8(values, 0)
        for turn in range(out.size):
            scratch = memory.scratch_int32(24)
            memory.store(scratch, turn % 2, total)
            total = add(total, memory.load_int32x8(scratch, turn % 2))
            out[turn] = memory.read(memory.as_int64(scratch, 0), 0)
        memory.store(values, 0, total)

    values = np.arange(8, dtype=np.int32)
    # Far more turns than the stack could hold, if each took its own.
    out = np.empty(1_000_000, np.int64)
    addresses(out, values)
    np.testing.assert_array_equal(values, 0)  # doubled until nothing but zeros is left


def test_the_size_of_scratch_memory_is_a_constant():
    @njit
    def sized(count):
        return memory.read(memory.scratch_int32(count), 0)

    with pytest.raises(TypingError):
        sized(8)


@pytest.mark.parametrize("wanted", ["int8", "int16", "int32", "int64", "float32", "float64"])
def test_memory_is_read_as_another_type(wanted):
    pointer = getattr(memory, f"as_{wanted}")

    @njit
    def second(values):
        return memory.read(pointer(values, 2), 1)

    values = np.arange(8, dtype=np.int32) * 1_000_003
    assert second(values) == values[2:].view(wanted)[1]


def test_writing_converts():
    @njit
    def write(out):
        memory.write(memory.as_int16(out, 1), 1, 70_000)

    out = np.zeros(2, np.int32)
    write(out)
    np.testing.assert_array_equal(out.view(np.int16), [0, 0, 0, 70_000 - 65_536])


def test_scattered_arrays_are_refused():
    @njit
    def load(values):
        memory.store(values, 0, memory.load_int32x8(values, 0))

    with pytest.raises(TypingError, match="C-contiguous arrays only"):
        load(np.zeros(16, np.int32)[::2])


def test_numbers_are_no_memory():
    @njit
    def load(value):
        return memory.read(value, 0)

    with pytest.raises(TypingError, match="an array or a pointer is wanted here"):
        load(3)
