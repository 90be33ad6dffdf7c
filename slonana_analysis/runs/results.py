"""What a notebook hands to the run it belongs to, and how the run gathers it."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from slonana_analysis.errors import UsageError
from slonana_analysis.model.capture import Capture
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.profile import Profile
from slonana_analysis.model.schema import (
    CHECKS,
    COUNTS,
    LAUNCHES,
    ROOFS,
    SAMPLES,
    SELF_TEST,
    VERDICTS,
)
from slonana_analysis.model.table import Table
from slonana_analysis.runs.atomic import explained_write_errors
from slonana_analysis.runs.layout import CAPTURES, PROFILES
from slonana_analysis.runs.profiles import save_profile
from slonana_analysis.runs.tables import read_table, table_path, write_table

RUN_TABLES: tuple[Table, ...] = (
    SAMPLES,
    VERDICTS,
    CHECKS,
    ROOFS,
    LAUNCHES,
    COUNTS,
    SELF_TEST,
)

# What tells a table's rows apart when a notebook saves again; elsewhere it is the experiment.
_KEYS: Mapping[Table, str] = {ROOFS: "name", SELF_TEST: "rule"}


def save_results(
    output: str | Path,
    measurement: Measurement | None = None,
    verdicts: pd.DataFrame | None = None,
    roofs: pd.DataFrame | None = None,
    *,
    counts: pd.DataFrame | None = None,
    self_test: pd.DataFrame | None = None,
    captures: Mapping[str, Capture] | None = None,
    profiles: Mapping[str, Profile] | None = None,
) -> Path | None:
    """Hand a notebook's results to the run that executes it.

    May be called more than once. Rows of an experiment (of a roof) saved before are replaced,
    those of others are kept, so that executing a cell again does no harm.

    Parameters
    ----------
    output : str or Path
        The notebook's result folder, its ``output`` parameter. Empty: the notebook is used by
        hand and belongs to no run; nothing is written.
    measurement : Measurement, optional
        Samples, checks and launches.
    verdicts : DataFrame, optional
        Columns of ``schema.VERDICTS``.
    roofs : DataFrame, optional
        Columns of ``schema.ROOFS``.
    counts : DataFrame, optional
        Columns of ``schema.COUNTS``.
    self_test : DataFrame, optional
        Columns of ``schema.SELF_TEST``.
    captures : mapping of str to Capture, optional
        Short names (letters, digits, ``-``, ``_``) to captures; their folders are copied.
    profiles : mapping of str to Profile, optional
        Short names to parsed profiles.

    Returns
    -------
    Path or None
        The folder, or None where nothing was written.

    Raises
    ------
    SchemaError
        If a table does not hold its columns.
    UsageError
        If a name cannot name a folder.
    UnavailableError
        If the folder cannot be written to.
    """
    if not str(output):
        return None
    folder = Path(output)
    tables = {VERDICTS: verdicts, ROOFS: roofs, COUNTS: counts, SELF_TEST: self_test}
    if measurement is not None:
        tables |= {
            SAMPLES: measurement.samples,
            CHECKS: measurement.checks,
            LAUNCHES: measurement.launches,
        }
    for table, frame in tables.items():
        if frame is not None:
            write_table(_with_earlier_rows(frame, table, folder), table, folder)
    for name, capture in (captures or {}).items():
        _copy_capture(capture, folder / CAPTURES / _folder_name(name))
    for name, profile in (profiles or {}).items():
        save_profile(profile, folder / PROFILES / _folder_name(name))
    return folder


def load_roofs(output: str | Path) -> pd.DataFrame | None:
    """Return the roofs that a notebook of the same run measured before.

    Parameters
    ----------
    output : str or Path
        The asking notebook's result folder; empty outside a run.

    Returns
    -------
    DataFrame or None
        Columns of ``schema.ROOFS``; None where no notebook has saved any.

    Raises
    ------
    FormatError
        If the stored table is damaged.
    """
    if not str(output):
        return None
    folder = Path(output)
    stored = sorted(folder.parent.glob(f"*/{ROOFS.name}.parquet"))
    own = [table_path(folder, ROOFS)] if table_path(folder, ROOFS) in stored else []
    first = next(iter([*own, *stored]), None)
    return None if first is None else read_table(first, ROOFS)


def gather_tables(folders: Iterable[Path], run_id: str) -> dict[Table, pd.DataFrame]:
    """Return the rows of all notebooks, with the run column set.

    Parameters
    ----------
    folders : iterable of Path
        Result folders in the notebooks' order; of a roof measured twice the last is kept.
    run_id : str
        What the run column shall say.

    Returns
    -------
    dict of Table to DataFrame
        One frame, possibly empty, for each of ``RUN_TABLES``.

    Raises
    ------
    FormatError
        If a notebook left a damaged table.
    """
    places = list(folders)
    return {table: _gather(table, places, run_id) for table in RUN_TABLES}


def _gather(table: Table, folders: Sequence[Path], run_id: str) -> pd.DataFrame:
    paths = [table_path(folder, table) for folder in folders]
    rows = _concatenate([read_table(path, table) for path in paths if path.exists()], table)
    if table is ROOFS:
        rows = table.conform(rows.drop_duplicates("name", keep="last"))
    return table.conform(rows.assign(run=run_id)) if "run" in table.names else rows


def _with_earlier_rows(frame: pd.DataFrame, table: Table, folder: Path) -> pd.DataFrame:
    path = table_path(folder, table)
    rows = table.conform(frame)
    if not path.exists():
        return rows
    key = _KEYS.get(table, "experiment")
    earlier = read_table(path, table)
    return _concatenate([earlier[~earlier[key].isin(rows[key].unique())], rows], table)


def _concatenate(frames: Sequence[pd.DataFrame], table: Table) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return table.conform(pd.concat(filled)) if filled else table.empty()


def _copy_capture(capture: Capture, place: Path) -> None:
    if capture.directory.resolve() == place.resolve():
        return  # recorded right there; removing the old copy would remove the only one
    with explained_write_errors(place):
        if place.exists():
            shutil.rmtree(place)
        shutil.copytree(capture.directory, place)


def _folder_name(name: str) -> str:
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name):
        raise UsageError(
            f"'{name}' cannot name a capture or profile; use letters, digits, '-' and '_'"
        )
    return name
