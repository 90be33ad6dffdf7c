import importlib.metadata
import stat

import pytest
from packaging.utils import canonicalize_name

from tests.repository.lock import (
    CONDA_NAMES,
    conda_environment,
    conda_requirements,
    locked,
    project,
    requirements,
)
from tools.debian import read_package_list

OLDEST_PYTHON = ">=3.11"
ALL_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
INDISPENSABLE = {"jupyterlab", "matplotlib", "nbval", "numba", "numpy", "pandas", "papermill"}


@pytest.fixture
def lock_text(repository):
    return (repository / "requirements.lock").read_text()


@pytest.fixture
def lock(lock_text):
    return locked(lock_text)


def versions_for(lock, name, python):
    """Every version of a package that the lock gives a Python version."""
    surroundings = {"python_version": python, "python_full_version": f"{python}.0"}
    return [
        entry.version
        for entry in lock
        if entry.name == name and (entry.marker is None or entry.marker.evaluate(surroundings))
    ]


def test_what_notebooks_cannot_do_without_is_asked_for(repository):
    assert requirements(repository, extras=False).keys() >= INDISPENSABLE


def test_all_three_begin_with_the_same_python(repository):
    assert project(repository)["requires-python"] == OLDEST_PYTHON
    assert conda_requirements(repository)["python"] == OLDEST_PYTHON
    script = (repository / "tools" / "environment.sh").read_text()
    assert f"Python {', '.join(ALL_PYTHONS[:-1])} or {ALL_PYTHONS[-1]}" in script


def test_conda_gets_every_dependency_with_the_same_bound(repository):
    wanted = {
        CONDA_NAMES.get(name, name): str(requirement.specifier)
        for name, requirement in requirements(repository, extras=False).items()
    }
    given = conda_requirements(repository)
    assert {name: given.get(name) for name in wanted} == wanted


def test_conda_gets_nothing_that_the_project_does_not_ask_for(repository):
    wanted = {CONDA_NAMES.get(name, name) for name in requirements(repository, extras=True)}
    assert conda_requirements(repository).keys() - {"python", "pip"} <= wanted


def test_conda_takes_packages_from_one_channel_and_ours_from_here(repository):
    environment = conda_environment(repository)
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert [each for each in environment["dependencies"] if isinstance(each, dict)] == [
        {"pip": ["-e ."]}
    ]


@pytest.mark.parametrize("python", ALL_PYTHONS)
def test_the_lock_gives_each_python_one_version_within_each_bound(repository, lock, python):
    problems = []
    for name, requirement in requirements(repository, extras=True).items():
        versions = versions_for(lock, name, python)
        surroundings = {"python_version": python, "platform_machine": "x86_64"}
        if requirement.marker and not requirement.marker.evaluate(surroundings):
            assert versions == []
            continue
        if len(versions) != 1 or not requirement.specifier.contains(versions[0]):
            problems.append(f"{requirement}: the lock has {versions or 'nothing'}")
    assert problems == []


def test_the_lock_has_nothing_but_exact_hashed_versions(lock, lock_text):
    assert [entry.name for entry in lock if entry.hashes == 0] == []
    assert "://" not in lock_text
    assert not any(line.startswith("-") for line in lock_text.splitlines())


def test_what_is_installed_is_what_the_lock_says(lock):
    """The tests of an environment that drifted say nothing about the one that users get."""
    installed = {
        canonicalize_name(each.metadata["Name"]): each.version
        for each in importlib.metadata.distributions()
    }
    wanted = {e.name: e.version for e in lock if e.marker is None or e.marker.evaluate()}
    assert {name: installed.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    "line",
    [
        "numpy>=2",
        "numpy",
        "--index-url elsewhere",
        "-e .",
        "numpy @ file:///tmp/numpy.whl",
    ],
)
def test_a_line_that_pins_nothing_is_refused(line):
    with pytest.raises(ValueError, match="not an exact, hashed requirement"):
        locked(f"{line}\n")


def test_a_lock_is_read_with_its_markers_and_hashes():
    text = "# via pip\nnumpy==2.4 ; python_full_version < '3.12' \\\n    --hash=sha256:" + "0" * 64
    (entry,) = locked(text)
    assert (entry.name, entry.version, entry.hashes) == ("numpy", "2.4", 1)
    assert versions_for([entry], "numpy", "3.11") == ["2.4"]
    assert versions_for([entry], "numpy", "3.12") == []


def test_binder_asks_for_a_subset_of_the_debian_packages(repository):
    ours = set(read_package_list(repository / "apt.txt"))
    assert set(read_package_list(repository / ".binder" / "apt.txt")) <= ours
    assert (repository / ".binder" / "runtime.txt").read_text().strip() in {
        f"python-{version}" for version in ALL_PYTHONS
    }


def test_debian_packages_are_listed_once_and_by_name(repository):
    for path in (repository / "apt.txt", repository / "tests" / "apt.txt"):
        names = read_package_list(path)
        assert len(names) == len(set(names)) > 0
        assert all(
            name.replace("-", "").replace("+", "").replace(".", "").isalnum() for name in names
        )


@pytest.mark.parametrize("path", [".ci/run", ".binder/postBuild"])
def test_what_others_start_is_executable(repository, path):
    assert (repository / path).stat().st_mode & stat.S_IXUSR
