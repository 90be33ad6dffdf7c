import shutil
import stat
from pathlib import Path

import pytest

from tools.checkout import Checkout

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def repository():
    """The root of this repository."""
    return REPOSITORY


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """An otherwise empty PATH; ``commands(name, shell_text)`` puts a command on it."""
    directory = tmp_path / "commands"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))

    def add(name, text="exit 0"):
        path = directory / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return add


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout of two files, in a path with a space, that nothing was made in yet."""
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.delenv("NO_APT", raising=False)
    root = tmp_path / "a checkout"
    root.mkdir()
    (root / "requirements.lock").write_text("a==1 \\\n    --hash=sha256:00\nb==2\n")
    (root / "pyproject.toml").write_text("[project]\n")
    return Checkout(root)


@pytest.fixture
def copied_checkout(checkout):
    """The same with the bootstrap in it, for running it as make does."""
    shutil.copytree(
        REPOSITORY / "tools",
        checkout.root / "tools",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return checkout
