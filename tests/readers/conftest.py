"""Reading text that stands in the test itself, and saying what came of it in plain values."""

import io
from pathlib import Path

import pytest

from slonana_analysis.readers.perf_script import READER

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture
def data():
    return DATA


@pytest.fixture
def read():
    """Read perf script text or bytes; frames and nodes as the reader made them."""

    def read_text(text):
        raw = text if isinstance(text, bytes) else text.encode()
        return READER.read(io.BytesIO(raw), "test")

    return read_text


@pytest.fixture
def samples_of():
    """List samples as (name, process, thread, time, weight, event, stack outermost first)."""

    def listed(profile):
        parents = profile.nodes["parent"].tolist()
        frames = list(profile.frames.itertuples(index=False, name=None))
        node_frames = profile.nodes["frame"].tolist()
        threads = list(profile.threads.itertuples(index=False, name=None))

        def stack(node):
            path = []
            while node >= 0:
                path.append(frames[node_frames[node]])
                node = parents[node]
            return tuple(reversed(path))

        rows = profile.samples.itertuples(index=False, name=None)
        return [
            (threads[thread][2], *threads[thread][:2], time_ns, weight, event, stack(node))
            for node, thread, time_ns, weight, event in rows
        ]

    return listed
