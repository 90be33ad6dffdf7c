"""The environment that lleaves is kept in, away from ours.

lleaves 1.3 is written for LLVM's old pass manager, which llvmlite dropped after 0.44; our numba
needs a later one. So lleaves lives in an environment of its own, made by ``make peers``, and is
only asked to compile: the machine code that it makes is loaded into our process and timed there.
"""

from pathlib import Path

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.cache import cache_directory

HOW_TO_GET = "get it with: make peers"


def environment_folder() -> Path:
    """Return where the environment is, or is to be made."""
    return cache_directory("peers") / "lleaves-environment"


def stamp_file() -> Path:
    """Return the file that is written when the environment is whole."""
    return environment_folder() / "made-from.json"


def lleaves_python() -> Path:
    """Return the Python that has lleaves.

    Returns
    -------
    Path
        Of the interpreter.

    Raises
    ------
    UnavailableError
        If the environment was not made, or not to its end.
    """
    python = environment_folder() / "bin" / "python"
    if not stamp_file().exists() or not python.exists():
        raise UnavailableError(
            f"lleaves needs an llvmlite older than ours, in an environment of its own; {HOW_TO_GET}"
        )
    return python
