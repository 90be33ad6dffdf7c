"""A parsed profile as a folder of Parquet tables and ``profile.json``."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from slonana_analysis.errors import FormatError
from slonana_analysis.model.profile import LossLedger, Profile
from slonana_analysis.model.schema import (
    EDGES,
    FRAMES,
    HELD,
    NODES,
    PROFILE_SAMPLES,
    SNAPSHOTS,
    THREADS,
)
from slonana_analysis.model.table import Table
from slonana_analysis.runs.atomic import write_atomically
from slonana_analysis.runs.manifest import json_text, read_json_object
from slonana_analysis.runs.tables import read_table, table_path, write_table

_FACTS = "profile.json"
# Tables that most profiles have no rows for, and then no file.
_OPTIONAL = {"edges": EDGES, "snapshots": SNAPSHOTS, "held": HELD}


def save_profile(profile: Profile, folder: Path) -> None:
    """Write a profile's tables, and what is known about them, into a folder.

    Raises
    ------
    SchemaError
        If a table does not hold its columns.
    UnavailableError
        If the folder cannot be written to.
    """
    write_table(profile.frames, FRAMES, folder)
    write_table(profile.nodes, NODES, folder)
    write_table(profile.threads, THREADS, folder)
    write_table(profile.samples, PROFILE_SAMPLES, folder)
    for name, table in _OPTIONAL.items():
        if len(getattr(profile, name)):
            write_table(getattr(profile, name), table, folder)
    facts = {
        "format": profile.format,
        "tool": profile.tool,
        "event": profile.event,
        "unit": profile.unit,
        "loss": asdict(profile.loss),
        "header": profile.header,
        "units": profile.units,
        "time_unit": profile.time_unit,
    }
    write_atomically(folder / _FACTS, json_text(facts).encode())


def load_profile(folder: Path) -> Profile:
    """Read a profile written by ``save_profile``.

    Raises
    ------
    FormatError
        If a file is missing or damaged.
    """
    facts = read_json_object(folder / _FACTS)
    try:
        return Profile(
            format=facts["format"],
            tool=facts["tool"],
            event=facts["event"],
            unit=facts["unit"],
            frames=read_table(table_path(folder, FRAMES), FRAMES),
            nodes=read_table(table_path(folder, NODES), NODES),
            threads=read_table(table_path(folder, THREADS), THREADS),
            samples=read_table(table_path(folder, PROFILE_SAMPLES), PROFILE_SAMPLES),
            loss=_ledger(facts["loss"]),
            header=facts["header"],
            # Runs of earlier versions have neither.
            units=facts.get("units", {}),
            time_unit=facts.get("time_unit", "ns"),
            **{name: _optional(folder, table) for name, table in _OPTIONAL.items()},
        )
    except (KeyError, TypeError) as error:
        raise FormatError(f"{folder / _FACTS}: lacks {error}; the run is damaged") from error


def _ledger(document: dict[str, Any]) -> LossLedger:
    return LossLedger(**{**document, "reasons": tuple(document["reasons"])})


def _optional(folder: Path, table: Table) -> pd.DataFrame:
    path = table_path(folder, table)
    return read_table(path, table) if path.exists() else table.empty()
