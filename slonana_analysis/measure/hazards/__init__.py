"""A lint for benchmarks: whether the work is there, is repeated, and is the same every time."""
