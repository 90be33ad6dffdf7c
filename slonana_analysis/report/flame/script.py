"""The viewer's script and style sheet as single texts, for pages and widgets that cannot fetch.

The script is written as ES modules that import each other. A page from disk may not fetch and a
widget is handed one text, so the modules are put one behind the other without their imports; their
top-level names differ, which a test checks.
"""

import re
from functools import cache
from importlib.resources import files

_ASSETS = files(__package__) / "assets"
_MODULES = (
    "document.js",
    "shapes.js",
    "layout.js",
    "colours.js",
    "draw.js",
    "words.js",
    "parts.js",
    "tones.js",
    "zoom.js",
    "search.js",
    "keyboard.js",
    "pointer.js",
    "view.js",
    "mount.js",
)
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./[a-z]+\.js";\n', re.MULTILINE)


@cache
def script_text() -> str:
    """Return the viewer as one ES module without imports.

    Returns
    -------
    str
        Exports ``mount``, ``mountAll`` and, for anywidget, ``default.render``.
    """
    return "\n".join(_IMPORT.sub("", (_ASSETS / name).read_text("utf-8")) for name in _MODULES)


@cache
def page_script_text() -> str:
    """Return the viewer as a module that mounts itself on every flame graph of its page."""
    return f"{script_text()}\nmountAll(document);\n"


@cache
def style_text() -> str:
    """Return the viewer's style sheet."""
    return (_ASSETS / "view.css").read_text("utf-8")
