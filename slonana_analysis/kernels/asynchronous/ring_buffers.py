"""Ring buffers by the names of their programs, for callers in Python."""

import operator
from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.kernels.asynchronous.ring_buffer_calls import (
    CURSORS,
    USED,
    front_length,
    pop,
    push,
)
from slonana_analysis.kernels.asynchronous.rules import (
    MAX_BUFFER_BYTES,
    MAX_BUFFERS_PER_PROGRAM,
    MIN_BUFFER_BYTES,
    REFUSED,
    AsyncError,
)


class _Buffer(NamedTuple):
    memory: NDArray[np.uint8]
    cursors: NDArray[np.int64]


class RingBuffers:
    """What the validator calls its ring buffer manager.

    The validator guards each with a mutex; this belongs to one thread at a time.
    """

    def __init__(self) -> None:
        self._buffers: list[_Buffer] = []
        self._of_program: Counter[str] = Counter()

    def create(self, program: str, size: int) -> int:
        """Create a ring buffer.

        Parameters
        ----------
        program : str
            Whose it is; at most 8 each.
        size : int
            Bytes, 64 to 1 MiB; an entry takes 24 more than its payload, and one byte stays free.

        Returns
        -------
        int
            Identifier, from 1; 0 where the buffer was refused.
        """
        room = operator.index(size)
        if not MIN_BUFFER_BYTES <= room <= MAX_BUFFER_BYTES:
            return REFUSED
        if self._of_program[program] >= MAX_BUFFERS_PER_PROGRAM:
            return REFUSED
        self._of_program[program] += 1
        self._buffers.append(_Buffer(np.zeros(room, np.uint8), np.zeros(CURSORS, np.int64)))
        return len(self._buffers)

    def push(self, identifier: int, data: bytes | None) -> AsyncError:
        """Append an entry.

        Parameters
        ----------
        identifier : int
            From `create`.
        data : bytes or None
            What is appended.

        Returns
        -------
        AsyncError
            ``SUCCESS``; ``NULL_POINTER`` for None, ``INVALID_BUFFER`` for an unknown identifier or
            no bytes, ``BUFFER_FULL``.
        """
        buffer = self._buffer(identifier)
        if data is None:
            return AsyncError.NULL_POINTER
        if buffer is None:
            return AsyncError.INVALID_BUFFER
        return AsyncError(push(*buffer, np.frombuffer(data, np.uint8)))

    def pop(self, identifier: int) -> bytes:
        """Remove and return the oldest entry; empty where there is none, or no such buffer."""
        buffer = self._buffer(identifier)
        if buffer is None:
            return b""
        out = np.empty(front_length(*buffer), np.uint8)
        return out[: pop(*buffer, out)].tobytes()

    def used(self, identifier: int) -> int:
        """Return how many bytes entries and their headers take; 0 where there is no such buffer."""
        buffer = self._buffer(identifier)
        return 0 if buffer is None else int(buffer.cursors[USED])

    def _buffer(self, identifier: int) -> _Buffer | None:
        number = operator.index(identifier)
        return self._buffers[number - 1] if 1 <= number <= len(self._buffers) else None
