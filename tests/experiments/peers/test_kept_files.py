import stat

import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers.kept_files import kept_file, versions


def test_a_file_is_made_once_for_a_recipe_and_again_for_another(own_cache):
    made = []

    def make(path):
        made.append(path)
        path.write_text(f"number {len(made)}")

    first = kept_file("forest.txt", ("lightgbm==4", "text"), make)
    assert kept_file("forest.txt", ("lightgbm==4", "text"), make) == first
    second = kept_file("forest.txt", ("lightgbm==5", "text"), make)
    assert [first.read_text(), second.read_text()] == ["number 1", "number 2"]
    assert first.parent == own_cache / "peers"
    assert first.suffix == ".txt"
    assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700


def test_parts_of_a_recipe_do_not_run_into_each_other(own_cache):
    def make(path):
        path.touch()

    assert kept_file("a.so", ("ab", "c"), make) != kept_file("a.so", ("a", "bc"), make)


def test_a_file_half_made_is_not_kept(own_cache):
    def fail(path):
        path.write_text("half")
        raise UnavailableError("the compiler failed")

    def fill(path):
        raise OSError(28, "No space left on device")

    with pytest.raises(UnavailableError, match="the compiler failed"):
        kept_file("a.so", ("recipe",), fail)
    with pytest.raises(UnavailableError, match="No space left"):
        kept_file("a.so", ("recipe",), fill)
    assert list((own_cache / "peers").iterdir()) == []


def test_versions_name_what_is_not_installed_too():
    assert versions("numpy", "no-such-package")[1] == "no-such-package"
    assert versions("numpy")[0].startswith("numpy==")
