"""Run ids: the second of the start in UTC and a random suffix, so that they sort by time."""

import re
import secrets
from datetime import UTC, datetime

from slonana_analysis.errors import FormatError

_STAMP = "%Y%m%dT%H%M%SZ"
_PATTERN = re.compile(r"(?P<stamp>\d{8}T\d{6}Z)-[0-9a-f]{6}")


def new_run_id(moment: datetime) -> str:
    """Return a fresh run id, for example ``20261123T032959Z-7f3a9c``.

    Parameters
    ----------
    moment : datetime
        Start of the run; must carry a time zone.

    Returns
    -------
    str
        Letters, digits and one hyphen: safe as a file name, on a command line and in a URL.
    """
    return f"{moment.astimezone(UTC):{_STAMP}}-{secrets.token_hex(3)}"


def is_run_id(text: str) -> bool:
    """Return whether ``text`` is a run id; anything else never becomes part of a path."""
    return _PATTERN.fullmatch(text) is not None


def run_start(run_id: str) -> datetime:
    """Return when the run started, to the second, in UTC.

    Raises
    ------
    FormatError
        If ``run_id`` is none.
    """
    match = _PATTERN.fullmatch(run_id)
    if match is None:
        raise FormatError(
            f"'{run_id}' is not a run id; one looks like 20261123T032959Z-7f3a9c "
            "(the name of a folder below runs/machine=…/date=…/)"
        )
    try:
        return datetime.strptime(match["stamp"], _STAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise FormatError(f"'{run_id}' is not a run id: {error}") from error


def run_date(run_id: str) -> str:
    """Return the UTC day a run started on, ``YYYY-MM-DD``: the run's date partition."""
    return f"{run_start(run_id):%Y-%m-%d}"
