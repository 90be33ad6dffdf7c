"""What every notebook has to be like, each rule a function from a notebook to its complaints.

A complaint is one sentence that names the cell by its place, counted from 1.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import nbformat

from tools.strip_notebooks import is_checked, stripped

LONGEST_CELL = 12
WORDS_PER_CODE_LINE = 8
SAVING_CELLS = 2
FRONT_DOOR = "sa"

_HEAD_WORDS = ("Question", "Needs", "Produces")
_FILE_NAME = re.compile(r"[0-9]{2}_[a-z0-9_]+")
_MAGIC = re.compile(r"^\s*[%!]|=\s*[%!]", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_LITERAL_TYPES: dict[str, type | tuple[type, ...]] = {
    "bool": bool,
    "dict": dict,
    "float": (int, float),
    "int": int,
    "list": list,
    "str": str,
}


@dataclass(frozen=True)
class Cell:
    """A code cell: its place in the notebook, its source and its syntax tree."""

    place: int
    source: str
    tags: frozenset[str]
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        """Lines that are neither empty nor only a comment."""
        stripped_lines = (line.strip() for line in self.source.splitlines())
        return [line for line in stripped_lines if line and not line.startswith("#")]

    @property
    def is_parameters(self) -> bool:
        """Whether papermill sets its names."""
        return "parameters" in self.tags


def code_cells(notebook: nbformat.NotebookNode) -> list[Cell]:
    """Take the code cells; one that cannot be parsed counts as empty (see ``unreadable``)."""
    return [
        Cell(place, cell.source, frozenset(cell.metadata.get("tags", ())), _tree(cell.source))
        for place, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "code"
    ]


def head(name: str, notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Begin with a title and the three things that a reader has to know."""
    if not _FILE_NAME.fullmatch(name):
        yield f"{name} is not called by two digits and lower-case words"
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        yield "cell 1 is not markdown that begins with a title"
        return
    for word in _HEAD_WORDS:
        if not re.search(rf"^[\W_]*{word}\b", first.source, re.MULTILINE):
            yield f"cell 1 has no line that begins with {word}"


def parameters(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Have one cell tagged ``parameters``, the first with code: typed literals with their help."""
    cells = code_cells(notebook)
    tagged = [cell for cell in cells if cell.is_parameters]
    if len(tagged) != 1:
        yield f"{len(tagged)} cells are tagged parameters, not one"
        return
    (cell,) = tagged
    if cell is not cells[0]:
        yield f"cell {cell.place} is tagged parameters and is not the first with code"
    lines = cell.source.splitlines()
    for statement in cell.tree.body:
        problem = _parameter_problem(statement, lines)
        if problem is not None:
            yield f"cell {cell.place}, line {statement.lineno}: {problem}"


def imports(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Import everything in the second code cell and nothing anywhere else."""
    cells = code_cells(notebook)
    if len(cells) < 2 or not cells[1].tree.body:
        yield "there is no import cell after the parameters"
    for position, cell in enumerate(cells):
        importing = [isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(cell.tree)]
        if position == 1 and not all(
            isinstance(node, ast.Import | ast.ImportFrom) for node in cell.tree.body
        ):
            yield f"cell {cell.place} does more than import"
        if position != 1 and any(importing):
            yield f"cell {cell.place} imports, which belongs into the import cell"


def size(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Keep cells short."""
    for cell in code_cells(notebook):
        count = len([line for line in cell.source.splitlines() if line.strip()])
        if count > LONGEST_CELL:
            yield f"cell {cell.place} has {count} lines, at most {LONGEST_CELL}"


def thinness(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Define nothing: definitions live in the package, where they are tested."""
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    for cell in code_cells(notebook):
        for node in ast.walk(cell.tree):
            if isinstance(node, definitions):
                yield f"cell {cell.place}, line {node.lineno}: defines something"


def tampering(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Leave the import path, the warnings and the shell alone."""
    for place, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        if _MAGIC.search(cell.source):
            yield f"cell {place} uses a magic or the shell"
        names = {
            ast.unparse(n) for n in ast.walk(_tree(cell.source)) if isinstance(n, ast.Attribute)
        }
        if "sys.path" in names:
            yield f"cell {place} touches sys.path"
        if any(name.startswith("warnings.") for name in names):
            yield f"cell {place} silences warnings"


def prose(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Say more than is computed."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    words = len(_WORD.findall(text))
    lines = sum(len(cell.lines) for cell in code_cells(notebook))
    if words < WORDS_PER_CODE_LINE * lines:
        yield f"{words} words for {lines} lines of code, at least {WORDS_PER_CODE_LINE} per line"


def storage(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Store no outputs but the checked ones, and nothing about who ran it when."""
    if notebook != stripped(notebook):
        yield "stores what is not worth a commit: run python -m tools.strip_notebooks on it"
    for place, cell in enumerate(notebook.cells, start=1):
        if is_checked(cell) and not cell.outputs:
            yield f"cell {place} is to be checked and stores no output to check against"


def saving(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """End in saving what was found."""
    called = {
        ast.unparse(node.func)
        for cell in code_cells(notebook)[-SAVING_CELLS:]
        for node in ast.walk(cell.tree)
        if isinstance(node, ast.Call)
    }
    if not any(name.startswith(f"{FRONT_DOOR}.save") for name in called):
        yield f"none of the last {SAVING_CELLS} code cells calls {FRONT_DOOR}.save"


def unreadable(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Be valid, and plain Python."""
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"is no valid notebook: {error.message}"
    for place, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and not _is_python(cell.source):
            yield f"cell {place} is not plain Python"


RULES: tuple[Callable[[nbformat.NotebookNode], Iterator[str]], ...] = (
    unreadable,
    parameters,
    imports,
    size,
    thinness,
    tampering,
    prose,
    storage,
    saving,
)


def _tree(source: str) -> ast.Module:
    return ast.parse(source) if _is_python(source) else ast.Module(body=[], type_ignores=[])


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _parameter_problem(statement: ast.stmt, lines: list[str]) -> str | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
            pass
        case _:
            return "is not `name: type = literal  # help, unit`"
    try:
        literal = ast.literal_eval(value)
    except ValueError:
        return "the default is not a literal"
    kind = ast.unparse(statement.annotation)
    wanted = _LITERAL_TYPES.get(kind, object)
    if not isinstance(literal, wanted) or (isinstance(literal, bool) and kind != "bool"):
        return f"the default is not of type {kind}"
    comment = lines[(statement.end_lineno or statement.lineno) - 1][statement.end_col_offset or 0 :]
    if len(_WORD.findall(comment)) < 2 or not comment.lstrip().startswith("#"):
        return "has no trailing comment that explains it"
    return None
