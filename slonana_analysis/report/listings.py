"""Machine code in a notebook: the loops that ran, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from slonana_analysis.experiments.assembly import Loop


@dataclass(frozen=True)
class LoopListing:
    """Loops by name; shows itself as one block of code each.

    Attributes
    ----------
    loops : mapping of str to Loop
        Caption to loop.
    """

    loops: Mapping[str, Loop]

    def __str__(self) -> str:
        """Return the loops as plain text."""
        return "\n\n".join(f"{name}:\n{loop.text}" for name, loop in self.loops.items())

    def _repr_html_(self) -> str:
        blocks = [
            Markup(
                '<figure class="listing"><figcaption>{}</figcaption><pre>{}</pre></figure>'
            ).format(name, loop.text or "no innermost loop was found in this function")
            for name, loop in self.loops.items()
        ]
        return str(Markup('<div class="listings">{}</div>').format(Markup("").join(blocks)))
