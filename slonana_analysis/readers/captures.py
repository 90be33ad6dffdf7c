"""One side of a comparison: a capture, or several of the same workload."""

from pathlib import Path

from slonana_analysis.errors import SlonanaError, UnavailableError, UsageError
from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.registry import read_profile, readers
from slonana_analysis.readers.source import open_source

_FACTS = "capture.json"


def is_captures(side: str) -> bool:
    """Return whether a side names captures or profiler output, and not something else.

    Parameters
    ----------
    side : str
        As for ``read_captures``.

    Returns
    -------
    bool
        By content; False where nothing of that name exists.
    """
    return any(_is_profile(path) for path in _listed(side))


def read_captures(side: str) -> list[Profile]:
    """Read the captures of one side.

    Parameters
    ----------
    side : str
        A profiler's output file, a capture directory, a directory that holds several of either
        (anything else in it is passed over), or several of all these with commas between them.

    Returns
    -------
    list of Profile
        In the order named, within a directory by name; at least one.

    Raises
    ------
    UnavailableError, FormatError
        If one cannot be read.
    UsageError
        If there is none.
    """
    paths = _listed(side)
    named = [Path(part) for part in _parts(side)]
    # What was named by itself must be readable; what merely lies in a named folder need not be.
    chosen = [path for path in paths if path in named or _is_profile(path)]
    if not chosen:
        raise UsageError(f"'{side}' holds no capture and no profiler's output; name such files")
    return [read_profile(path) for path in chosen]


def _parts(side: str) -> list[str]:
    if Path(side).exists():
        return [side]
    return [part for part in side.split(",") if part]


def _listed(side: str) -> list[Path]:
    found: list[Path] = []
    for part in _parts(side):
        path = Path(part)
        if path.is_dir() and not (path / _FACTS).exists():
            found += sorted(_children(path))
        else:
            found.append(path)
    return found


def _children(folder: Path) -> list[Path]:
    try:
        return [
            child for child in folder.iterdir() if child.is_file() or (child / _FACTS).is_file()
        ]
    except OSError as error:
        raise UnavailableError(
            f"{folder} cannot be looked into ({error.strerror}); name the files themselves"
        ) from error


def _is_profile(path: Path) -> bool:
    try:
        with open_source(path) as source:
            head = source.head()
    except SlonanaError:
        return False
    return bool(head) and any(reader.sniff(head) for reader in readers().values())
