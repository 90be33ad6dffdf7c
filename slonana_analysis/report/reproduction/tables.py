"""The tables of a run made again from what its remade notebooks have saved."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from slonana_analysis.compare.trends import derived_tables
from slonana_analysis.model.table import Table
from slonana_analysis.report.reproduction.files import compare_folders, table_difference
from slonana_analysis.report.reproduction.findings import Findings
from slonana_analysis.runs.layout import PROFILES
from slonana_analysis.runs.results import gather_tables
from slonana_analysis.runs.run import Run
from slonana_analysis.runs.tables import read_table, table_path, write_table


def remake_tables(run: Run, results: Sequence[Path], remade: Path, findings: Findings) -> None:
    """Gather tables and profiles as a run does, and compare them with the stored ones.

    Parameters
    ----------
    run : Run
        Stored.
    results : sequence of Path
        Result folders of all its notebooks that ended well, in order.
    remade : Path
        Where to write them.
    findings : Findings
        Receives every table.
    """
    gathered = gather_tables(results, run.manifest.run)
    for table, rows in (gathered | derived_tables(run.manifest, gathered)).items():
        again = write_table(_in_stored_order(rows, table, run.path), table, remade)
        stored = table_path(run.path, table)
        if stored.exists() or len(rows):  # runs of the first days lack the later tables
            findings.note("table", table_difference(stored.name, stored, again))
    for folder in results:
        if (folder / PROFILES).is_dir():
            shutil.copytree(folder / PROFILES, remade / PROFILES / folder.name)
    compare_folders(run.path, remade, PROFILES, findings)


def _in_stored_order(rows: pd.DataFrame, table: Table, run: Path) -> pd.DataFrame:
    """Return the rows with their experiments in the order of the stored table.

    A run that was resumed gathered its tables in the order in which its notebooks came to an end.
    """
    path = table_path(run, table)
    if not path.exists():
        return rows
    key = next((name for name in ("experiment", "name", "rule") if name in table.names), None)
    if key is None:
        return rows
    places = {each: place for place, each in enumerate(read_table(path, table)[key].unique())}
    place = rows[key].map(lambda each: places.get(each, len(places))).astype("int64")
    return rows.loc[place.sort_values(kind="stable").index]
