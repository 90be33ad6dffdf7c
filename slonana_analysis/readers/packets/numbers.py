"""Reads integers of packets and of capture files in machine code.

Headers of protocols are big-endian (network byte order); a capture file has the byte order of the
machine that wrote it; this machine is little-endian. No caller may ask for bytes behind the end of
the array.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from slonana_analysis.readers.scanning import Bytes, Integer


def _loader(kind: Any) -> Any:  # noqa: ANN401  # a type of numba in, a function for numba out
    """Return a function that loads one unaligned number, which indexing byte by byte is not."""

    def load(typing_context: Any, data: Any, position: Any) -> Any:  # noqa: ANN401, ARG001  # numba's protocol
        signature = kind(data, types.int64)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
            array_of: Any = cgutils.create_struct_proxy
            array = array_of(signature.args[0])(context, builder, arguments[0])
            address = builder.gep(array.data, [arguments[1]])
            pointer = builder.bitcast(address, ir.IntType(kind.bitwidth).as_pointer())
            return builder.load(pointer, align=1)

        return signature, generate

    return intrinsic(load)


raw16: Any = _loader(types.uint16)
raw32: Any = _loader(types.uint32)


@njit(cache=True, nogil=True)
def network16(data: Bytes, at: Integer) -> Integer:
    """Return the big-endian 16-bit number at a position, as int64."""
    value = np.int64(raw16(data, at))
    return (value >> 8) | ((value & 0xFF) << 8)


@njit(cache=True, nogil=True)
def network32(data: Bytes, at: Integer) -> Integer:
    """Return the big-endian 32-bit number at a position, as int64."""
    return (network16(data, at) << 16) | network16(data, at + 2)


@njit(cache=True, nogil=True)
def file16(data: Bytes, at: Integer, big: Integer) -> Integer:
    """Return the 16-bit number at a position of a big-endian file or another one, as int64."""
    return network16(data, at) if big else np.int64(raw16(data, at))


@njit(cache=True, nogil=True)
def file32(data: Bytes, at: Integer, big: Integer) -> Integer:
    """Return the 32-bit number at a position of a big-endian file or another one, as int64."""
    return network32(data, at) if big else np.int64(raw32(data, at))
