"""Debian packages: which are missing, installing them as root, and what to say otherwise."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tools.checkout import BootstrapError, Checkout, run_logged, say

# The command that a package is wanted for, where it has another name. None: it brings no command.
COMMANDS: dict[str, str | None] = {"gcc": "cc", "libc6-dev": None, "linux-perf": "perf"}

APT_GET = (
    "apt-get",
    *("-o", "DPkg::Lock::Timeout=300"),
    *("-o", "Acquire::Retries=2"),
    *("-o", "Acquire::http::Timeout=30"),
)


def read_package_list(path: Path) -> list[str]:
    """Read package names, one a line; ``#`` starts a comment."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}): is the checkout complete?"
        raise BootstrapError(message) from error
    names = (line.partition("#")[0].strip() for line in lines)
    return [name for name in names if name]


def missing_packages(packages: Sequence[str]) -> list[str]:
    """Select the packages that dpkg does not have and whose command is not there either.

    Where there is no dpkg, a package without a command of its own counts as present.
    """
    doubtful = [name for name in packages if not has_command(name)]
    if shutil.which("dpkg-query") is None:
        return [name for name in doubtful if command_of(name) is not None]
    if not doubtful:
        return []
    answer = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *doubtful],
        capture_output=True,
        text=True,
        check=False,  # it exits with 1 when it does not know one of them
    )
    states = (line.split() for line in answer.stdout.splitlines())
    installed = {package for package, status in states if status == "installed"}
    return [name for name in doubtful if name not in installed]


def command_of(package: str) -> str | None:
    """Give the command that a package is wanted for."""
    return COMMANDS.get(package, package)


def has_command(package: str) -> bool:
    """Tell whether the command that a package is wanted for is there, wherever it came from."""
    command = command_of(package)
    # An ordinary user's PATH lacks the directories of commands that root mostly runs.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    return command is not None and shutil.which(command, path=path) is not None


def can_use_apt() -> bool:
    """Tell whether this process may install Debian packages."""
    forbidden = bool(os.environ.get("NO_APT"))
    return not forbidden and os.geteuid() == 0 and shutil.which("apt-get") is not None


def may_install(checkout: Checkout, missing: Sequence[str]) -> bool:
    """Tell whether to try: there is something to get, and it was not refused before."""
    return bool(missing) and can_use_apt() and refused(checkout) != sorted(missing)


def refused(checkout: Checkout) -> list[str]:
    """Read which packages apt-get could not install the last time."""
    try:
        return checkout.refused_packages.read_text().split()
    except FileNotFoundError:
        return []


def install_packages(checkout: Checkout, packages: Sequence[str], log: IO[str]) -> list[str]:
    """Install what is missing of ``packages``; returns what is missing afterwards.

    The caller holds the lock; another process may have installed them while it waited.
    """
    missing = missing_packages(packages)
    if missing:
        say(f"installing Debian packages (NO_APT=1 skips this): {' '.join(missing)} ...")
        apt_install(missing, log)
        missing = missing_packages(missing)
        checkout.refused_packages.write_text("\n".join(sorted(missing)))
    return missing


def apt_install(packages: Sequence[str], log: IO[str]) -> None:
    """Install what apt-get can install of ``packages``; what it says goes to the log."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = [*APT_GET, "install", "--yes", "--no-install-recommends"]
    # A stale or empty list is the usual reason why a package is not found; when the update itself
    # fails, the lists that are there may still do.
    run_logged([*APT_GET, "update"], log, environment=environment)
    if run_logged([*install, *packages], log, environment=environment) == 0:
        return
    # One package that cannot be had makes apt-get refuse them all.
    for package in packages:
        run_logged([*install, package], log, environment=environment)


def advice(missing: Sequence[str]) -> str:
    """Say what is missing, what that means and the command that gets it."""
    names = " ".join(missing)
    meaning = f"not installed: {names}; what needs them is reported as not measured"
    if shutil.which("apt-get") is None:
        return f"{meaning}. They are Debian's names; ask your package manager for its own."
    return f"{meaning}. To get them: {install_command(missing)}"


def install_command(packages: Sequence[str]) -> str:
    """Give the command that installs ``packages``, as this user has to write it."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install --no-install-recommends {' '.join(packages)}"
