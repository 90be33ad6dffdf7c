"""Tables of ``model.schema`` as Parquet files: checked when written, checked again when read.

The same rows give the same bytes: no time, path or host is written into the file. Each column
carries its meaning (with its unit) as field metadata, so that the file explains itself to any
other reader.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from slonana_analysis.errors import FormatError, SchemaError
from slonana_analysis.model.table import Table
from slonana_analysis.runs.atomic import write_atomically

_ARROW_TYPES = {
    "int64": pa.int64(),
    "int32": pa.int32(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "category": pa.dictionary(pa.int32(), pa.string()),
}


def table_path(folder: Path, table: Table) -> Path:
    """Return where ``table`` lies in a folder of tables: ``<name>.parquet``."""
    return folder / f"{table.name}.parquet"


def write_table(frame: pd.DataFrame, table: Table, folder: Path) -> Path:
    """Write a frame as ``<folder>/<table name>.parquet``, whole or not at all.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``table``.
    table : Table
        What the columns must be.
    folder : Path
        Made when missing.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SchemaError
        If the frame does not hold exactly the table's columns.
    UnavailableError
        If the file cannot be written.
    """
    rows = table.conform(frame)
    schema = arrow_schema(table)
    columns = [
        pa.array(rows[field.name], type=field.type, from_pandas=field.type != pa.float64())
        for field in schema
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), sink, compression="zstd")
    path = table_path(folder, table)
    write_atomically(path, sink.getvalue().to_pybytes())
    return path


def read_table(path: Path, table: Table) -> pd.DataFrame:
    """Read a file written by ``write_table``.

    Parameters
    ----------
    path : Path
        Parquet file.
    table : Table
        What it must hold.

    Returns
    -------
    DataFrame
        Exactly the columns of ``table``.

    Raises
    ------
    FormatError
        If the file is missing, damaged, or holds other columns.
    """
    try:
        # ParquetFile, not read_table: the latter would take "machine=…" in the path for a column.
        rows = pq.ParquetFile(path).read(use_threads=False).to_pandas()
        return table.conform(rows.assign(**_text_categories(rows), **_later_columns(rows, table)))
    except (OSError, pa.ArrowException) as error:
        raise FormatError(
            f"{path}: cannot be read as a Parquet table ({_first_line(error)}); "
            "the run is damaged, make it again"
        ) from error
    except SchemaError as error:
        raise FormatError(f"{path}: {error}") from error


def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow types of a table's columns, each with its meaning as metadata."""
    return pa.schema(
        [
            pa.field(column.name, _ARROW_TYPES[column.dtype], metadata={"meaning": column.meaning})
            for column in table
        ],
        metadata={"table": table.name},
    )


def _text_categories(rows: pd.DataFrame) -> dict[str, "pd.Series[Any]"]:
    """Return the category columns with the dtype of their text as ``Table.conform`` makes it."""
    found = rows.select_dtypes("category")
    return {
        str(name): pd.Series(
            pd.Categorical.from_codes(
                column.cat.codes, categories=column.cat.categories.astype("string")
            )
        )
        for name, column in found.items()
    }


def _later_columns(rows: pd.DataFrame, table: Table) -> dict[str, object]:
    """Return the columns that did not exist yet when the file was written."""
    return {
        column.name: column.before
        for column in table
        if column.before is not None and column.name not in rows
    }


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
