"""Two versions of a stored file or table, compared byte for byte and told apart in words."""

from pathlib import Path

import pandas as pd

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.model.table import Table
from slonana_analysis.profiles.names import printable
from slonana_analysis.report.figures.style import clip
from slonana_analysis.report.reproduction.findings import Difference, Findings, excerpt
from slonana_analysis.report.words import count_text
from slonana_analysis.runs.tables import read_table

_PARQUET = ".parquet"
_TOLD_COLUMNS = 3


def compare_folders(stored: Path, remade: Path, folder: str, findings: Findings) -> None:
    """Compare all Parquet tables and JSON files below a folder of two runs.

    Parameters
    ----------
    stored, remade : Path
        The runs.
    folder : str
        Below both of them; a missing one is as good as an empty one.
    findings : Findings
        Receives one table per file.
    """
    names = {
        path.relative_to(run).as_posix()
        for run in (stored, remade)
        for path in (run / folder).rglob("*")
        if path.suffix in {_PARQUET, ".json"}
    }
    for name in sorted(names):
        findings.note("table", table_difference(name, stored / name, remade / name))


def table_difference(where: str, stored: Path, remade: Path) -> Difference | None:
    """Return how a table differs from what was stored; None where not a byte does.

    Parameters
    ----------
    where : str
        What to call it.
    stored, remade : Path
        Files of one table; Parquet is compared by cells once its bytes differ.
    """
    if not remade.exists():
        return Difference(where, "is not made again")
    if not stored.exists():
        return Difference(where, "was not stored")
    before, after = stored.read_bytes(), remade.read_bytes()
    if before == after:
        return None
    table = next((each for each in _tables() if each.name == stored.stem), None)
    if stored.suffix != _PARQUET or table is None:
        texts = (content.decode(errors="replace") for content in (before, after))
        return Difference(where, "differs", excerpt(*texts))
    try:
        return Difference(where, _in_words(read_table(stored, table), read_table(remade, table)))
    except FormatError as error:
        return Difference(where, printable(str(error)))


def _in_words(before: pd.DataFrame, after: pd.DataFrame) -> str:
    if len(before) != len(after):
        return f"has {count_text(len(after), 'row')} where {len(before):,} were stored"
    told = [_column(str(name), before[name], after[name]) for name in before]
    found = [text for text in told if text]
    if not found:
        return "holds the same rows in other bytes, as other libraries write them"
    rest = len(found) - _TOLD_COLUMNS
    return "; ".join([*found[:_TOLD_COLUMNS], *([f"and {rest} more columns"] if rest > 0 else [])])


def _column(name: str, before: "pd.Series[str]", after: "pd.Series[str]") -> str:
    one, other = before.astype(object), after.astype(object)
    unequal = (one != other) & ~(before.isna() & after.isna())
    if not unequal.any():
        return ""
    row = int(unequal.to_numpy().argmax())
    values = f"{_value(one.iloc[row])} stored, {_value(other.iloc[row])} made again"
    count = f"{int(unequal.sum()):,} of {count_text(len(one), 'row')}"
    return f"column '{name}' differs in {count}, first in row {row + 1}: {values}"


def _value(value: object) -> str:
    return printable(clip(str(value)))


def _tables() -> list[Table]:
    return [value for value in vars(schema).values() if isinstance(value, Table)]
