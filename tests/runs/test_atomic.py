import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.runs.atomic import publish_folder, write_atomically


def test_a_file_is_made_with_its_folders(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b.txt", b"new")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_full_disk_leaves_the_old_content_and_no_litter(
    tmp_path: Path, fail_at: Callable[[int, BaseException], None]
) -> None:
    path = tmp_path / "b.txt"
    write_atomically(path, b"old")
    fail_at(0, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(UnavailableError, match=r"b\.txt: No space left on device"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["b.txt"]


def test_publishing_replaces_and_keeps_the_old_aside(tmp_path: Path) -> None:
    place = tmp_path / "m" / "d" / "run"
    for version in ("one", "two"):
        staged = tmp_path / "staged"
        (staged / "sub").mkdir(parents=True)
        (staged / "sub" / "file").write_text(version)
        publish_folder(staged, place, tmp_path / "aside")
    assert (place / "sub" / "file").read_text() == "two"
    assert (tmp_path / "aside" / "sub" / "file").read_text() == "one"
