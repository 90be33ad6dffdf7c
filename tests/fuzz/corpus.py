"""Real files to break: the captures that the project ships and its tests' samples, unpacked."""

from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.readers.registry import readers
from slonana_analysis.readers.source import open_source

_ROOT = Path(__file__).resolve().parents[2]
_FOLDERS = ("data", "tests/data")
_LARGEST = 4 << 20
# Results of other people's benchmarks are for other readers.
_ELSEWHERE = "bench-results"


@dataclass(frozen=True)
class Sample:
    """A sound file: the one reader that recognises it, and its unpacked bytes."""

    reader: str
    path: Path
    text: bytes


def samples(reader: str | None = None) -> list[Sample]:
    """Return all samples, or those of one reader, smallest first."""
    known = readers()
    found = []
    for path in sorted(path for folder in _FOLDERS for path in (_ROOT / folder).rglob("*")):
        if not path.is_file() or _ELSEWHERE in path.parts or path.name == "capture.json":
            continue
        if path.suffix in {".md", ".npz"}:
            continue
        with open_source(path) as source:
            head = source.head()
            names = [name for name, each in known.items() if each.sniff(head)]
            if len(names) != 1 or reader not in (None, names[0]):
                continue
            text = source.stream.read(_LARGEST + 1)
        if len(text) <= _LARGEST:
            found.append(Sample(names[0], path, text))
    return sorted(found, key=lambda sample: (len(sample.text), str(sample.path)))
