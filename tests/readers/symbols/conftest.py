"""A directory that stands for a machine: its files, its debug files and perf's cache."""

from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.readers.perf_data_file.symbols.symbolizer import Symbolizer


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Write files below a root and ask for the names of offsets in them."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return Machine(tmp_path)


class Machine:
    def __init__(self, directory):
        self.root = directory / "root"
        self.debug = directory / "debug"
        self.cache = directory / "home" / ".debug"

    def put(self, path, content):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def symbols(self, path, offsets, *, build_ids=None, process=1, **more):
        symbolizer = Symbolizer(
            build_ids or {}, root=self.root, debug_directories=[self.debug], **more
        )
        positions = np.array(offsets, np.uint64)
        return symbolizer.symbolize(path, positions, process=process, addresses=positions)

    def names(self, path, offsets, **more):
        found = self.symbols(path, offsets, **more)
        return [found.names[number] if number >= 0 else None for number in found.number.tolist()]
