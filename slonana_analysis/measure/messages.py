"""What the harness and a launch tell each other: plain JSON, so nothing can be smuggled in."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from slonana_analysis import errors
from slonana_analysis.errors import SlonanaError, UsageError
from slonana_analysis.measure.cases import TimedCase, TimedVariant
from slonana_analysis.measure.validity import CheckResult


@dataclass(frozen=True)
class LaunchRequest:
    """What a launch is asked to do.

    Attributes
    ----------
    entry : str
        ``package.module:function``, called with ``settings``.
    settings : mapping
        JSON values.
    launch, seed : int
        Number of the launch, and the seed that all launches share.
    case_seconds : float
        Seconds of rounds per case.
    pin : bool
        Whether to stay on one processor.
    parent : int
        Process id of the harness, without which a launch has no reason to go on.
    result : str
        File to write the result to.
    """

    entry: str
    settings: Mapping[str, object]
    launch: int
    seed: int
    case_seconds: float
    pin: bool
    parent: int
    result: str

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
                f"the settings of '{self.entry}' must be JSON values to travel to a fresh "
                f"process: {error}"
            ) from error

    @classmethod
    def from_json(cls, text: str) -> "LaunchRequest":
        """Return the request that ``to_json`` wrote.

        Raises
        ------
        UsageError
            If the text is not such a request.
        """
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise UsageError(f"standard input holds no launch request: {error}") from error


@dataclass(frozen=True)
class LaunchProgress:
    """How far a launch is: cases finished, and the processor it stays on (-1: free to move)."""

    case: int
    cpu: int

    def to_json(self) -> str:
        """Return the progress as one line of text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "LaunchProgress":
        """Return the progress that ``to_json`` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class LaunchResult:
    """What a launch timed, in the order of the entry's cases, and the processor it stayed on."""

    cases: tuple[TimedCase, ...]
    cpu: int


@dataclass(frozen=True)
class LaunchFailure:
    """Why a launch found nothing: the error's class, its sentence, and where it was raised."""

    kind: str
    sentence: str
    traceback: str

    @classmethod
    def of(cls, error: Exception, traceback: str) -> "LaunchFailure":
        """Describe an error; one that is not ours says its class, which is half the sentence."""
        ours = isinstance(error, SlonanaError)
        sentence = str(error) if ours else f"{type(error).__name__}: {error}"
        return cls(type(error).__name__ if ours else "", sentence, traceback)

    def error(self, entry: str, launch: int) -> SlonanaError:
        """Return the error to raise in the harness, of the same kind if the kind is ours.

        Parameters
        ----------
        entry : str
            What was launched.
        launch : int
            Its number.

        Returns
        -------
        SlonanaError
            With the launch's own traceback as a note.
        """
        kind = getattr(errors, self.kind, None) if self.kind else None
        if isinstance(kind, type) and issubclass(kind, SlonanaError):
            error = kind(self.sentence)
        else:
            error = SlonanaError(f"launch {launch} of '{entry}' failed with {self.sentence}")
        error.add_note(f"In launch {launch} of '{entry}':\n{self.traceback}")
        return error


def outcome_to_json(outcome: LaunchResult | LaunchFailure) -> str:
    """Return what ``outcome_from_json`` reads; NaN stays NaN."""
    key = "result" if isinstance(outcome, LaunchResult) else "failure"
    return json.dumps({key: asdict(outcome)})


def outcome_from_json(text: str) -> LaunchResult | LaunchFailure:
    """Return the outcome that ``outcome_to_json`` wrote."""
    outcome: dict[str, Any] = json.loads(text)
    if "failure" in outcome:
        return LaunchFailure(**outcome["failure"])
    result = outcome["result"]
    return LaunchResult(tuple(_case(case) for case in result["cases"]), result["cpu"])


def _case(fields: dict[str, Any]) -> TimedCase:
    reference = fields["reference"]
    return TimedCase(
        **fields
        | {
            "variants": tuple(_variant(each) for each in fields["variants"]),
            "reference": None if reference is None else _variant(reference),
        }
    )


def _variant(fields: dict[str, Any]) -> TimedVariant:
    return TimedVariant(
        **fields
        | {
            "values": tuple(fields["values"]),
            "order": tuple(fields["order"]),
            "checks": tuple(CheckResult(**check) for check in fields["checks"]),
        }
    )
