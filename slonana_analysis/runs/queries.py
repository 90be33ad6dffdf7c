"""One table of many runs, read from their Parquet files where they lie.

Each run has files of its own, so any number of writers add runs without waiting for each other and
without a database that could be locked or damaged. What narrows a query (machine, dates) is in the
folders' names and costs no reading.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from slonana_analysis.errors import FormatError
from slonana_analysis.model.table import Table
from slonana_analysis.runs.layout import RunsDirectory
from slonana_analysis.runs.tables import arrow_schema, table_path


def run_folders(runs: Path, machine: str = "") -> list[Path]:
    """Return the folders of whole runs, oldest first.

    Parameters
    ----------
    runs : Path
        Runs directory.
    machine : str
        Only this machine's; empty: of all.
    """
    return [
        folder
        for folder in RunsDirectory(runs).published()
        if not machine or folder.parent.parent.name == f"machine={machine}"
    ]


def read_across(folders: Sequence[Path], table: Table, experiment: str = "") -> pd.DataFrame:
    """Return the rows of one table in many runs, in the order of the folders.

    Parameters
    ----------
    folders : sequence of Path
        Of whole runs; those that lack the table are passed over.
    table : Table
        What to read.
    experiment : str
        Only rows of this experiment; empty: all.

    Returns
    -------
    DataFrame
        Exactly the columns of ``table``.

    Raises
    ------
    FormatError
        If a file is damaged.
    """
    files = [path for folder in folders if (path := table_path(folder, table)).exists()]
    if not files:
        return table.empty()
    rows = ds.field("experiment") == experiment if experiment else None
    try:
        # Files are named one by one: left to itself, Arrow would make columns of "machine=…".
        dataset = ds.dataset([str(path) for path in files], arrow_schema(table), format="parquet")
        found = dataset.to_table(columns=table.names, filter=rows)
    except (OSError, pa.ArrowException) as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise FormatError(
            f"{table.name}.parquet of a run cannot be read ({first}); that run is damaged, remove "
            "or make it again"
        ) from error
    return table.conform(found.to_pandas())
