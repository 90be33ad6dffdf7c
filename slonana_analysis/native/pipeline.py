"""The workload to profile where the user names no validator."""

import math

from slonana_analysis.errors import UsageError
from slonana_analysis.native.build import executable

MAX_THREADS = 64


def pipeline_command(duration_seconds: float, *, seed: int = 1, threads: int = 1) -> list[str]:
    """Return the command that runs the pipeline for a while.

    The pipeline parses, hashes, scores and executes packets as a validator does; it prints one
    line of JSON when its time is over, and also when it is interrupted.

    Parameters
    ----------
    duration_seconds : float
        How long it runs, in seconds.
    seed : int
        Of its packets and its model.
    threads : int
        How many threads verify packets, 1 to 64; what is computed does not depend on it.

    Returns
    -------
    list of str
        Program and arguments; the program is compiled at the first call.

    Raises
    ------
    UsageError
        If the duration is not positive, the seed is negative or no 64-bit number, or the threads
        are not 1 to 64.
    UnavailableError
        If it could not be compiled.
    """
    if not (math.isfinite(duration_seconds) and duration_seconds > 0):
        raise UsageError(f"the pipeline needs a positive duration, not {duration_seconds} s")
    if not 0 <= seed < 2**64:
        raise UsageError(f"the pipeline's seed is 0 to 2^64 - 1, not {seed}")
    if not 1 <= threads <= MAX_THREADS:
        raise UsageError(f"the pipeline runs 1 to {MAX_THREADS} threads, not {threads}")
    program = str(executable("pipeline"))
    return [
        program,
        f"--duration={duration_seconds:.9f}",
        f"--seed={seed}",
        f"--threads={threads}",
    ]
