"""The validator's fixed-point inference in plain numba, bit for bit what the validator computes.

Every kernel takes numpy arrays and scalars, allocates nothing, releases the interpreter lock and
can be called from other compiled code. Weights are Q15 (32768 is 1.0), data is scaled by 10000;
the two scales are independent.

The kernels are inlined into the loops that call them, as a C compiler would inline them: a call
passes seven words for every array, which a kernel of a few nanoseconds would not hide.
"""
