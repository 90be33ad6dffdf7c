from pathlib import Path

import pytest

from tests.architecture.modules import PACKAGE


@pytest.fixture
def repository():
    """The root of this repository."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture
def plant(tmp_path):
    """A tree to plant violations in: ``plant(path, text)`` writes a file below the package."""

    def write(path, text):
        target = tmp_path / PACKAGE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return tmp_path

    return write
