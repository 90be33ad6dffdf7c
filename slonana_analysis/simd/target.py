"""Which vector instructions kernels should be written for, on the processor numba compiles for."""

import os
from collections.abc import Set as AbstractSet
from typing import Any, Literal, TypeAlias

from numba.core import codegen, config

InstructionSet: TypeAlias = Literal["avx512", "avx2", "portable"]

VARIABLE = "SLONANA_SIMD"
"""Environment variable that lowers the instruction set; it never raises it."""

_FROM_WIDEST: tuple[InstructionSet, ...] = ("avx512", "avx2", "portable")
_NEEDED: dict[InstructionSet, frozenset[str]] = {
    "avx512": frozenset({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx2", "fma"}),
    "avx2": frozenset({"avx2", "fma"}),
    "portable": frozenset(),
}


def parse_features(text: str) -> frozenset[str]:
    """Return the enabled features of an LLVM feature string.

    Parameters
    ----------
    text : str
        For example ``"+avx2,-avx512f"``.

    Returns
    -------
    frozenset of str
        For example ``{"avx2"}``.
    """
    return frozenset(name[1:] for name in text.split(",") if name.startswith("+"))


def choose(features: AbstractSet[str], wanted: str = "") -> InstructionSet:
    """Return the widest instruction set that ``features`` hold, no wider than ``wanted``.

    Parameters
    ----------
    features : set of str
        LLVM's names.
    wanted : str
        ``"avx512"``, ``"avx2"``, ``"portable"`` or nothing; anything else counts as nothing, for
        a misspelt variable must not change what is computed.

    Returns
    -------
    {"avx512", "avx2", "portable"}
        ``"avx2"`` asks for fused multiply-add too, ``"avx512"`` for F, BW, DQ and VL.
    """
    lowest = next((rank for rank, name in enumerate(_FROM_WIDEST) if name == wanted), 0)
    return next(name for name in _FROM_WIDEST[lowest:] if _NEEDED[name] <= features)


# What numba itself asks for when it makes machine code: the host, unless the user said otherwise.
_config: Any = config
_codegen: Any = codegen
_FEATURES = parse_features(
    _codegen.get_host_cpu_features() if _config.CPU_FEATURES is None else _config.CPU_FEATURES
)

INSTRUCTION_SET: InstructionSet = choose(_FEATURES, os.environ.get(VARIABLE, ""))
"""What kernels choose their implementation by."""


def cpu_has(feature: str) -> bool:
    """Return whether kernels may use a feature.

    Parameters
    ----------
    feature : str
        LLVM's name, for example ``"avx512vnni"``.

    Returns
    -------
    bool
        Also false where ``INSTRUCTION_SET`` was lowered below what the feature belongs to.
    """
    if INSTRUCTION_SET == "portable" or (INSTRUCTION_SET != "avx512" and "512" in feature):
        return False
    return feature in _FEATURES
