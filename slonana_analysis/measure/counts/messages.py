"""What the counting processes are asked, and the lines that they answer with: plain JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.counts.counted import BatchCounts, CountedVariant
from slonana_analysis.measure.messages import LaunchFailure

Task: TypeAlias = Literal["compile", "count"]


@dataclass(frozen=True)
class CountRequest:
    """What a counting process is asked to do.

    Attributes
    ----------
    entry : str
        ``package.module:function``, called with ``settings``.
    settings : mapping
        JSON values.
    task : {"compile", "count"}
        Whether to compile all loops, at full speed, or to count them, under callgrind.
    dumps : str
        File name that callgrind writes to.
    parent : int
        Process without which the work has no purpose.
    other_data : bool
        Whether to count loops whose data never changes on other data too.
    """

    entry: str
    settings: Mapping[str, object]
    task: Task
    dumps: str
    parent: int
    other_data: bool = False

    def to_json(self) -> str:
        """Return the request as text.

        Raises
        ------
        UsageError
            If a setting is not a JSON value.
        """
        try:
            return json.dumps(asdict(self) | {"settings": dict(self.settings)})
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"the settings of '{self.entry}' must be JSON values to be counted in a process "
                f"of its own: {error}"
            ) from error

    @classmethod
    def from_json(cls, text: str) -> "CountRequest":
        """Return the request that ``to_json`` wrote.

        Raises
        ------
        UsageError
            If the text is not such a request.
        """
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise UsageError(f"standard input holds no counting request: {error}") from error


@dataclass(frozen=True)
class CaseDone:
    """A case is finished; its number from 1."""

    case: int


@dataclass(frozen=True)
class ClockBuilt:
    """The counting clock is compiled: where the library lies."""

    path: str


Message: TypeAlias = CountedVariant | CaseDone | ClockBuilt | LaunchFailure

_KINDS: Mapping[str, type] = {
    "variant": CountedVariant,
    "case": CaseDone,
    "clock": ClockBuilt,
    "failure": LaunchFailure,
}


def message_to_json(message: Message) -> str:
    """Return a message as one line."""
    (kind,) = (name for name, each in _KINDS.items() if isinstance(message, each))
    return json.dumps({kind: asdict(message)})


def message_from_json(line: str | bytes) -> Message:
    """Return the message that ``message_to_json`` wrote."""
    ((kind, fields),) = json.loads(line).items()
    if kind == "variant":
        return CountedVariant(**fields | {"work": _batch_counts(fields["work"])})
    return _KINDS[kind](**fields)  # type: ignore[no-any-return]  # one of the classes of Message


def _batch_counts(fields: dict[str, Any] | None) -> BatchCounts | None:
    if fields is None:
        return None
    first, pairs = (tuple(map(tuple, fields[name])) for name in ("first", "pairs"))
    return BatchCounts(first, pairs, fields["fourfold"])
