"""The codes and limits of the validator's asynchronous execution."""

from enum import IntEnum

MAX_TIMERS = 1024
"""Timers stored in all; those that are done or cancelled count until the next clean-up."""
MAX_TIMERS_PER_PROGRAM = 16
MIN_PERIOD = 1
"""Slots between two runs of a periodic timer."""

MAX_WATCHERS = 256
"""Watchers in all, where a plain one is created; the others do not look at it."""
MAX_WATCHERS_PER_PROGRAM = 32

MIN_BUFFER_BYTES = 64
MAX_BUFFER_BYTES = 1 << 20
MAX_BUFFERS_PER_PROGRAM = 8
ENTRY_HEADER_BYTES = 24

CLEANUP_SLOTS = 100
"""Slots between two clean-ups of the engine."""

REFUSED = 0
"""What is returned in place of an identifier."""


class TimerMode(IntEnum):
    """When a timer runs; other codes are accepted, and act as ``CONDITIONAL`` once due."""

    ONE_SHOT = 0
    PERIODIC = 1
    # These two stay due once their slot has come: they run at every check.
    CONDITIONAL = 2
    DEADLINE = 3


class TimerState(IntEnum):
    """What has become of a timer; the validator never enters ``EXECUTING`` and ``EXPIRED``."""

    PENDING = 0
    EXECUTING = 1
    COMPLETED = 2
    CANCELLED = 3
    EXPIRED = 4


class Trigger(IntEnum):
    """What makes a watcher fire."""

    ANY_CHANGE = 0
    LAMPORT_CHANGE = 1
    DATA_CHANGE = 2
    # The validator compares data here, too: an owner is not among what it is told.
    OWNER_CHANGE = 3
    ABOVE = 4
    BELOW = 5
    PATTERN = 6


class AsyncError(IntEnum):
    """Error codes of the validator's asynchronous calls."""

    SUCCESS = 0
    NULL_POINTER = 1
    INVALID_TIMER = 2
    INVALID_WATCHER = 3
    MAX_TIMERS = 4
    MAX_WATCHERS = 5
    INVALID_SLOT = 6
    SHUT_DOWN = 7
    INVALID_BUFFER = 8
    BUFFER_FULL = 9
    MAX_BUFFERS = 10
