"""The C compiler of this machine: which one it is and what it is told."""

import os
import platform
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slonana_analysis.errors import UnavailableError
from slonana_analysis.model.observation import observed

HOW_TO_GET = "install one, on Debian with: apt install gcc libc6-dev"

_CANDIDATES = ("cc", "gcc", "clang")
_FLAGS = ("-O3", "-g", "-fno-omit-frame-pointer", "-std=c11", "-Wall", "-Wextra")
# Compilers for ARM that do not know the first spelling know the second.
_TUNING_FLAGS = ("-march=native", "-mcpu=native")
TUNING_VARIABLE = "SLONANA_C_TUNING"
"""Flags to compile with instead of those for this processor, for code that is to run elsewhere."""

_SECONDS = 120.0
_IDENTIFYING_FIELDS = (
    "model name",
    "flags",
    "CPU implementer",
    "CPU architecture",
    "CPU variant",
    "CPU part",
    "Features",
    "isa",
)


@dataclass(frozen=True)
class Compiler:
    """A C compiler that was found.

    Attributes
    ----------
    command : tuple of str
        Program and its first arguments, as ``$CC`` may hold some.
    version : str
        First line of what it says about itself.
    flags : tuple of str
        What every compilation is told.
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]

    def run(self, *arguments: str) -> None:
        """Compile something.

        Raises
        ------
        UnavailableError
            If the compiler fails; with the first error it reports.
        """
        result = _run(self.command, *arguments)
        if result.returncode:
            raise UnavailableError(
                f"the C compiler '{shlex.join(self.command)}' failed "
                f"({_first_error(result)}); try another compiler with CC=..., or {HOW_TO_GET}"
            )


@observed()
def compiler_facts() -> Compiler:
    """Return the compiler that is used here, with its version and flags.

    Returns
    -------
    Compiler
        The one that ``$CC`` names, else the first of cc, gcc and clang.

    Raises
    ------
    UnavailableError
        If there is none, or it does not run.
    """
    return _examine(_find(os.environ.get("CC", "")), os.environ.get(TUNING_VARIABLE, ""))


def processor_identity() -> str:
    """Return what distinguishes the processor for the compiler: its model and its features."""
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    first_core = described.split("\n\n", maxsplit=1)[0].splitlines()
    fields = (line for line in first_core if line.split(":")[0].strip() in _IDENTIFYING_FIELDS)
    return "\n".join((platform.machine(), *fields))


def _find(chosen: str) -> tuple[str, ...]:
    if chosen.strip():
        try:
            command = tuple(shlex.split(chosen))
        except ValueError as error:
            raise UnavailableError(
                f"CC={chosen!r} is no command line ({error}); correct or unset it"
            ) from error
        if program := shutil.which(command[0]):
            return (program, *command[1:])
        raise UnavailableError(
            f"CC={chosen!r} names a compiler that is not here; unset it, or {HOW_TO_GET}"
        )
    for candidate in _CANDIDATES:
        if program := shutil.which(candidate):
            return (program,)
    raise UnavailableError(f"there is no C compiler ({', '.join(_CANDIDATES)}); {HOW_TO_GET}")


@cache
def _examine(command: tuple[str, ...], tuning: str) -> Compiler:
    version = _run(command, "--version")
    if version.returncode:
        raise UnavailableError(
            f"the C compiler '{shlex.join(command)}' does not run ({_first_error(version)}); "
            f"unset or change CC, or {HOW_TO_GET}"
        )
    first_line = next(iter(version.stdout.splitlines()), "unknown")
    return Compiler(command, first_line, (*_FLAGS, *(tuning.split() or _tuning(command))))


def _tuning(command: tuple[str, ...]) -> tuple[str, ...]:
    nothing = ("-fsyntax-only", "-x", "c", os.devnull)
    for flag in _TUNING_FLAGS:
        if _run(command, flag, *nothing).returncode == 0:
            return (flag,)
    return ()


def _run(command: tuple[str, ...], *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [*command, *arguments],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(
            f"the C compiler '{shlex.join(command)}' does not run ({error}); {HOW_TO_GET}"
        ) from error


def _first_error(result: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    errors = (line for line in lines if "error" in line)
    return next(errors, lines[0] if lines else f"exit status {result.returncode}")
