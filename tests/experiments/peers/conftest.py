import importlib.util
import json
import sys

import pytest

from slonana_analysis.experiments.peers import lleaves_environment


@pytest.fixture
def own_cache(monkeypatch, tmp_path):
    """An empty cache of the test's own: nothing was made yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SLONANA_CACHE", str(folder))
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def no_packages(monkeypatch):
    """A machine with none of the peers' packages."""
    find = importlib.util.find_spec
    hidden = {"lightgbm", "onnx", "onnxruntime", "sklearn", "tl2cgen", "treelite"}

    def find_spec(name, package=None):
        return None if name in hidden else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)


@pytest.fixture
def every_package(monkeypatch):
    """A machine where all packages seem to be installed; none of them is imported."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: name)


@pytest.fixture
def worker(own_cache):
    """An environment for lleaves that is whole: its Python is a script the test writes."""
    folder = lleaves_environment.environment_folder()
    (folder / "bin").mkdir(parents=True)

    def write(program):
        python = folder / "bin" / "python"
        python.write_text(f"#!{sys.executable} -I\n{program}\n")
        python.chmod(0o700)
        lleaves_environment.stamp_file().write_text(json.dumps({"python": "3.11"}))
        return python

    return write
