import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from slonana_analysis.native.cache import cache_directory


def test_the_variable_names_the_folder(cache: Path) -> None:
    folder = cache_directory("native")
    assert folder == cache / "native"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert cache_directory("native") == folder


def test_a_relative_variable_is_absolute_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLONANA_CACHE", "near")
    assert cache_directory("native") == tmp_path / "near" / "native"


@pytest.mark.parametrize(
    ("xdg", "expected"),
    [("{tmp}/xdg", "xdg/slonana-analysis"), ("relative", "home/.cache/slonana-analysis")],
)
def test_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, xdg: str, expected: str
) -> None:
    monkeypatch.setenv("SLONANA_CACHE", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", xdg.format(tmp=tmp_path))
    assert cache_directory("native") == tmp_path / expected / "native"


def test_a_file_in_the_way_gives_a_temporary_folder(cache: Path) -> None:
    cache.write_text("in the way")
    folder = cache_directory("native")
    assert cache not in folder.parents
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert cache_directory("native") == folder
    assert cache_directory("other").parent == folder.parent


def test_a_folder_that_others_may_write_to_is_not_used(cache: Path) -> None:
    shared = cache / "native"
    shared.mkdir(parents=True)
    shared.chmod(0o777)
    assert cache_directory("native") != shared


def test_a_folder_of_somebody_else_is_not_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cache_directory("native")
    somebody_else = folder.stat().st_uid + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    with pytest.raises(PermissionError):
        # Nothing is this user's here, not even the temporary folder.
        cache_directory("native")


def test_a_user_without_a_home_gets_a_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    for variable in ("SLONANA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    assert cache_directory("native").is_dir()


def test_a_temporary_folder_lives_as_long_as_its_process(tmp_path: Path) -> None:
    script = """
import os, sys
from slonana_analysis.native.cache import cache_directory
folder = cache_directory("native")
if os.fork() == 0:
    sys.exit()
os.wait()
print(folder if folder.is_dir() else "gone with the child")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "SLONANA_CACHE": os.devnull, "TMPDIR": str(tmp_path)},
    )
    assert done.stdout.startswith(str(tmp_path))
    assert not list(tmp_path.iterdir())
