"""The codes that the validator's inference calls return."""

from enum import IntEnum


class ErrorCode(IntEnum):
    """Result of an inference call; the values are the validator's."""

    SUCCESS = 0
    INVALID_INPUT_LENGTH = 1
    INVALID_WEIGHTS = 2
    DIMENSION_MISMATCH = 3
    # Declared by the validator but never returned: arithmetic saturates instead.
    OVERFLOW = 4
    INVALID_MODEL = 5
    TREE_DEPTH_EXCEEDED = 6
    NULL_POINTER = 7
    INVALID_ACTIVATION = 8
