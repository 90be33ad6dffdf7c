"""Pictures in notebook outputs: each becomes a file beside the pages and an image in its page.

A picture in an image element cannot run scripts or load anything, whatever it contains.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

FOLDER = "figures"

_SUFFIXES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


class Pictures:
    """The picture files of a report, named after their content, so that equal ones are one file.

    Attributes
    ----------
    files : dict of str to bytes
        Path relative to the report, to content.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def figure(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Markup | None:
        """Return the HTML for an output's picture, and keep the picture as a file.

        Parameters
        ----------
        data : mapping of str to object
            The output by media type; the sharpest picture is taken.
        metadata : mapping of str to object
            By media type: ``alt``, ``width``, ``height``.

        Returns
        -------
        Markup or None
            None where the output has no picture, or HTML that says more than the picture would.
        """
        kind = next((kind for kind in _SUFFIXES if kind in data), None)
        if kind is None or "text/html" in data:
            return None
        content = _content(kind, data[kind])
        if content is None:
            return None
        path = f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:16]}.{_SUFFIXES[kind]}"
        self.files[path] = content
        facts = metadata.get(kind, {})
        size = Markup("").join(
            Markup(' {}="{}"').format(name, int(facts[name]))
            for name in ("width", "height")
            if isinstance(facts.get(name), int | float)
        )
        return Markup(
            '<figure class="figure" tabindex="0"><img src="{}" alt="{}"{}></figure>'
        ).format(path, str(facts.get("alt") or "Figure without a description."), size)


def _content(kind: str, data: object) -> bytes | None:
    text = "".join(data) if isinstance(data, list) else str(data)
    if kind == "image/svg+xml":
        return text.encode()
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return None
