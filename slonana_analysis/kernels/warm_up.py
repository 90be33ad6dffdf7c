"""Compiling every kernel once per machine, so that no later process has to.

numba keeps machine code on disk. What is compiled here is found there by every process that runs
the same sources with the same ``SLONANA_SIMD`` and the same cache.

References
----------
numba manual, "Notes on Caching" and "Event API".
"""

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from numba.core import event

from slonana_analysis.kernels.examples import Example, examples

_STEP_OF_COMPILING = "numba:run_pass"


@dataclass(frozen=True)
class WarmKernel:
    """A kernel that is now compiled, and on disk.

    Attributes
    ----------
    name : str
        For example ``"vector.activations.relu"``.
    seconds : float
        Until its first call was over.
    compiled : bool
        Whether anything had to be compiled; false where all of it was on disk already.
    """

    name: str
    seconds: float
    compiled: bool


def warm_up(
    on_kernel: Callable[[str], None] | None = None, calls: Iterable[Example] | None = None
) -> tuple[WarmKernel, ...]:
    """Compile every public kernel and every entry that is not in numba's cache yet.

    Where machine code is kept is numba's to say: ``NUMBA_CACHE_DIR``, as it was when the kernels
    were imported.

    Parameters
    ----------
    on_kernel : callable, optional
        Called with each kernel's name before its first call.
    calls : iterable of Example, optional
        Which kernels; all `examples` unless given.

    Returns
    -------
    tuple of WarmKernel
        In the order of work. What one kernel shares with another is compiled with the first.
    """
    return tuple(_warmed(example, on_kernel) for example in calls or examples())


def _warmed(example: Example, on_kernel: Callable[[str], None] | None) -> WarmKernel:
    if on_kernel is not None:
        on_kernel(example.name)
    start = time.perf_counter()
    with event.install_recorder(_STEP_OF_COMPILING) as steps:
        example.call()
    return WarmKernel(example.name, time.perf_counter() - start, bool(steps.buffer))


def main() -> None:
    """Compile what is not compiled yet, and say so while it takes time."""
    begun = time.perf_counter()
    made = [each for each in warm_up(_told) if each.compiled]
    if made:
        seconds = time.perf_counter() - begun
        print(f"{len(made)} kernels compiled in {seconds:.0f} s", file=sys.stderr)


def _told(name: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[Kkernels, compiled once per machine: {name}", end="\r", file=sys.stderr)


if __name__ == "__main__":
    main()
