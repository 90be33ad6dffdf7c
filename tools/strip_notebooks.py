"""Keep in notebooks only what is worth a commit.

::

    python -m tools.strip_notebooks [--check] NOTEBOOK ...

Outputs stay in the cells marked ``# NBVAL_CHECK_OUTPUT``, where the tests compare them with what
the cell prints now; everywhere else they would only age. Execution counts, timings and the version
of the Python that ran the notebook go everywhere: they change with each run and mean nothing later.
"""

import argparse
import copy
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

EXIT_CHANGED = 1

Json = dict[str, Any]

_CHECKED = re.compile(r"^[ \t]*#[ ]*NBVAL_CHECK_OUTPUT\b", re.MULTILINE)
_COUNT = 1
_METADATA: Json = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Strip the notebooks named; returns 1 if any was, or with ``--check`` had to be, changed."""
    parser = argparse.ArgumentParser(prog="strip_notebooks", description="Strip notebooks.")
    parser.add_argument("--check", action="store_true", help="change nothing, only tell")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    options = parser.parse_args(arguments)
    changed = [path for path in options.notebooks if strip(path, write=not options.check)]
    for path in changed:
        sys.stderr.write(f"{path}: {'is to be stripped' if options.check else 'stripped'}\n")
    return EXIT_CHANGED if changed else 0


def strip(path: Path, *, write: bool) -> bool:
    """Strip one file, if it may be written; tells whether there was anything to strip."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    result = stripped(notebook)
    if write and result != notebook:
        # As nbformat writes it, so that JupyterLab's next save changes nothing else.
        text = json.dumps(result, indent=1, sort_keys=True, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    return bool(result != notebook)


def stripped(notebook: Json) -> Json:
    """Copy a notebook (format 4) without what is not worth a commit."""
    result = copy.deepcopy(notebook)
    result["metadata"] = copy.deepcopy(_METADATA)
    for cell in result["cells"]:
        tags = cell["metadata"].get("tags")
        cell["metadata"] = {"tags": tags} if tags else {}
        if cell["cell_type"] == "code":
            kept = cell["outputs"] if is_checked(cell) else []
            # nbval takes outputs of a cell without a count for a mistake.
            cell["execution_count"] = _COUNT if kept else None
            cell["outputs"] = [_stripped_output(output) for output in kept]
    return result


def is_checked(cell: Json) -> bool:
    """Tell whether the tests compare what a cell prints with what is stored."""
    # A list of lines in a file, one text once nbformat has read it.
    source = "".join(cell["source"])
    return cell["cell_type"] == "code" and _CHECKED.search(source) is not None


def _stripped_output(output: Json) -> Json:
    changing: Json = {"execution_count": _COUNT, "metadata": {}}
    return output | {key: value for key, value in changing.items() if key in output}


if __name__ == "__main__":
    sys.exit(main())
