"""Sizes that the validator accepts, and the range that its arithmetic saturates to."""

MAX_FEATURES = 64
MAX_NEURONS = 64
MAX_OUTPUTS = 16
MAX_TREE_DEPTH = 32
MAX_TREE_NODES = 256

INT32_MIN = -(2**31)
INT32_MAX = 2**31 - 1
