"""The one root error of the package and its few kinds.

Every message is one sentence that names the file or tool, what is wrong, and what to do; the
command line prints exactly that sentence and exits with the kind's ``exit_code``.
"""


class SlonanaError(Exception):
    """Root of every error this package raises on purpose."""

    exit_code: int = 3


class UsageError(SlonanaError):
    """The call was wrong: an unknown name, a bad value, arguments that contradict each other."""

    exit_code = 2


class UnavailableError(SlonanaError):
    """A tool, permission, compiler or file that this part needs is missing here."""


class FormatError(SlonanaError):
    """A file is not in the format it was read as, or is in none (or several) that we know."""


class CheckError(SlonanaError):
    """Two variants of one experiment computed different results, so neither may be timed."""


class SchemaError(SlonanaError):
    """A table lacks a column, has one too many, or holds a value of the wrong type."""


class LockedError(SlonanaError):
    """Another run is measuring here; two at once would disturb each other."""

    exit_code = 75
