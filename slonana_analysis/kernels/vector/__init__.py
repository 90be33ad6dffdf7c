"""The validator's kernels in vector instructions: the bits of the portable ones, in less time."""
