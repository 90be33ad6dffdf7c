"""Names out of a profile: made harmless to show, and short enough to be labels.

Whoever wrote the profiled program chose its symbol names, so they are never trusted: a name may
hold escape sequences that a terminal would obey, or separators that a text format gives a meaning.
"""

UNKNOWN = "[unknown]"


def printable(name: str) -> str:
    r"""Return a name with everything that is not visible text written as an escape.

    Parameters
    ----------
    name : str
        Any text.

    Returns
    -------
    str
        Control characters, bidirectional marks, line separators and the like appear as ``\x1b``
        or ``\u202e``; all else is unchanged. Markup of a display (``<``, ``[``, ``|``) is not
        touched: escaping that is the display's part.
    """
    if name.isprintable():
        return name
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in name
    )


def frame_label(function: str, module: str) -> str:
    """Return what to call a frame: a nameless one is called after its module, ``[libc.so.6]``."""
    if function not in ("", UNKNOWN):
        return function
    base = module.rstrip("/").rpartition("/")[2].strip("[]")
    return f"[{base}]" if base else UNKNOWN
