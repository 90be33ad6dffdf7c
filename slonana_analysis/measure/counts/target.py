"""The instruction set that counted code is compiled for.

valgrind decodes every instruction itself, and knows no AVX-512; code for the processor at hand may
end it with an illegal instruction. It also shows programs a processor of its own, for which numba
would compile everything anew. So both the loops and the C kernels are compiled for a fixed older
processor, which also lets counts of different machines be compared.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.compiler import TUNING_VARIABLE


@dataclass(frozen=True)
class Target:
    """An instruction set.

    Attributes
    ----------
    name : str
        As compilers for C call it.
    processor : str
        A processor with exactly this instruction set, as LLVM calls it.
    flag : str
        What the C compiler is told.
    lanes_bytes : int
        Widest vector register, bytes.
    needs : frozenset of str
        Features that /proc/cpuinfo must list.
    features : str
        What LLVM is told, although the processor implies it: kernels choose by what is listed.
    """

    name: str
    processor: str
    flag: str
    lanes_bytes: int
    needs: frozenset[str] = frozenset()
    features: str = ""

    def environment(self) -> dict[str, str]:
        """Return the variables that make numba and our C build compile for this target."""
        return {
            "NUMBA_CPU_NAME": self.processor,
            # Never absent: that would mean the features of the processor at hand.
            "NUMBA_CPU_FEATURES": self.features,
            TUNING_VARIABLE: self.flag,
        }


# Levels of the x86-64 psABI. Each processor is the one that the level was modelled on.
_TARGETS: Mapping[str, tuple[Target, ...]] = {
    "x86_64": (
        Target(
            "x86-64-v3",
            "haswell",
            "-march=x86-64-v3",
            32,
            frozenset({"avx2", "bmi1", "bmi2", "fma", "f16c", "movbe", "abm"}),
            "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt",
        ),
        Target(
            "x86-64-v2", "nehalem", "-march=x86-64-v2", 16, frozenset({"sse4_2", "popcnt", "cx16"})
        ),
    ),
    "aarch64": (Target("armv8-a", "cortex-a53", "-march=armv8-a", 16),),
}


def counting_target() -> Target:
    """Return the richest target that both this processor and valgrind can execute.

    Raises
    ------
    UnavailableError
        If instructions cannot be counted on this architecture.
    """
    return _choose(platform.machine(), _features())


def _choose(machine: str, features: frozenset[str]) -> Target:
    for target in _TARGETS.get(machine, ()):
        if target.needs <= features:
            return target
    raise UnavailableError(
        f"instructions cannot be counted on this {machine}; "
        f"count on {' or '.join(_TARGETS)} with at least SSE4.2"
    )


def _features() -> frozenset[str]:
    """Return the feature names of the first processor; none where the system lists none."""
    try:
        described = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        return frozenset()
    for line in described.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"flags", "Features"}:
            return frozenset(value.split())
    return frozenset()
