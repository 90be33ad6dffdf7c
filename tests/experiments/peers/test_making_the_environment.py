"""tools/peers.py: the environment that lleaves is kept in."""

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers import lleaves_environment
from slonana_analysis.experiments.peers.lleaves_environment import lleaves_python
from tests.repository.lock import locked
from tools import peers

# The last llvmlite with the pass manager that lleaves is written for.
LAST_LLVMLITE = Version("0.44.99")


@pytest.fixture
def lock(tmp_path):
    (tmp_path / "some.lock").write_text("lleaves==1.3.0 --hash=sha256:00\n")
    return tmp_path / "some.lock"


@pytest.fixture
def installed(own_cache, monkeypatch):
    """Commands that pip would have been run with; the environment gets no pip."""
    commands = []

    class Builder:
        def __init__(self, **options):
            assert options == {"clear": True, "symlinks": True, "with_pip": True}

        def create(self, folder):
            (Path(folder) / "bin").mkdir(parents=True, exist_ok=True)
            python = Path(folder) / "bin" / "python"
            python.unlink(missing_ok=True)
            python.symlink_to(sys.executable)
            lleaves_environment.stamp_file().unlink(missing_ok=True)

    def run(command, **_options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(peers.venv, "EnvBuilder", Builder)
    monkeypatch.setattr(peers.subprocess, "run", run)
    monkeypatch.setattr(peers, "_NEWEST", sys.version_info[:2])
    return commands


def test_the_lock_is_hashed_and_holds_an_llvmlite_that_lleaves_runs_with():
    text = peers.LOCK.read_text()
    entries = {entry.name: entry for entry in locked(text)}
    assert set(entries) == {"lleaves", "llvmlite", "numpy"}
    assert all(entry.hashes for entry in entries.values())
    assert Version(entries["llvmlite"].version) <= LAST_LLVMLITE
    assert "http" not in text


def test_only_hashed_wheels_of_the_lock_are_installed(installed, lock):
    assert peers.main(lock) == 0
    (command,) = installed
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(command)
    assert command[-1] == f"--requirement={lock}"
    assert command[0] == str(lleaves_python())


def test_a_whole_environment_is_left_alone_and_another_lock_makes_it_anew(installed, lock):
    assert [peers.main(lock), peers.main(lock)] == [0, 0]
    assert len(installed) == 1
    lock.write_text("lleaves==1.4.0 --hash=sha256:00\n")
    assert peers.main(lock) == 0
    assert len(installed) == 2


def test_a_failed_installation_leaves_no_stamp(installed, lock, monkeypatch, capsys):
    def fail(command, **_options):
        return subprocess.CompletedProcess(command, 1, "", "WARNING: x\nERROR: no such hash.\n")

    monkeypatch.setattr(peers.subprocess, "run", fail)
    assert peers.main(lock) == peers.EXIT_MISSING
    assert "pip could not install some.lock (ERROR: no such hash)." in capsys.readouterr().err
    with pytest.raises(UnavailableError, match="make peers"):
        lleaves_python()


def test_a_python_without_wheels_is_told_so(installed, lock, monkeypatch, capsys):
    monkeypatch.setattr(peers, "_NEWEST", (3, 10))
    assert peers.main(lock) == peers.EXIT_MISSING
    assert "has no wheel for Python" in capsys.readouterr().err
    assert installed == []
