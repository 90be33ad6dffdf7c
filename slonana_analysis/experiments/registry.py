"""Which experiments exist: ours, and those that other installed packages offer.

A module of ours registers by defining ``EXPERIMENT``; another package names such an object under
the entry point group ``slonana_analysis.experiments``.
"""

import importlib
import pkgutil
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from slonana_analysis.errors import UsageError

GROUP = "slonana_analysis.experiments"


@dataclass(frozen=True)
class Preset:
    """How much is measured: launches, seconds of timed rounds per case, the experiment's settings.

    ``settings`` are plain JSON values; their keys are the parameters a researcher may override.
    """

    launches: int
    case_seconds: float
    settings: Mapping[str, object]


@dataclass(frozen=True)
class Experiment:
    """One question from the guide.

    Attributes
    ----------
    name : str
        Identifier, as in the tables.
    question : str
        What is asked, one sentence.
    claim : str
        What the guide says, in our words.
    entry : str
        ``package.module:function``; called in every launch with the settings, returns the cases.
    presets : mapping of str to Preset
        ``smoke``, ``quick`` and ``full``.
    """

    name: str
    question: str
    claim: str
    entry: str
    presets: Mapping[str, Preset]

    def preset(self, name: str) -> Preset:
        """Return a preset by name.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        if name not in self.presets:
            raise UsageError(
                f"experiment '{self.name}' has no preset '{name}'; choose one of "
                f"{', '.join(self.presets)}"
            )
        return self.presets[name]


def all_experiments() -> dict[str, Experiment]:
    """Return all experiments by name, ours first.

    Returns
    -------
    dict of str to Experiment
        A plug-in that cannot be loaded is left out with a warning.
    """
    found = {experiment.name: experiment for experiment in _own()}
    for experiment in _plugged_in():
        if experiment.name in found:
            warnings.warn(
                f"experiment '{experiment.name}' of a plug-in is ignored: the name is taken",
                stacklevel=2,
            )
        else:
            found[experiment.name] = experiment
    return found


def find_experiment(name: str) -> Experiment:
    """Return one experiment by name.

    Raises
    ------
    UsageError
        If there is none of that name; the message lists those there are.
    """
    known = all_experiments()
    if name not in known:
        raise UsageError(f"no experiment is called '{name}'; there are {', '.join(sorted(known))}")
    return known[name]


def _own() -> Iterator[Experiment]:
    package = importlib.import_module(__package__)
    for module in pkgutil.walk_packages(package.__path__, f"{__package__}."):
        if module.name.count(".") <= __package__.count(".") + 1:
            continue  # a section of the guide, or what all sections share
        candidate = getattr(importlib.import_module(module.name), "EXPERIMENT", None)
        if isinstance(candidate, Experiment):
            yield candidate


def _plugged_in() -> Iterator[Experiment]:
    for entry in entry_points(group=GROUP):
        try:
            candidate = entry.load()
        except Exception as error:  # noqa: BLE001  # whatever a stranger's import may raise
            warnings.warn(
                f"experiment plug-in '{entry.name}' could not be loaded: {error}", stacklevel=3
            )
            continue
        if isinstance(candidate, Experiment):
            yield candidate
        else:
            warnings.warn(
                f"plug-in '{entry.name}' is a {type(candidate).__name__}, not an Experiment",
                stacklevel=3,
            )
