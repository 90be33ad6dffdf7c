"""Steps through bytes of text in machine code: line ends, numbers, hashes.

All functions work on a C-contiguous ``ndarray of uint8`` and positions in it; ``end`` is one past
the last byte that may be touched, so that no caller needs padding behind the data.

References
----------
"Determine if a word has a zero byte", Bit Twiddling Hacks (S. E. Anderson).
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
# A scalar in machine code: numba gives it its width and sign, which ``int`` has not.
Integer = Any

_Function = TypeVar("_Function", bound=Callable[..., Any])

# The most decimal digits that cannot overflow an int64.
_DIGITS = 18
_HEX_DIGITS = 16
_LINE_FEEDS = np.uint64(0x0A0A0A0A0A0A0A0A)
_LOW_BITS = np.uint64(0x0101010101010101)
_HIGH_BITS = np.uint64(0x8080808080808080)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_LENGTH_MULTIPLIER = np.uint64(0xFF51AFD7ED558CCD)


# numba's own option, which is not in its published signature.
_BORROWING: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}


def borrowing(function: _Function) -> _Function:
    """Compile a function that allocates nothing and keeps nothing of the arrays it is given.

    It counts no references, which would cost several times what a look-up in a table does.
    """
    compiled: _Function = njit(**_BORROWING)(function)
    return compiled


def inlined(function: _Function) -> _Function:
    """Compile as ``borrowing`` does, into whatever calls it.

    A tuple of arrays is passed as one argument per pointer, size and stride. Where a call is made
    for every line, those cost more than the work; where it is rare, a copy costs compilation.
    """
    compiled: _Function = njit(**_BORROWING, forceinline=True)(function)
    return compiled


def _word_at(typing_context: Any, data: Any, position: Any) -> Any:  # noqa: ANN401, ARG001  # numba's protocol
    """Return the eight bytes from ``position`` of an array of uint8 as one uint64, unaligned."""
    signature = types.uint64(data, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        array_of: Any = cgutils.create_struct_proxy
        array = array_of(signature.args[0])(context, builder, arguments[0])
        address = builder.gep(array.data, [arguments[1]])
        return builder.load(builder.bitcast(address, ir.IntType(64).as_pointer()), align=1)

    return signature, generate


word_at: Any = intrinsic(_word_at)


def _trailing_zeros(typing_context: Any, word: Any) -> Any:  # noqa: ANN401, ARG001  # as above
    """Return how many low bits of a uint64 are 0; the word must not be 0."""
    signature = types.int64(types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401, ARG001
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate


trailing_zeros: Any = intrinsic(_trailing_zeros)


@inlined
def line_end(data: Bytes, begin: Integer, end: Integer) -> Integer:
    """Return the position of the next line feed from ``begin``, or ``end`` if there is none."""
    position = begin
    while position + 8 <= end:
        word = word_at(data, position) ^ _LINE_FEEDS
        found = (word - _LOW_BITS) & ~word & _HIGH_BITS
        if found:
            # The lowest mark is exact; borrows can only forge marks above it.
            return position + (trailing_zeros(found) >> 3)
        position += 8
    while position < end and data[position] != 10:
        position += 1
    return position


@inlined
def decimal(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer]:
    """Return the decimal number at ``begin`` and the position behind it.

    The position is ``begin`` where no digit stands there, or where there are more digits than an
    int64 surely holds (18).
    """
    value = np.int64(0)
    position = begin
    while position < end and 48 <= data[position] <= 57:
        value = value * 10 + (np.int64(data[position]) - 48)
        position += 1
        if position - begin > _DIGITS:
            return np.int64(0), begin
    return value, position


@inlined
def hexadecimal(data: Bytes, begin: Integer, end: Integer) -> tuple[Integer, Integer]:
    """Return the lower-case hexadecimal number at ``begin``, as int64 bits, and what is behind it.

    The position is ``begin`` where no digit stands there, or where there are more than sixteen.
    """
    value = np.int64(0)
    position = begin
    while position < end:
        byte = data[position]
        if 48 <= byte <= 57:
            digit = np.int64(byte) - 48
        elif 97 <= byte <= 102:
            digit = np.int64(byte) - 87
        else:
            break
        value = (value << 4) | digit
        position += 1
        if position - begin > _HEX_DIGITS:
            return np.int64(0), begin
    return value, position


@inlined
def mix(state: Integer, word: Integer) -> Integer:
    """Return a hash state (uint64) with one more word (uint64) in it."""
    mixed = (np.uint64(state) ^ np.uint64(word)) * _MULTIPLIER
    return mixed ^ (mixed >> _SHIFT)


@inlined
def hash_bytes(data: Bytes, begin: Integer, end: Integer, seed: Integer) -> Integer:
    """Return a 64-bit hash of some bytes; not cryptographic, but ``seed`` cannot be guessed."""
    length = end - begin
    state = np.uint64(seed) ^ (np.uint64(length) * _LENGTH_MULTIPLIER)
    if length >= 8:
        position = begin
        while position + 8 < end:
            state = mix(state, word_at(data, position))
            position += 8
        # The last word may overlap the one before, which spares steps byte by byte.
        rest = word_at(data, end - 8)
    else:
        rest = np.uint64(0)
        for position in range(begin, end):
            rest = (rest << np.uint64(8)) | np.uint64(data[position])
    # Once more, or names that differ in their first bytes alone would share their low bits.
    return mix(mix(state, rest), np.uint64(0))


@inlined
def same_bytes(left: Bytes, begin: Integer, right: Bytes, other: Integer, length: Integer) -> bool:
    """Return whether ``length`` bytes from ``begin`` of one array equal those of another."""
    position = 0
    if length < 8:
        while position < length and left[begin + position] == right[other + position]:
            position += 1
        return bool(position == length)
    while position + 8 < length:
        if word_at(left, begin + position) != word_at(right, other + position):
            return False
        position += 8
    last = length - 8
    return bool(word_at(left, begin + last) == word_at(right, other + last))
