"""File names of the pages: from notebook names that an imported run may have chosen freely."""

import re
from collections.abc import Iterable

_STRANGE = re.compile(r"[^A-Za-z0-9_-]+")


def page_names(notebooks: Iterable[str]) -> dict[str, str]:
    """Return a file name for each notebook's page.

    Parameters
    ----------
    notebooks : iterable of str
        Notebook names, each once.

    Returns
    -------
    dict of str to str
        Notebook name to a name that is safe in a folder and in a link, and never ``index.html``.
    """
    taken = {"index"}
    names: dict[str, str] = {}
    for notebook in notebooks:
        plain = _STRANGE.sub("-", notebook).strip("-") or "notebook"
        stem, number = plain, 2
        while stem in taken:
            stem, number = f"{plain}-{number}", number + 1
        taken.add(stem)
        names[notebook] = f"{stem}.html"
    return names
