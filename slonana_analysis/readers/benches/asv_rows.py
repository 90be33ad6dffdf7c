"""The table inside asv's result files, in the format of today (2) and the one before (1)."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.readers.benches.fields import Field


@dataclass(frozen=True)
class Row:
    """One benchmark of a result file.

    Attributes
    ----------
    name : str
        Without parameters.
    result : Field or None
        One value per combination of parameters, null where it failed; None if all failed.
    parameters : list of list of str
        Values of each parameter; a benchmark without parameters has one combination of none.
    samples : Field or None
        One list, or null, per combination; None if none were recorded.
    """

    name: str
    result: Field | None
    parameters: list[list[str]]
    samples: Field | None

    def cases(self) -> Iterator[tuple[str, float | None, NDArray[np.float64] | None]]:
        """Go through the combinations of parameters: name, median or None, samples or None.

        A benchmark that failed for all of them is one case, under its own name: a few parameters
        in a file would be enough for more combinations than there is memory.
        """
        if self.result is None:
            yield self.name, None, None
            return
        count = math.prod(len(values) for values in self.parameters)
        results = self._per_case(self.result, count)
        samples = self._per_case(self.samples, count)
        for index, combination in enumerate(itertools.product(*self.parameters)):
            yield (
                f"{self.name}({', '.join(combination)})" if combination else self.name,
                None if results[index].content is None else results[index].number(),
                samples[index].numbers() if samples and samples[index].content else None,
            )

    @staticmethod
    def _per_case(field: Field | None, count: int) -> list[Field]:
        if field is None:
            return []
        values = list(field.elements())
        if len(values) != count:
            field.fail(f"has {len(values)} values for {count} combinations of parameters")
        return values


def rows(root: Field) -> list[Row]:
    """Return the benchmarks of a result file.

    Parameters
    ----------
    root : Field
        The document.

    Returns
    -------
    list of Row
        In the file's order.

    Raises
    ------
    FormatError
        If the document is not what asv writes.
    """
    columns = root.find("result_columns")
    results = root.get("results").items()
    if columns is None:
        return [_older_row(name, field) for name, field in results]
    names = [column.text() for column in columns.elements()]
    return [_row(name, field, names) for name, field in results]


def _row(name: str, field: Field, columns: list[str]) -> Row:
    """Read a row of format 2: values in the order of the columns, cut after the last not null."""
    cells = dict(zip(columns, list(field.elements()), strict=False))
    present = {key: cell for key, cell in cells.items() if cell.content is not None}
    return Row(
        name, present.get("result"), _parameters(present.get("params")), present.get("samples")
    )


def _older_row(name: str, field: Field) -> Row:
    """Read a row of format 1: a bare value, or an object around one value or a list of them."""
    if not isinstance(field.content, dict):
        return Row(name, _listed(field), [], None)
    result = field.find("result")
    samples = field.find("samples")
    if result is not None and not isinstance(result.content, list):
        result, samples = _listed(result), _listed(samples) if samples else None
    return Row(name, result, _parameters(field.find("params")), samples)


def _listed(field: Field) -> Field:
    return Field([field.content], field.source, field.place)


def _parameters(field: Field | None) -> list[list[str]]:
    if field is None:
        return []
    return [
        [value.text() if isinstance(value.content, str) else str(value.content) for value in values]
        for values in (axis.elements() for axis in field.elements())
    ]
