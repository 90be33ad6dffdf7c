"""Two executions of one notebook, compared cell by cell and output by output."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, TypeAlias

from nbformat import NotebookNode

from slonana_analysis.profiles.names import printable
from slonana_analysis.report.reproduction.findings import Difference, Findings, Kind, excerpt

Parts: TypeAlias = Mapping[str, str]

_INJECTED = "injected-parameters"


@dataclass(frozen=True)
class _Cell:
    place: int
    source: str
    outputs: tuple[Parts, ...]


def compare_outputs(
    name: str, stored: NotebookNode, remade: NotebookNode, findings: Findings
) -> None:
    """Compare everything that a notebook shows; cells whose source differs are only named.

    Parameters
    ----------
    name : str
        Of the notebook, for the differences.
    stored, remade : NotebookNode
        Both executed.
    findings : Findings
        Receives every output and every difference.
    """
    before, after = list(_code_cells(stored)), list(_code_cells(remade))
    sources = [cell.source for cell in before], [cell.source for cell in after]
    for what, a, b, c, d in SequenceMatcher(None, *sources, autojunk=False).get_opcodes():
        if what == "equal":
            for one, other in zip(before[a:b], after[c:d], strict=True):
                _compare_cell(name, one, other, findings)
            continue
        for cell in before[a:b]:
            where = f"{name}, cell {cell.place}"
            findings.complain(where, "the code that was stored is not the code that was executed")
        if a == b:
            places = ", ".join(str(cell.place) for cell in after[c:d])
            findings.complain(name, f"cell {places} of the executed notebook was not stored")


def code_sources(notebook: NotebookNode) -> list[str]:
    """Return the sources of the code cells, without the parameters that papermill put in."""
    return [cell.source for cell in _code_cells(notebook)]


def is_injected(cell: NotebookNode) -> bool:
    """Return whether papermill put a cell in, with the values of the parameters."""
    return _INJECTED in cell.metadata.get("tags", ())


def _code_cells(notebook: NotebookNode) -> Iterator[_Cell]:
    cells = [cell for cell in notebook.cells if not is_injected(cell)]
    for place, cell in enumerate(cells, start=1):
        if cell.cell_type == "code":
            yield _Cell(place, cell.source, tuple(_parts(cell.outputs)))


def _parts(outputs: list[NotebookNode]) -> Iterator[Parts]:
    """Yield what each output holds, by media type; pieces of one stream are one output."""
    stream: tuple[str, str] | None = None
    for output in outputs:
        if output.output_type == "stream" and stream and stream[0] == output.name:
            stream = (stream[0], stream[1] + output.text)
            continue
        if stream:
            yield {stream[0]: stream[1]}
        stream = (output.name, output.text) if output.output_type == "stream" else None
        if output.output_type == "error":
            yield {"error": f"{output.ename}: {output.evalue}"}
        elif stream is None:
            shown = {kind: _text(value) for kind, value in output.data.items()}
            yield shown | {"metadata": _text(output.metadata)}
    if stream:
        yield {stream[0]: stream[1]}


def _text(value: Any) -> str:  # noqa: ANN401  # JSON
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _compare_cell(name: str, stored: _Cell, remade: _Cell, findings: Findings) -> None:
    for before, after in zip_longest(stored.outputs, remade.outputs, fillvalue=None):
        kind = _kind(before or after or {})
        where = f"{name}, cell {stored.place}, {kind}"
        findings.note(kind, _difference(where, before, after))


def _difference(where: str, before: Parts | None, after: Parts | None) -> Difference | None:
    if before is None or after is None:
        return Difference(where, "was not there before" if before is None else "is not made again")
    for kind in sorted(before.keys() | after.keys(), key=lambda kind: (kind == "metadata", kind)):
        one, other = before.get(kind, ""), after.get(kind, "")
        if one != other:
            return Difference(where, f"{printable(kind)} differs", excerpt(one, other))
    return None


def _kind(parts: Parts) -> Kind:
    html = parts.get("text/html", "")
    if "<table" in html:
        return "table"
    is_picture = "<svg" in html or any(kind.startswith("image/") for kind in parts)
    return "figure" if is_picture else "text"
