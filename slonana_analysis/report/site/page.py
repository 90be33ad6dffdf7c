"""The frame of every page: templates, style sheet, script, and the policy that guards them.

Style and script stand inside each page, so that a page can be opened from disk or sent on alone.
The content security policy names the script by its hash: whatever else a symbol name or a
notebook's output might smuggle in, the browser does not run it, and nothing may be fetched.
"""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from slonana_analysis.report.flame.script import page_script_text, style_text

_PACKAGE = "slonana_analysis.report.site"


@cache
def _asset(name: str) -> Markup:
    """Text of an asset as it is: it is ours, and escaping would break it."""
    return Markup((files(_PACKAGE) / "assets" / name).read_text("utf-8"))  # noqa: S704


@cache
def _policy() -> str:
    scripts = " ".join(map(_digest, (_asset("site.js"), page_script_text())))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
        "img-src 'self' file: data:; base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def environment() -> Environment:
    """Return the template environment: autoescape on, a misspelt name is an error."""
    jinja = Environment(
        loader=PackageLoader(_PACKAGE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.globals.update(
        policy=_policy(),
        style_sheet=_asset("site.css"),
        script=_asset("site.js"),
        flame_style=Markup(style_text()),  # noqa: S704  # ours, like the assets
        flame_script=Markup(page_script_text()),  # noqa: S704
    )
    return jinja


def render(template: str, **context: object) -> Markup:
    """Return a template filled with ``context``.

    Parameters
    ----------
    template : str
        File name under ``templates/``.
    **context
        What the template names; text is escaped, ``Markup`` is not.

    Returns
    -------
    Markup
        HTML.
    """
    return Markup(environment().get_template(template).render(context))  # noqa: S704
