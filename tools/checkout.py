"""The places in a checkout, its lock, and how what is run there is logged."""

import contextlib
import fcntl
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class BootstrapError(Exception):
    """What went wrong and what to do about it, in one sentence."""


@dataclass(frozen=True)
class Checkout:
    """The places that are made here or decide what is made."""

    root: Path

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter of the virtual environment."""
        return self.venv / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """Written when the environment is whole: what it was made from."""
        return self.venv / "made-from.json"

    @property
    def requirements(self) -> Path:
        """The hashed lock."""
        return self.root / "requirements.lock"

    @property
    def project(self) -> Path:
        """The package's own description: its metadata and commands."""
        return self.root / "pyproject.toml"

    @property
    def log(self) -> Path:
        """What pip and apt-get said the last time that there was work to do."""
        return self.root / ".cache" / "environment.log"

    @property
    def lock(self) -> Path:
        """Held by whoever changes the environment."""
        return self.root / ".cache" / "environment.lock"

    @property
    def refused_packages(self) -> Path:
        """The Debian packages that apt-get could not install, so that it is not asked each time."""
        return self.root / ".cache" / "refused-packages.txt"


def say(message: str) -> None:
    """Print one line on standard error: standard output belongs to the job itself."""
    sys.stderr.write(f"environment: {message}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def exclusive(checkout: Checkout) -> Iterator[None]:
    """Hold the checkout's lock, so that two makes at once do not write into one environment.

    Raises
    ------
    BootstrapError
        If the checkout cannot be written to.
    """
    try:
        checkout.lock.parent.mkdir(exist_ok=True)
        lock = checkout.lock.open("w")
    except OSError as error:
        message = f"{error.filename} cannot be written ({error.strerror}): use a clone of your own."
        raise BootstrapError(message) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another make is preparing this checkout; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        # For children run with keep_lock: should this process be killed, a child that goes on
        # writing still holds the lock.
        os.set_inheritable(lock.fileno(), True)  # noqa: FBT003 - it takes no names
        yield


@contextlib.contextmanager
def open_log(checkout: Checkout) -> Iterator[IO[str]]:
    """Open the log anew; the caller holds the lock."""
    with checkout.log.open("w", errors="replace") as log:
        yield log


def run_logged(
    command: Sequence[str],
    log: IO[str],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    keep_lock: bool = False,
) -> int:
    """Run a command with its output in the log; returns its exit status.

    With ``keep_lock`` the command holds the checkout's lock for as long as it runs.
    """
    log.write(f"$ {shlex.join(command)}\n")
    log.flush()
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        close_fds=not keep_lock,
        check=False,
    ).returncode
