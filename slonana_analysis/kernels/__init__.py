"""The validator's fixed-point inference in numba, bit for bit what the validator computes.

Modules here are plain loops, correct wherever numba runs; `vector` holds the same kernels in vector
instructions, and `entries` makes C functions of those. Every kernel takes numpy arrays and scalars,
releases the interpreter lock and can be called from other compiled code. Weights are Q15 (32768
is 1.0), data is scaled by 10000; the two scales are independent.

Importing this package sets where this process keeps machine code (``NUMBA_CACHE_DIR``), unless that
is set already: numba would otherwise run what it compiled from older sources, for it looks only at
the file of the outermost function.
"""

from slonana_analysis.native.machine_code import keep_machine_code

keep_machine_code()
