"""What was seen of a machine as plain JSON, and back by the annotation of who saw it.

Dataclasses, tables of ``model.schema``, tuples, mappings, paths, text and numbers are understood;
nothing in a file decides which class is made of it.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import pandas as pd

from slonana_analysis.errors import FormatError, SchemaError
from slonana_analysis.model import schema
from slonana_analysis.model.table import Table

Plain: TypeAlias = Any  # JSON values

# JSON knows neither; as text they could not be told from a text of that name.
_NUMBER = "number"


def to_plain(value: object) -> Plain:
    """Return a value as JSON values; the order of mappings is kept.

    Raises
    ------
    SchemaError
        If it holds something that cannot be written down.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        number = float(value)
        return number if math.isfinite(number) else {_NUMBER: str(number)}
    if isinstance(value, Path):
        return str(value)
    return _plain_whole(value)


def _plain_whole(value: object) -> Plain:
    if isinstance(value, pd.DataFrame):
        return _plain_table(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: to_plain(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise SchemaError("a mapping whose keys are not text cannot be written down")
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [to_plain(each) for each in value]
    raise SchemaError(f"a {type(value).__name__} cannot be written down")


def _plain_table(frame: pd.DataFrame) -> Plain:
    table = next((each for each in _tables() if each.names == list(frame.columns)), None)
    if table is None:
        raise SchemaError(f"no table has the columns {', '.join(map(str, frame.columns))}")
    return {
        "table": table.name,
        "columns": {
            name: [to_plain(each) for each in column.tolist()]
            for name, column in table.conform(frame).items()
        },
    }


def from_plain(document: Plain, kind: Any) -> Any:  # noqa: ANN401  # any annotation
    """Return the value that ``to_plain`` wrote.

    Parameters
    ----------
    document : JSON value
        What stands in the file.
    kind : annotation
        What it has to be.

    Raises
    ------
    FormatError
        If it is something else.
    """
    try:
        return _typed(document, kind)
    except (LookupError, TypeError, ValueError, AttributeError, SchemaError) as error:
        raise FormatError(f"what was stored is no {_called(kind)} ({error})") from error


def _typed(document: Plain, kind: Any) -> Any:  # noqa: ANN401
    if get_origin(kind) in (Union, UnionType):
        return _typed(document, _member(document, get_args(kind)))
    if kind in _READ:
        return _READ[kind](document)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _typed(value, hints[name]) for name, value in document.items()})
    if get_origin(kind) is not None:
        return _filled(document, get_origin(kind), get_args(kind))
    if type(document) is not kind and not (kind is NoneType and document is None):
        raise TypeError(f"it holds a {type(document).__name__}")
    return document


def _filled(document: Plain, origin: Any, parts: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """Return a container of typed values."""
    if issubclass(origin, Mapping):
        return {key: _typed(value, parts[1]) for key, value in document.items()}
    if origin is tuple and parts[-1] is not ...:
        return tuple(_typed(value, part) for value, part in zip(document, parts, strict=True))
    values = [_typed(value, parts[0]) for value in document]
    return tuple(values) if origin is tuple else values


def _member(document: Plain, kinds: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """Return which kind of a union a document is of."""
    if document is None:
        return NoneType
    if isinstance(document, str):
        return str if str in kinds else Path
    if isinstance(document, int | float) and type(document) in kinds:
        return type(document)
    rest = [kind for kind in kinds if kind not in (NoneType, str, Path, bool)]
    return rest[0]


def _table_from(document: Plain) -> pd.DataFrame:
    table = {each.name: each for each in _tables()}[document["table"]]
    columns = {
        column.name: [_number(value) for value in document["columns"][column.name]]
        if column.dtype == "float64"
        else document["columns"][column.name]
        for column in table
    }
    return table.conform(pd.DataFrame(columns)) if any(columns.values()) else table.empty()


def _number(document: Plain) -> float:
    return float(document[_NUMBER] if isinstance(document, dict) else document)


_READ: Mapping[Any, Callable[[Plain], Any]] = MappingProxyType(
    {pd.DataFrame: _table_from, float: _number, Path: Path}
)


def _tables() -> list[Table]:
    return [value for value in vars(schema).values() if isinstance(value, Table)]


def _called(kind: object) -> str:
    return getattr(kind, "__name__", str(kind))
