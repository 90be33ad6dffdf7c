"""How a notebook tells whoever runs it how far it is: lines appended to a file.

The file is named by ``$SLONANA_PROGRESS``. Outside a run (in JupyterLab) the variable is absent
and reports go nowhere.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROGRESS_VARIABLE = "SLONANA_PROGRESS"


@dataclass(frozen=True)
class ProgressReport:
    """``done`` of ``total`` steps of ``what`` are over."""

    what: str
    done: int
    total: int


def report_progress(what: str, done: int, total: int) -> None:
    """Say how far a long step is; cheap, and safe to call anywhere.

    Parameters
    ----------
    what : str
        What is being done, for example ``"loop_unrolling: launches"``.
    done, total : int
        Steps over, and steps in all.
    """
    if not (place := os.environ.get(PROGRESS_VARIABLE)):
        return
    line = json.dumps({"what": what, "done": done, "total": total}) + "\n"
    try:
        with Path(place).open("a", encoding="utf-8") as stream:
            stream.write(line)
    except OSError:
        return  # a display that cannot be fed must not stop a measurement


class ProgressTail:
    """Reads the reports appended to a file since the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new_reports(self) -> Iterator[ProgressReport]:
        """Yield what was appended since the last call; a line still being written waits."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._offset)
                text = stream.read()
        except OSError:
            return
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            report = _parse(line)
            if report is not None:
                yield report


def _parse(line: bytes) -> ProgressReport | None:
    try:
        entry = json.loads(line)
        return ProgressReport(str(entry["what"]), int(entry["done"]), int(entry["total"]))
    except (ValueError, KeyError, TypeError):
        return None  # the file is written by notebooks, which are not ours to trust
