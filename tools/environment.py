"""``.venv``: made from the hashed lock with pip, and known to be whole by its stamp.

The stamp is written last. An environment without one, or with one that does not fit, is made anew;
an environment cannot be moved, so the checkout's path is part of it. pip takes about a minute for
the lock; uv takes a quarter of that, but does not read pip's configuration, where a site keeps its
mirrors and certificates.
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
import venv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

from tools.checkout import BootstrapError, Checkout, run_logged, say
from tools.debian import apt_install, can_use_apt, install_command

Work = Literal["nothing", "package", "everything"]

# A user's settings that would put packages elsewhere than into .venv, or hide what is in it.
MISLEADING_VARIABLES = frozenset(
    {
        "PIP_CONSTRAINT",
        "PIP_PREFIX",
        "PIP_REQUIREMENT",
        "PIP_ROOT",
        "PIP_TARGET",
        "PIP_USER",
        "PYTHONHOME",
        "PYTHONPATH",
        "VIRTUAL_ENV",
    }
)


@dataclass(frozen=True)
class Stamp:
    """What an environment was made from: a path, a version such as 3.12, two SHA-256 sums."""

    location: str
    python: str
    requirements: str
    project: str


def work_to_do(checkout: Checkout) -> Work:
    """Compare the environment's stamp with what it would be made from now."""
    made = read_stamp(checkout)
    if made is None:
        return "everything"
    working = environment_version(checkout)
    asked = running_version() if os.environ.get("PYTHON") else working
    wanted = wanted_stamp(checkout, asked)
    if (made.location, made.python, made.requirements, working) != (
        wanted.location,
        wanted.python,
        wanted.requirements,
        wanted.python,
    ):
        return "everything"
    return "nothing" if made.project == wanted.project else "package"


def read_stamp(checkout: Checkout) -> Stamp | None:
    """Read the stamp; None where there is none or it is not one of ours."""
    try:
        return Stamp(**json.loads(checkout.stamp.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def wanted_stamp(checkout: Checkout, python: str) -> Stamp:
    """Stamp of an environment made now with the version ``python``."""
    return Stamp(
        location=str(checkout.root),
        python=python,
        requirements=fingerprint(checkout.requirements),
        project=fingerprint(checkout.project),
    )


def fingerprint(path: Path) -> str:
    """SHA-256 of a file that has to be there, as hexadecimal text."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}): is the checkout complete?"
        raise BootstrapError(message) from error


def running_version() -> str:
    """Version of the Python that runs this, such as ``3.12``."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def environment_version(checkout: Checkout) -> str:
    """Version of the environment's Python; empty where it does not run, its base being gone."""
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    command = [str(checkout.python), "-ISc", program]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip()


def make_environment(checkout: Checkout, log: IO[str]) -> None:
    """Make or refresh ``.venv``; the caller holds the lock.

    What is to be done is asked again here: another process may have done it while the caller
    waited for the lock.
    """
    started = time.monotonic()
    work = work_to_do(checkout)
    if work == "nothing":
        return
    if work == "everything":
        create_venv(checkout, log)
        install_locked(checkout, log)
    checkout.stamp.unlink(missing_ok=True)
    install_package(checkout, log)
    stamp = wanted_stamp(checkout, environment_version(checkout))
    checkout.stamp.write_text(json.dumps(asdict(stamp), indent=2) + "\n")
    say(f".venv is ready after {time.monotonic() - started:.0f} s.")


def create_venv(checkout: Checkout, log: IO[str]) -> None:
    """Make a ``.venv`` with nothing but pip in it, in place of whatever is there."""
    require_ensurepip(log)
    how = "making .venv anew" if checkout.venv.exists() else "making .venv"
    say(f"{how} with Python {running_version()} ...")
    if checkout.venv.is_symlink() or checkout.venv.is_file():
        checkout.venv.unlink()
    try:
        venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(checkout.venv)
    except subprocess.CalledProcessError as error:
        log.write((error.output or b"").decode(errors="replace"))
        message = f"pip could not be put into {checkout.venv}: see {checkout.log}."
        raise BootstrapError(message) from error


def require_ensurepip(log: IO[str]) -> None:
    """See to the half of the venv module that Debian keeps in a package of its own.

    Raises
    ------
    BootstrapError
        If it is not there and cannot be installed.
    """
    package = f"python{running_version()}-venv"
    if not has_ensurepip() and can_use_apt():
        say(f"installing the Debian package {package} ...")
        apt_install([package], log)
    if not has_ensurepip():
        raise BootstrapError(
            f"{sys.executable} cannot make virtual environments, having no ensurepip: "
            f"run `{install_command([package])}` or name another Python, "
            "`make PYTHON=/path/to/python3`."
        )


def has_ensurepip() -> bool:
    """Tell whether the running Python can put pip into an environment."""
    importlib.invalidate_caches()
    found = importlib.util.find_spec("ensurepip")
    # A directory that lost its files is still found, as a namespace without an origin.
    return found is not None and found.origin is not None


def install_locked(checkout: Checkout, log: IO[str]) -> None:
    """Install every package of the lock: only wheels, and only those whose hash it names."""
    lines = checkout.requirements.read_text().splitlines()
    say(f"installing {sum(line[:1].isalnum() for line in lines)} locked packages ...")
    pip_install(
        checkout,
        log,
        "--require-hashes",
        "--no-deps",  # the lock names all of them: there is nothing to resolve
        "--only-binary=:all:",
        f"--requirement={checkout.requirements}",
    )


def install_package(checkout: Checkout, log: IO[str]) -> None:
    """Install the checkout itself, editable, with the build backend that the lock brought."""
    say("installing slonana-analysis itself ...")
    pip_install(checkout, log, "--no-deps", "--no-index", "--no-build-isolation", "--editable=.")


def pip_install(checkout: Checkout, log: IO[str], *arguments: str) -> None:
    """Run ``pip install`` in the environment; what it says goes to the log."""
    kept = {name: text for name, text in os.environ.items() if name not in MISLEADING_VARIABLES}
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_PROGRESS_BAR": "off"}
    command = [str(checkout.python), "-m", "pip", "install", "--no-input", *arguments]
    status = run_logged(command, log, environment=kept | quiet, cwd=checkout.root, keep_lock=True)
    if status != 0:
        reason = last_error(checkout.log)
        message = f"pip could not install the packages ({reason}): see {checkout.log}."
        raise BootstrapError(message)


def last_error(log: Path) -> str:
    """Find the line of the log that says best what went wrong."""
    stripped = (line.strip() for line in log.read_text(errors="replace").splitlines())
    lines = [line for line in stripped if line]
    errors = [line for line in lines if line.lower().startswith("error:")]
    return (errors or lines)[-1][:300].rstrip(".")
