"""A table as data, shown as HTML in notebooks and pages and as plain text in a terminal."""

from dataclasses import dataclass

from markupsafe import Markup

from slonana_analysis.report.site.page import render


@dataclass(frozen=True)
class Heading:
    """A column's label, whether it holds numbers (right-aligned), and what it means in full."""

    label: str
    number: bool = False
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    content : str or Markup
        Shown; text is escaped, ``Markup`` is not.
    sort : float or str or None
        What the column is sorted by instead of the shown text.
    detail : str
        A second, smaller line.
    """

    content: str | Markup
    sort: float | str | None = None
    detail: str = ""


@dataclass(frozen=True)
class HtmlTable:
    """A table with a caption.

    Attributes
    ----------
    caption : str
        What the table holds; read out by screen readers.
    headings : tuple of Heading
        One per column.
    rows : tuple of tuple of Cell
        As many cells in each as there are headings.
    kind : str
        CSS class.
    sortable, searchable : bool
        Whether a report page offers to sort or search it.
    """

    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: str = "plain"
    sortable: bool = False
    searchable: bool = False

    def html(self) -> Markup:
        """Return the table as HTML with everything escaped."""
        return render("table.html", table=self)

    def _repr_html_(self) -> str:
        return str(self.html())

    def __str__(self) -> str:
        """Return the table as aligned text."""
        lines = [tuple(heading.label for heading in self.headings)]
        lines += [tuple(_plain(cell) for cell in row) for row in self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.headings))]
        return "\n".join(
            "  ".join(
                text.rjust(width) if heading.number else text.ljust(width)
                for text, width, heading in zip(line, widths, self.headings, strict=True)
            ).rstrip()
            for line in lines
        )

    def __repr__(self) -> str:
        return f"{self.caption}\n{self}"


def _plain(cell: Cell) -> str:
    text = cell.content.striptags() if isinstance(cell.content, Markup) else cell.content
    return " ".join(filter(None, [text, cell.detail]))
