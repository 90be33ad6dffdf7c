"""What a run's notebooks saw of the machine: written down as they look, given back afterwards.

``observations/<notebook>/looks.jsonl`` holds one JSON object per look, in order: what was asked
(``look``, ``arguments``) and what was ``seen``, or the ``error`` that was raised. Of a measurement
only the experiments are named there, of a capture its facts: samples and files stand in the run
already, once.

Only code that a run or ``reproduce`` executes in a kernel before its first cell calls
``record_looks`` and ``replay_looks``; nothing in an environment or a file switches them on.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from slonana_analysis import errors
from slonana_analysis.errors import FormatError, SchemaError, SlonanaError
from slonana_analysis.model.capture import Capture, CaptureFacts
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.observation import Look, observe_with
from slonana_analysis.runs.atomic import explained_write_errors
from slonana_analysis.runs.layout import CAPTURES, OBSERVATIONS
from slonana_analysis.runs.plain import Plain, from_plain, to_plain
from slonana_analysis.runs.run import Run, read_run

_FILE = "looks.jsonl"
_CAPTURE_FACTS = "capture.json"
_ERRORS: Mapping[str, type[SlonanaError]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SlonanaError)
    }
)


class ReplayError(SlonanaError):
    """A notebook that is made again asked for something that its run does not hold."""


def record_looks(results: str | Path) -> None:
    """Write down, from now on, whatever this process sees of the machine.

    Parameters
    ----------
    results : str or Path
        Result folder of the notebook under way.
    """
    observe_with(_Recorder(Path(results) / OBSERVATIONS / _FILE))


def replay_looks(run: str | Path, notebook: str) -> None:
    """Answer, from now on, from a stored run whatever this process asks of the machine.

    Nothing is measured any more in this process: what the run does not hold is a ``ReplayError``.

    Parameters
    ----------
    run : str or Path
        Folder of the run.
    notebook : str
        Whose looks are given back.

    Raises
    ------
    FormatError
        If what is stored is damaged.
    """
    observe_with(_Replay(read_run(Path(run)), notebook))


class _Recorder:
    """An observer that lets look, and notes what was seen."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, look: Look, see: Callable[[], Any]) -> Any:  # noqa: ANN401
        try:
            seen = see()
        except SlonanaError as error:
            kind = next(each for each in type(error).__mro__ if each.__name__ in _ERRORS)
            self._note(look, {"error": {"kind": kind.__name__, "message": str(error)}})
            raise
        try:
            self._note(look, {"seen": _written(seen)})
        except SchemaError as error:  # must not cost anybody the measurement
            self._note(look, {"unwritten": str(error)})
        return seen

    def _note(self, look: Look, outcome: Mapping[str, Plain]) -> None:
        try:
            arguments = to_plain(look.arguments)
        except SchemaError:
            return  # a call that cannot be recognised again cannot be answered either
        entry = {"look": look.name, "arguments": arguments, **outcome}
        with explained_write_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(entry, allow_nan=False) + "\n")


