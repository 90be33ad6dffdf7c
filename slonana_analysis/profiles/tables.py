"""Writes a profile's tables to a directory that other tools can open."""

import dataclasses
import json
import shutil
import tempfile
from pathlib import Path

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model.profile import Profile

_TABLES = ("frames", "nodes", "threads", "samples")


def write_tables(profile: Profile, directory: Path) -> None:
    """Write ``frames``, ``nodes``, ``threads`` and ``samples`` as Parquet, the rest as JSON.

    Parameters
    ----------
    profile : Profile
        The profile.
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
        for name in _TABLES:
            getattr(profile, name).to_parquet(scratch / f"{name}.parquet", index=False)
        facts = {
            "format": profile.format,
            "tool": profile.tool,
            "event": profile.event,
            "unit": profile.unit,
            "loss": dataclasses.asdict(profile.loss),
            "header": profile.header,
        }
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
