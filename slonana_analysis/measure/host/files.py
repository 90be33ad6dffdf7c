"""Small text files of ``/proc`` and ``/sys`` under a root that tests may choose."""

from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.model.host import UNKNOWN


@dataclass(frozen=True)
class SystemFiles:
    """The files a kernel shows about itself; ``root`` is ``/`` outside tests."""

    root: Path = Path("/")

    def text(self, path: str) -> str:
        """Return a file's text without surrounding blanks; ``"unknown"`` when it cannot be read."""
        try:
            return (self.root / path.lstrip("/")).read_text(errors="replace").strip() or UNKNOWN
        except OSError:
            return UNKNOWN

    def lines(self, path: str) -> list[str]:
        """Return a file's lines; none when it cannot be read."""
        text = self.text(path)
        return [] if text == UNKNOWN else text.splitlines()

    def number(self, path: str) -> int | None:
        """Return the whole number that a file holds; None when it holds none."""
        try:
            return int(self.text(path))
        except ValueError:
            return None

    def matches(self, pattern: str) -> list[Path]:
        """Return the files that match a glob pattern, sorted by name."""
        try:
            return sorted(self.root.glob(pattern.lstrip("/")))
        except OSError:
            return []
