"""Writes the tables of what was read to a directory that other tools can open."""

import dataclasses
import json
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model.reading import Reading

# Tables that most profiles have no rows for.
_OPTIONAL = frozenset({"edges", "snapshots", "held"})


def write_tables(reading: Reading, directory: Path) -> None:
    """Write every table as Parquet under its name, the rest as ``profile.json``.

    Parameters
    ----------
    reading : Profile, Traffic or Counters
        What was read. ``edges``, ``snapshots`` and ``held`` are left out where they have no rows.
    directory : Path
        Must not exist yet; it appears when it is whole.

    Raises
    ------
    UsageError
        If the directory exists.
    UnavailableError
        If it cannot be written.
    """
    if directory.exists():
        raise UsageError(f"{directory} exists already; name a new directory")
    scratch: Path | None = None
    try:
        scratch = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        facts = {}
        for field in dataclasses.fields(reading):
            value = getattr(reading, field.name)
            if not isinstance(value, pd.DataFrame):
                facts[field.name] = value
            elif len(value) or field.name not in _OPTIONAL:
                value.to_parquet(scratch / f"{field.name}.parquet", index=False)
        facts["loss"] = dataclasses.asdict(reading.loss)
        text = json.dumps(facts, indent=2, sort_keys=True) + "\n"
        (scratch / "profile.json").write_text(text, encoding="utf-8")
        scratch.chmod(0o755)
        scratch.rename(directory)
    except OSError as error:
        raise UnavailableError(
            f"{directory} cannot be written ({error.strerror}); choose another place"
        ) from error
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
