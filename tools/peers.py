"""Make the environment that lleaves is kept in, from its own hashed lock: ``make peers``.

lleaves needs an llvmlite older than our numba's, so it cannot live in .venv. Run by .venv's Python,
whose version the environment gets::

    python -m tools.peers

The environment lies in the user's cache, where the experiments look for it, and is made anew when
the lock or the version of Python has changed. Nothing is fetched at any other time.
"""

import fcntl
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slonana_analysis.experiments.peers.lleaves_environment import environment_folder, stamp_file
from tools.checkout import BootstrapError, say
from tools.environment import MISLEADING_VARIABLES, fingerprint, running_version

LOCK = Path(__file__).with_name("peers-lleaves.lock")
EXIT_MISSING = 3

# The versions that the locked llvmlite has wheels for.
_OLDEST, _NEWEST = (3, 11), (3, 13)
_TAIL = 300


def main(lock: Path = LOCK) -> int:
    """Make the environment unless it is there.

    Returns
    -------
    int
        0 done; 3 it could not be made, and standard error says why.
    """
    try:
        with _alone():
            if not is_made(lock):
                make(lock)
    except BootstrapError as error:
        say(str(error))
        return EXIT_MISSING
    except OSError as error:
        say(f"{error.filename or environment_folder()}: {error.strerror}; free or allow it.")
        return EXIT_MISSING
    return 0


def is_made(lock: Path) -> bool:
    """Tell whether the environment is whole and made from this lock with this Python."""
    try:
        stamp = json.loads(stamp_file().read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == wanted_stamp(lock))


def wanted_stamp(lock: Path) -> dict[str, str]:
    """Return what an environment made now would be made from."""
    return {"python": running_version(), "requirements": fingerprint(lock)}


def make(lock: Path) -> None:
    """Make the environment in place of whatever is there; the stamp is written last.

    Raises
    ------
    BootstrapError
        If this Python is too new or too old for the lock, or pip fails.
    """
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        raise BootstrapError(
            f"lleaves' llvmlite has no wheel for Python {running_version()}: make .venv with"
            " another first, `make PYTHON=python3.13 environment`."
        )
    folder = environment_folder()
    say(f"making an environment for lleaves in {folder} ...")
    try:
        venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(folder)
    except subprocess.CalledProcessError as error:
        raise BootstrapError(f"pip could not be put into {folder}: {error}") from error
    _install(folder / "bin" / "python", lock)
    stamp_file().write_text(json.dumps(wanted_stamp(lock)) + "\n", "utf-8")
    say("lleaves is ready.")


def install_command(python: Path, lock: Path) -> list[str]:
    """Return the command that installs the lock: only wheels, only those whose hash it names."""
    install = [str(python), "-m", "pip", "install", "--no-input", "--quiet"]
    return [
        *install,
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        f"--requirement={lock}",
    ]


def _install(python: Path, lock: Path) -> None:
    kept = {name: text for name, text in os.environ.items() if name not in MISLEADING_VARIABLES}
    done = subprocess.run(
        install_command(python, lock),
        env=kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_PROGRESS_BAR": "off"},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (lines or [done.stderr.strip()])[-1][-_TAIL:].rstrip(".")
        raise BootstrapError(f"pip could not install {lock.name} ({reason}).")


@contextmanager
def _alone() -> Iterator[None]:
    """Wait for whoever else makes the environment."""
    place = environment_folder().with_suffix(".lock")
    with place.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
