"""Text of this package's own, shown as text."""

from IPython.display import Markdown


def prose(text: str) -> Markdown:
    """Return Markdown that was written by this package, to be shown as text.

    Parameters
    ----------
    text : str
        Holds no names from captures: those could carry markup of their own.

    Returns
    -------
    Markdown
        For a notebook cell's last line.
    """
    return Markdown(text)  # type: ignore[no-untyped-call]
