"""What a table is: its columns in order, and the check that a frame holds exactly these."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from slonana_analysis.errors import SchemaError


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Column name.
    dtype : str
        ``int64``, ``int32``, ``uint8``, ``float64``,
        ``bool``, ``string`` (UTF-8 text) or ``category``
        (text stored once, the column holds codes).
    meaning : str
        What a value says, with its unit.
    before : int, float, bool, str or None
        What files written before the column existed are read as holding; None for a column that
        every file has.
    """

    name: str
    dtype: str
    meaning: str
    before: float | str | None = None


@dataclass(frozen=True)
class Table:
    """A table: its name and columns in order."""

    name: str
    columns: tuple[Column, ...]

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """Return a frame with this table's columns and no rows."""
        return pd.DataFrame({column.name: _as_dtype([], column) for column in self.columns})

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return ``frame`` with exactly this table's columns, order and dtypes.

        Parameters
        ----------
        frame : DataFrame
            Rows to check; not modified.

        Returns
        -------
        DataFrame
            A new frame with a fresh index.

        Raises
        ------
        SchemaError
            If a column is missing or unknown, or a value cannot be held by the column's dtype.
        """
        missing = [name for name in self.names if name not in frame.columns]
        unknown = [str(name) for name in frame.columns if name not in self.names]
        if missing or unknown:
            raise SchemaError(
                f"table '{self.name}': missing columns {missing}, unknown columns {unknown}; "
                f"the columns are {self.names}"
            )
        return pd.DataFrame(
            {column.name: _as_dtype(frame[column.name].array, column) for column in self.columns}
        )


def _as_dtype(values: object, column: Column) -> "pd.Series[Any]":
    """Cast without losing anything: a float with a fraction never becomes an integer silently."""
    series: Any = pd.Series(values)
    try:
        if column.dtype == "category" and series.dtype != "category":
            # Through text first, so that a category's values are always text.
            series = series.astype("string")
        cast = series.astype(column.dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise SchemaError(
            f"column '{column.name}' cannot be held as {column.dtype}: {error}"
        ) from error
    if cast.dtype.kind in "iu" and not np.all(series == cast):
        raise SchemaError(f"column '{column.name}' holds a number that {column.dtype} cannot hold")
    return cast  # type: ignore[no-any-return]  # the stubs cannot follow a dtype known by name
