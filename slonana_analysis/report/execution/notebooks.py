"""Which notebooks there are, and which of them a run executes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import nbformat

import slonana_analysis
from slonana_analysis.errors import FormatError, UnavailableError, UsageError

_ANY_PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}


@dataclass(frozen=True)
class Notebook:
    """A notebook as it stands in the notebooks folder.

    Attributes
    ----------
    path : Path
        The file.
    title : str
        Its first heading; its name where it has none.
    content : NotebookNode or None
        None where the file is no notebook.
    problem : str
        Why the file is no notebook; empty for a sound one.
    """

    path: Path
    title: str
    content: nbformat.NotebookNode | None = field(repr=False, compare=False)
    problem: str = ""

    @property
    def name(self) -> str:
        """File name without its suffix, for example ``21_loop_unrolling``."""
        return self.path.stem


def default_notebooks_directory() -> Path:
    """Return the repository's ``notebooks`` folder, or the copy inside an installed package.

    Raises
    ------
    UnavailableError
        If there is neither.
    """
    package = Path(slonana_analysis.__file__).resolve().parent
    for folder in (package.parent / "notebooks", package / "_notebooks"):
        if folder.is_dir():
            return folder
    raise UnavailableError(
        f"no notebooks lie beside or inside {package}; install the package again, "
        "or name a folder with --notebooks"
    )


def find_notebooks(directory: Path, patterns: Sequence[str] = ()) -> tuple[Notebook, ...]:
    """Return the chosen notebooks in order of their numbers.

    Parameters
    ----------
    directory : Path
        Folder of notebooks.
    patterns : sequence of str
        Each a name, a leading number, or a shell pattern (``21``, ``2*``, ``60_ml_inference``);
        none chooses all.

    Returns
    -------
    tuple of Notebook
        At least one.

    Raises
    ------
    UsageError
        If the folder holds no notebooks, or a pattern fits none.
    """
    paths = sorted(path for path in directory.glob("*.ipynb") if not path.name.startswith("."))
    if not paths:
        raise UsageError(f"{directory} holds no notebooks (*.ipynb); name another folder")
    for pattern in patterns:
        if not any(_fits(path.stem, pattern) for path in paths):
            names = ", ".join(path.stem for path in paths)
            raise UsageError(f"no notebook is called '{pattern}'; there are {names}")
    chosen = [p for p in paths if not patterns or any(_fits(p.stem, x) for x in patterns)]
    return tuple(read_notebook(path) for path in chosen)


def read_notebook(path: Path) -> Notebook:
    """Read a notebook; one that cannot be read is returned with its problem, for the report."""
    try:
        content = _content(path)
    except FormatError as error:
        return Notebook(path, path.stem, None, str(error))
    return Notebook(path, _title(content) or path.stem, content)


def _content(path: Path) -> nbformat.NotebookNode:
    try:
        text = path.read_text(encoding="utf-8")
        content: nbformat.NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(content)
    except OSError as error:
        raise FormatError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, LookupError, AttributeError, TypeError, nbformat.ValidationError) as error:
        # nbformat meets a file that is JSON but no notebook with whatever it trips over first.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise FormatError(f"{path}: is not a Jupyter notebook ({reason[:200]})") from error
    content.metadata.setdefault("kernelspec", dict(_ANY_PYTHON))  # papermill asks for one
    return content


def _title(content: nbformat.NotebookNode) -> str:
    for cell in content.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("# "):
                    return str(line[2:].strip())
    return ""


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}_*")
