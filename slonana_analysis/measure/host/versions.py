"""Versions of what takes part in a measurement: interpreter, libraries, compiler, this suite."""

import platform
import shutil
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from slonana_analysis.errors import UnavailableError
from slonana_analysis.model.host import UNKNOWN
from slonana_analysis.native.compiler import compiler_facts

_LIBRARIES = (
    "llvmlite",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "slonana-analysis",
)
# Those whose figures enter results; the others are listed by ``doctor``.
_TOOLS = ("perf", "valgrind")
_PACKAGE = Path(__file__).resolve().parents[2]
_SECONDS = 5.0


def read_versions() -> dict[str, str]:
    """Return versions by name; what is not there is left out."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    with suppress(UnavailableError):
        found["c compiler"] = compiler_facts().version
    for tool in _TOOLS:
        if version := _printed([tool, "--version"]):
            # "perf version 6.1.187" and "valgrind-3.19.0" repeat their own names.
            found[tool] = version.splitlines()[0].split()[-1].removeprefix(f"{tool}-")
    return found


def read_commit(folder: Path = _PACKAGE) -> str:
    """Return the commit that the suite's own files are of, with ``-dirty`` when they differ.

    Parameters
    ----------
    folder : Path
        The installed package.

    Returns
    -------
    str
        ``"unknown"`` when it was not installed from a checkout, or there is no git.
    """
    if not (folder.parent / ".git").exists() or shutil.which("git") is None:
        return UNKNOWN
    commit = _git(folder.parent, "rev-parse", "HEAD")
    if not commit:
        return UNKNOWN
    return f"{commit}-dirty" if _git(folder.parent, "status", "--porcelain") else commit


def _git(folder: Path, *arguments: str) -> str:
    return _printed(["git", "-C", str(folder), *arguments])


def _printed(command: list[str]) -> str:
    """Return what a command prints; nothing when it fails, hangs or is not there."""
    try:
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