class _Replay:
    """An observer that lets nobody look."""

    def __init__(self, run: Run, notebook: str) -> None:
        self._run = run
        self._notebook = notebook
        self._path = _path(run, notebook)
        self._answers: defaultdict[str, deque[Mapping[str, Plain]]] = defaultdict(deque)
        for entry in stored_looks(run, notebook):
            self._answers[_key(entry["look"], entry["arguments"])].append(entry)

    def __call__(self, look: Look, see: Callable[[], Any]) -> Any:  # noqa: ANN401, ARG002
        entry = self._answer(look)
        if "unwritten" in entry:
            raise ReplayError(f"the run did not keep what {look.name} saw: {entry['unwritten']}")
        try:
            if "error" not in entry:
                return self._read(look, entry["seen"])
            ended = _ERRORS[entry["error"]["kind"]](entry["error"]["message"])
        except (FormatError, LookupError, TypeError) as error:
            raise ReplayError(f"{self._path}: {look.name} is damaged ({error})") from error
        raise ended

    def _answer(self, look: Look) -> Mapping[str, Plain]:
        if not self._path.exists():
            raise ReplayError(
                f"the run does not hold what {look.name} saw: it kept no notes of it, as runs of "
                "older versions; make a new one"
            )
        answers = self._answers[_key(look.name, to_plain(look.arguments))]
        if not answers:
            raise ReplayError(
                f"the run does not hold what {look.name} would see here: the notebook or the suite "
                "asks something else than when the run was made"
            )
        return answers.popleft()

    def _read(self, look: Look, seen: Plain) -> Any:  # noqa: ANN401
        kind = look.kind
        if kind is Measurement:
            return self._measurement(seen)
        return self._capture(seen) if kind is Capture else from_plain(seen, kind)

    def _measurement(self, seen: Plain) -> Measurement:
        run = self._run
        frames = {"samples": run.samples(), "checks": run.checks(), "launches": run.launches()}
        kept = {name: _of(frame, seen["experiments"]) for name, frame in frames.items()}
        for name, frame in kept.items():
            if len(frame) != seen["rows"][name]:
                experiments = ", ".join(seen["experiments"])
                raise ReplayError(
                    f"the run holds {len(frame)} rows of {experiments} in table '{name}', and "
                    f"{seen['rows'][name]} were measured here: they were not saved, or changed"
                )
        return Measurement(**kept)

    def _capture(self, seen: Plain) -> Capture:
        facts: CaptureFacts = from_plain(seen["facts"], CaptureFacts)
        for path in sorted((self._run.path / CAPTURES / self._notebook).glob("*")):
            if _stated_files(path / _CAPTURE_FACTS) == facts.files:
                return Capture(path, path / Path(seen["main"]).name, facts)
        raise ReplayError(f"the run does not hold the capture that {self._notebook} made or showed")


def _written(seen: object) -> Plain:
    if isinstance(seen, Measurement):
        frames = {"samples": seen.samples, "checks": seen.checks, "launches": seen.launches}
        experiments = pd.concat([frame["experiment"] for frame in frames.values()]).unique()
        return {
            "experiments": [str(name) for name in experiments],
            "rows": {name: len(frame) for name, frame in frames.items()},
        }
    if isinstance(seen, Capture):
        return {"main": seen.main.name, "facts": to_plain(asdict(seen.facts))}
    return to_plain(seen)


def _of(frame: pd.DataFrame, experiments: list[str]) -> pd.DataFrame:
    """Return the rows of experiments as they were before they belonged to a run."""
    rows = frame[frame["experiment"].isin(experiments)].reset_index(drop=True)
    return rows.assign(run=pd.Series("", index=rows.index, dtype=frame["run"].dtype))


def stored_looks(run: Run, notebook: str) -> list[Mapping[str, Plain]]:
    """Return what a notebook of a run saw, as it was written down; nothing in older runs.

    Raises
    ------
    FormatError
        If the file is damaged.
    """
    path = _path(run, notebook)
    try:
        entries = [json.loads(line) for line in path.read_bytes().splitlines()]
        if all({"look", "arguments"} <= entry.keys() for entry in entries):
            return entries
    except FileNotFoundError:
        return []
    except (OSError, ValueError, AttributeError) as error:
        raise FormatError(f"{path}: cannot be read ({error}); the run is damaged") from error
    raise FormatError(f"{path}: holds a look without a name; the run is damaged")


def _path(run: Run, notebook: str) -> Path:
    return run.path / OBSERVATIONS / notebook / _FILE


def _key(look: str, arguments: Plain) -> str:
    return json.dumps([look, arguments], sort_keys=True)


def _stated_files(path: Path) -> Plain:
    try:
        return json.loads(path.read_bytes()).get("files")
    except (OSError, ValueError, AttributeError):
        return None  # another capture of the notebook; the one that is looked for may be sound
