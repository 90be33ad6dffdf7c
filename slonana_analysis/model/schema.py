"""The sole owner of column names, dtypes and units of every table this package stores or returns.

Other modules take names from here (``schema.SAMPLES.names``) or repeat them as plain attribute
access on a frame that was checked against its table first.
"""

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
        ``int64``, ``int32``, ``float64``, ``bool``, ``string`` (UTF-8 text) or ``category``
        (text stored once, the column holds codes).
    meaning : str
        What a value says, with its unit.
    """

    name: str
    dtype: str
    meaning: str


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
    if cast.dtype.kind == "i" and not np.all(series == cast):
        raise SchemaError(f"column '{column.name}' holds a number that {column.dtype} cannot hold")
    return cast  # type: ignore[no-any-return]  # the stubs cannot follow a dtype known by name


_IDENTITY = (
    Column("run", "string", "run id; empty while a measurement belongs to no run"),
    Column("experiment", "string", "experiment name, for example loop_unrolling"),
    Column("variant", "string", "variant name; the experiment's first variant is the baseline"),
    Column("parameters", "string", "JSON object with sorted keys"),
)

SAMPLES = Table(
    "samples",
    (
        *_IDENTITY,
        Column("launch", "int32", "fresh process, from 0"),
        Column("round", "int32", "pass over all variants within the launch, from 0"),
        Column("order", "int32", "place of this batch within its round, from 0"),
        Column("value", "float64", "time or amount of one repetition, in the unit column"),
        Column("unit", "string", "SI word, for example ns"),
        Column("inner", "int64", "repetitions in the timed batch"),
        Column("harness_ns", "float64", "ns of one empty repetition, not subtracted from value"),
    ),
)

VERDICTS = Table(
    "verdicts",
    (
        *_IDENTITY,
        Column("name", "string", "what is compared, in words: experiment, variant, parameters"),
        Column("baseline", "string", "variant compared against"),
        Column("verdict", "string", "improved, regressed, same, inconclusive or not measured"),
        Column("estimate", "float64", "relative effect; 0.05 is 5 % slower; NaN: not measured"),
        Column("low", "float64", "lower end of the effect's interval"),
        Column("high", "float64", "upper end of the effect's interval"),
        Column("launches", "int32", "launches the estimate rests on"),
        Column("floor", "float64", "relative effect below which nothing is called a change"),
        Column("mde", "float64", "smallest relative effect found 95 % of the time at this spread"),
        Column("value", "float64", "the variant's own time or amount, in the unit column"),
        Column("value_low", "float64", "lower end of the interval of value across launches"),
        Column("value_high", "float64", "upper end of the interval of value across launches"),
        Column("baseline_value", "float64", "the baseline's own time or amount"),
        Column("unit", "string", "SI word, for example ns"),
        Column("reason", "string", "why a verdict is inconclusive or not measured; else empty"),
    ),
)

CHECKS = Table(
    "checks",
    (
        *_IDENTITY,
        Column("baseline", "string", "variant that this case is compared against"),
        Column("launch", "int32", "fresh process, from 0"),
        Column("check", "string", "output, linear, floor or roof"),
        Column("passed", "bool", "whether the timing may be believed on this point"),
        Column("observed", "float64", "what was seen: ratio t(2n)/t(n), or ns of one repetition"),
        Column("limit", "float64", "what it was held against; NaN where there is none"),
    ),
)

SUMMARY = Table(
    "summary",
    (
        *_IDENTITY[1:],
        Column("value", "float64", "trimmed mean over launches of the median, in the unit column"),
        Column("low", "float64", "lower end of the interval across launches; NaN for one launch"),
        Column("high", "float64", "upper end of the interval across launches"),
        Column("launches", "int32", "launches the figures rest on"),
        Column("unit", "string", "SI word, for example ns"),
    ),
)

ROOFS = Table(
    "roofs",
    (
        Column("name", "string", "for example read L1, triad DRAM, multiply-add float64"),
        Column("value", "float64", "best sustained rate seen, in the unit column"),
        Column("low", "float64", "lower end of the interval of the median rate across rounds"),
        Column("high", "float64", "upper end of the interval of the median rate across rounds"),
        Column("unit", "string", "bytes/s or operations/s"),
        Column("working_set", "int64", "bytes touched; 0 where memory plays no part"),
        Column("rounds", "int32", "timed batches the figures rest on"),
    ),
)

FRAMES = Table(
    "frames",
    (
        Column("function", "category", "symbol name as the tool printed it; untrusted text"),
        Column("module", "category", "binary, library or [kernel.kallsyms]; untrusted text"),
        Column("file", "category", "source file; empty where the tool knows none"),
        Column("line", "int32", "source line; 0 where the tool knows none"),
    ),
)

NODES = Table(
    "nodes",
    (
        Column("parent", "int32", "row of the caller's node, -1 at a root; always above this row"),
        Column("frame", "int32", "row of the frame table"),
    ),
)

THREADS = Table(
    "threads",
    (
        Column("process", "int64", "process id; -1 where the tool knows none"),
        Column("thread", "int64", "thread id; -1 where the tool knows none"),
        Column("name", "category", "command name; untrusted text"),
    ),
)

PROFILE_SAMPLES = Table(
    "profile_samples",
    (
        Column("node", "int32", "row of the innermost call-tree node; -1: no stack was recorded"),
        Column("thread", "int32", "row of the thread table"),
        Column("time_ns", "int64", "tool's clock, ns; -1 where the tool knows none"),
        Column("weight", "int64", "how much this sample stands for, in the profile's unit"),
        Column("event", "category", "event that was counted, for example cpu-clock"),
    ),
)

EDGES = Table(
    "edges",
    (
        Column("caller", "int32", "row of the frame table"),
        Column("callee", "int32", "row of the frame table"),
        Column("calls", "int64", "calls along this edge"),
        Column("inclusive", "int64", "cost below this edge, in the profile's unit"),
    ),
)

FUNCTIONS = Table(
    "functions",
    (
        Column("function", "string", "symbol name; untrusted text"),
        Column("module", "string", "binary, library or [kernel.kallsyms]; untrusted text"),
        Column("self", "int64", "weight of samples taken in the function, in the profile's unit"),
        Column("inclusive", "int64", "weight of samples with the function anywhere on the stack"),
        Column("self_share", "float64", "self over the weight of all samples"),
        Column("inclusive_share", "float64", "inclusive over the weight of all samples"),
    ),
)

NEIGHBOURS = Table(
    "neighbours",
    (
        Column("function", "string", "caller or callee; untrusted text"),
        Column("module", "string", "its binary, library or [kernel.kallsyms]; untrusted text"),
        Column("weight", "int64", "weight of samples in which one calls the other directly"),
        Column("share", "float64", "weight over the inclusive weight of the function asked about"),
    ),
)

TIMELINE = Table(
    "timeline",
    (
        Column("start_ns", "int64", "beginning of the bin on the tool's clock, ns; inclusive"),
        Column("end_ns", "int64", "end of the bin, ns; exclusive"),
        Column("thread", "category", "thread name; untrusted text"),
        Column("weight", "int64", "weight of the samples in the bin, in the profile's unit"),
    ),
)

RECTANGLES = Table(
    "rectangles",
    (
        Column("depth", "int32", "calls above; the rectangle of all samples has depth 0"),
        Column("left", "float64", "left edge, from 0 to 1"),
        Column("width", "float64", "share of the weight of all samples"),
        Column("function", "string", "symbol name; untrusted text"),
        Column("module", "string", "binary, library or [kernel.kallsyms]; untrusted text"),
        Column("weight", "int64", "inclusive weight, in the profile's unit"),
        Column("self", "int64", "weight of the samples that end here"),
    ),
)
