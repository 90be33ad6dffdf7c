"""A cache of the test's own, and compilers that only pretend."""

import os
import shlex
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

WriteCompiler = Callable[..., Path]

_FAKE = """#!/bin/sh
if [ "$1" = --version ]; then echo {version}; exit 0; fi
case " $* " in *" "{refused}" "*) echo "cc: error: bad option" >&2; exit 1;; esac
case " $* " in *" -o "*) ;; *) exit 0;; esac
echo "$*" >> {log}
{action}
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache that is used during the test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SLONANA_CACHE", str(folder))
    return folder


@pytest.fixture
def compiler(
    tmp_path: Path,
    cache: Path,  # what pretended compilers make is for nobody else
    monkeypatch: pytest.MonkeyPatch,
) -> WriteCompiler:
    """Return a function that makes $CC a script: it logs compilations, then acts."""

    def write(
        action: str = "", *, name: str = "fake-cc", version: str = "fake 1.0", refused: str = "none"
    ) -> Path:
        script, log = tmp_path / name, tmp_path / f"{name}.log"
        log.touch()
        script.write_text(
            _FAKE.format(
                version=shlex.quote(version),
                refused=shlex.quote(refused),
                log=shlex.quote(str(log)),
                action=action or make_output(),
            )
        )
        script.chmod(stat.S_IRWXU)
        monkeypatch.setenv("CC", str(script))
        return log

    return write


def make_output() -> str:
    """Shell text that writes the file after -o."""
    return 'while [ "$1" != -o ]; do shift; done; echo built > "$2"'


def real_compiler() -> str:
    """Shell text that really compiles."""
    found = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or "cc"
    return f'exec {found} "$@"'
