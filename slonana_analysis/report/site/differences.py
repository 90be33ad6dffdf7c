"""What differs between two groups of captures, as a page that needs nothing beside it."""

from pathlib import Path

from markupsafe import Markup

from slonana_analysis.compare.profiles import ProfileDifferences
from slonana_analysis.profiles.names import printable
from slonana_analysis.report.site.page import render
from slonana_analysis.report.views.profile_differences import (
    differences_reading,
    show_difference_flame_graph,
    show_difference_table,
    show_differences,
)
from slonana_analysis.runs.atomic import explained_write_errors


def differences_page(differences: ProfileDifferences) -> str:
    """Return the page: sentence, figure, table and differential flame graph.

    Parameters
    ----------
    differences : ProfileDifferences
        From ``compare_profiles``.

    Returns
    -------
    str
        A whole document; names out of the profiles are escaped.
    """
    figure, description = "", ""
    if len(differences.functions):
        drawn = show_differences(differences)
        picture = drawn.svg()
        description = drawn.description
        figure = Markup(picture[picture.index("<svg") :])  # noqa: S704  # drawn here, text as outlines
    flame = show_difference_flame_graph(differences)
    return str(
        render(
            "differences.html",
            title=f"Profiles compared: {printable(differences.event)}",
            reading=differences_reading(differences),
            notes=differences.notes,
            figure=figure,
            description=description,
            table=show_difference_table(differences).html(),
            flame_graph=Markup(flame._repr_html_()),  # noqa: S704  # escaped when it was made
        )
    )


def write_differences_page(differences: ProfileDifferences, folder: Path) -> Path:
    """Write the page.

    Parameters
    ----------
    differences : ProfileDifferences
        What it shows.
    folder : Path
        Made when missing.

    Returns
    -------
    Path
        ``index.html`` in the folder.

    Raises
    ------
    UnavailableError
        If it cannot be written.
    """
    page = differences_page(differences)
    with explained_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_bytes(page.encode())
    return folder / "index.html"
