"""The C and C++ compilers of this machine: which ones they are and what they are told."""

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

_FLAGS = ("-O3", "-g", "-fno-omit-frame-pointer", "-Wall", "-Wextra")
# Compilers for ARM that do not know the first spelling know the second.
_TUNING_FLAGS = ("-march=native", "-mcpu=native")
TUNING_VARIABLE = "SLONANA_C_TUNING"
"""Flags to compile with instead of those for this processor, for code that is to run elsewhere."""

_SECONDS = 120.0


@dataclass(frozen=True)
class Language:
    """What a compiler compiles, and how one for it is found.

    Attributes
    ----------
    name : str
        ``"C"`` or ``"C++"``.
    variable : str
        Environment variable that names a compiler.
    candidates : tuple of str
        What compilers are called otherwise.
    standard : str
        Flag that chooses the standard.
    option : str
        What ``-x`` calls the language.
    how_to_get : str
        How to get a compiler.
    """

    name: str
    variable: str
    candidates: tuple[str, ...]
    standard: str
    option: str
    how_to_get: str


C = Language("C", "CC", ("cc", "gcc", "clang"), "-std=c11", "c", HOW_TO_GET)
CXX = Language(
    "C++",
    "CXX",
    ("c++", "g++", "clang++"),
    "-std=c++17",
    "c++",
    "install one, on Debian with: apt install g++",
)
_LANGUAGES = {language.name: language for language in (C, CXX)}

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
    """A compiler that was found.

    Attributes
    ----------
    command : tuple of str
        Program and its first arguments, as ``$CC`` may hold some.
    version : str
        First line of what it says about itself.
    flags : tuple of str
        What every compilation is told.
    language : str
        What it compiles, ``"C"`` or ``"C++"``.
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]
    language: str = C.name

    def run(self, *arguments: str) -> None:
        """Compile something.

        Raises
        ------
        UnavailableError
            If the compiler fails; with the first error it reports.
        """
        language = _LANGUAGES[self.language]
        result = _run(language, self.command, *arguments)
        if result.returncode:
            raise UnavailableError(
                f"the {language.name} compiler '{shlex.join(self.command)}' failed "
                f"({_first_error(result)}); try another compiler with {language.variable}=..., "
                f"or {language.how_to_get}"
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
    return _compiler(C)


@observed()
def cxx_compiler_facts() -> Compiler:
    """Return the C++ compiler that is used here, with its version and flags.

    Returns
    -------
    Compiler
        The one that ``$CXX`` names, else the first of c++, g++ and clang++.

    Raises
    ------
    UnavailableError
        If there is none, or it does not run.
    """
    return _compiler(CXX)


def _compiler(language: Language) -> Compiler:
    command = _find(language, os.environ.get(language.variable, ""))
    return _examine(language, command, os.environ.get(TUNING_VARIABLE, ""))


def processor_identity() -> str:
    """Return what distinguishes the processor for the compiler: its model and its features."""
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    first_core = described.split("\n\n", maxsplit=1)[0].splitlines()
    fields = (line for line in first_core if line.split(":")[0].strip() in _IDENTIFYING_FIELDS)
    return "\n".join((platform.machine(), *fields))


def _find(language: Language, chosen: str) -> tuple[str, ...]:
    named = f"{language.variable}={chosen!r}"
    if chosen.strip():
        try:
            command = tuple(shlex.split(chosen))
        except ValueError as error:
            raise UnavailableError(
                f"{named} is no command line ({error}); correct or unset it"
            ) from error
        if program := shutil.which(command[0]):
            return (program, *command[1:])
        raise UnavailableError(
            f"{named} names a compiler that is not here; unset it, or {language.how_to_get}"
        )
    for candidate in language.candidates:
        if program := shutil.which(candidate):
            return (program,)
    raise UnavailableError(
        f"there is no {language.name} compiler ({', '.join(language.candidates)}); "
        f"{language.how_to_get}"
    )


@cache
def _examine(language: Language, command: tuple[str, ...], tuning: str) -> Compiler:
    version = _run(language, command, "--version")
    if version.returncode:
        raise UnavailableError(
            f"the {language.name} compiler '{shlex.join(command)}' does not run "
            f"({_first_error(version)}); unset or change {language.variable}, or "
            f"{language.how_to_get}"
        )
    first_line = next(iter(version.stdout.splitlines()), "unknown")
    tuned = tuning.split() or _tuning(language, command)
    return Compiler(command, first_line, (*_FLAGS, language.standard, *tuned), language.name)


def _tuning(language: Language, command: tuple[str, ...]) -> tuple[str, ...]:
    nothing = ("-fsyntax-only", "-x", language.option, os.devnull)
    for flag in _TUNING_FLAGS:
        if _run(language, command, flag, *nothing).returncode == 0:
            return (flag,)
    return ()


def _run(
    language: Language, command: tuple[str, ...], *arguments: str
) -> subprocess.CompletedProcess[str]:
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
            f"the {language.name} compiler '{shlex.join(command)}' does not run ({error}); "
            f"{language.how_to_get}"
        ) from error


def _first_error(result: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    errors = (line for line in lines if "error" in line)
    return next(errors, lines[0] if lines else f"exit status {result.returncode}")
