"""What a kernel is told before its first cell: to note what it sees of the machine, or to answer.

It is told in code, not by its environment, so that nobody's shell can switch a replay on.
"""

from pathlib import Path


def recording(results: Path) -> str:
    """Return code that notes, in a notebook's result folder, whatever the kernel sees."""
    return _call("record_looks", str(results))


def replaying(run: Path, notebook: str) -> str:
    """Return code that answers from a stored run whatever a notebook asks of the machine."""
    return _call("replay_looks", str(run), notebook)


def _call(function: str, *arguments: str) -> str:
    """Return a call that leaves no name behind in the notebook."""
    given = ", ".join(map(repr, arguments))
    return f"from slonana_analysis.runs.replay import {function} as _\n_({given})\ndel _"
