"""Captures that come with the suite, for machines that cannot make their own."""

from pathlib import Path

from slonana_analysis.capture.store import load_capture
from slonana_analysis.errors import UsageError
from slonana_analysis.model.capture import Capture

_PACKAGE = Path(__file__).resolve().parent.parent


def data_directory() -> Path:
    """Return the folder of recorded captures: of the checkout, or of the installed package."""
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data"


def recorded_capture(name: str) -> Capture:
    """Return a capture that comes with the suite; its facts say ``recorded``.

    Parameters
    ----------
    name : str
        Folder under ``data/``, for example ``"perf-pipeline"``.

    Returns
    -------
    Capture
        Made elsewhere; ``facts.host`` names where.

    Raises
    ------
    UsageError
        If there is none of that name; the message lists those there are.
    """
    folder = data_directory() / name
    if not (folder / "capture.json").is_file():
        known = sorted(path.parent.name for path in data_directory().glob("*/capture.json"))
        raise UsageError(f"no recorded capture is called '{name}'; there are {', '.join(known)}")
    return load_capture(folder)
