import os
import stat
import time

import pytest

from slonana_analysis.native.fingerprint import (
    fingerprint,
    fingerprinted_directory,
    prune,
    source_fingerprint,
)

# Nothing here may touch the user's own cache.
pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def package(tmp_path):
    for name, text in {
        "kernels/a.py": "x = 1\n",
        "kernels/b.py": "y = 1\n",
        "report/c.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _of(package, versions=("1",)):
    return source_fingerprint(package, ("kernels", "absent"), versions)


def test_the_same_sources_have_the_same_fingerprint(package):
    assert _of(package) == _of(package)
    assert len(_of(package)) == 16


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "kernels/a.py").write_text("x = 2\n"),
        lambda root: (root / "kernels/new.py").write_text(""),
        lambda root: (root / "kernels/a.py").rename(root / "kernels/c.py"),
        lambda root: (root / "kernels/b.py").unlink(),
        lambda root: (
            (root / "kernels/a.py").write_text(""),
            (root / "kernels/b.py").write_text("x = 1\ny = 1\n"),
        ),
    ],
    ids=["edited", "added", "renamed", "removed", "moved across files"],
)
def test_a_changed_source_changes_it(package, change):
    before = _of(package)
    change(package)
    assert _of(package) != before


def test_a_changed_version_changes_it(package):
    assert _of(package, ("1", "23")) != _of(package, ("12", "3"))


def test_other_rooms_and_other_files_do_not(package):
    before = _of(package)
    (package / "report/c.py").write_text("changed = True\n")
    (package / "kernels/notes.txt").write_text("changed\n")
    assert _of(package) == before


def test_a_directory_is_private_and_marked_as_used():
    directory = fingerprinted_directory("test")
    os.utime(directory, (0, 0))
    assert fingerprinted_directory("test") == directory
    assert directory.name == fingerprint()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert directory.stat().st_mtime > 0


def test_only_what_nobody_used_for_a_while_is_pruned():
    current = fingerprinted_directory("pruned")
    week = time.time() - 8 * 86_400
    for name, age in {"old": week, "young": time.time()}.items():
        (current.parent / name).mkdir()
        (current.parent / name / "file.py").write_text("")
        os.utime(current.parent / name, (age, age))
    os.utime(current, (week, week))
    assert prune("pruned") == [current.parent / "old"]
    assert sorted(path.name for path in current.parent.iterdir()) == sorted([current.name, "young"])
