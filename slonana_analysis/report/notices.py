"""What a notebook says when it could not measure something; the report's index collects these."""

from dataclasses import dataclass

from markupsafe import Markup

MEDIA_KEY = "slonana-not-measured"
"""Key in an output's metadata under which the site finds a notice."""


@dataclass(frozen=True)
class NotMeasured:
    """Something that could not be measured here; shows itself in notebook and report.

    Attributes
    ----------
    what : str
        What is missing, a noun phrase.
    why : str
        The reason, one sentence.
    remedy : str
        What the reader can do to get it; empty where nothing helps.
    """

    what: str
    why: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the notice as plain text."""
        return " ".join(filter(None, [f"Not measured: {self.what}.", self.why, self.remedy]))

    def _repr_mimebundle_(
        self,
        include: object = None,  # noqa: ARG002  # IPython's protocol
        exclude: object = None,  # noqa: ARG002
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        html = Markup(
            '<div class="notice warn"><p><strong>Not measured: {}.</strong> {}</p>{}</div>'
        ).format(
            self.what, self.why, Markup("<p>{}</p>").format(self.remedy) if self.remedy else ""
        )
        facts = {"what": self.what, "why": self.why, "remedy": self.remedy}
        return {"text/html": str(html), "text/plain": str(self)}, {MEDIA_KEY: facts}
