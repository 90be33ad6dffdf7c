"""Holding a run against another one, as notebook 80 and the report's first page do."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from slonana_analysis.compare.environment import environment_difference
from slonana_analysis.compare.runs import RunComparison
from slonana_analysis.compare.runs import compare_runs as compare
from slonana_analysis.errors import UsageError
from slonana_analysis.model.observation import observed
from slonana_analysis.model.run import BASELINE
from slonana_analysis.model.schema import VERDICTS
from slonana_analysis.runs.baseline import baseline_run, earlier_run
from slonana_analysis.runs.catalogue import LATEST, open_run
from slonana_analysis.runs.layout import default_runs_directory
from slonana_analysis.runs.pending import PendingRun, pending_run
from slonana_analysis.runs.run import Run


@dataclass(frozen=True)
class ComparedRuns:
    """Two runs held against each other, ready to be shown.

    Attributes
    ----------
    before, after : str
        Run ids; ``before`` is empty where there is nothing to compare with.
    verdicts, counts : DataFrame
        Columns of ``schema.VERDICTS``: of times, and of instruction counts.
    gated : bool
        Whether a gate may rest on the verdicts.
    reasons : tuple of str
        What a reader must know of the two machines, and why there is nothing to compare.
    environment : tuple of (str, str, str)
        Fact, earlier value, later value: what differs between the two environments.
    """

    before: str
    after: str
    verdicts: pd.DataFrame
    counts: pd.DataFrame
    gated: bool
    reasons: tuple[str, ...]
    environment: tuple[tuple[str, str, str], ...]

    @property
    def gated_verdicts(self) -> pd.DataFrame:
        """What a gate looks at: verdicts on times, then on instruction counts."""
        parts = [part for part in (self.verdicts, self.counts) if len(part)]
        return pd.concat(parts, ignore_index=True) if parts else self.verdicts

    @property
    def why_ungated(self) -> str:
        """Why a gate may not rest on them; empty when it may."""
        return "" if self.gated else self.reasons[0]


# Other runs are no part of this one: when it is made again, what was seen of them is shown again.
@observed("output", "runs")
def compare_runs(
    baseline: str = "", run: str = "", output: str = "", runs: str = ""
) -> ComparedRuns:
    """Hold a run against another one.

    Parameters
    ----------
    baseline : str
        Run id, its beginning, a folder, or ``latest``; empty: the run before ``run`` on the same
        machine with the same preset.
    run : str
        What is held against it; empty: within a run this one, as far as it has got, and by hand
        the latest.
    output : str
        The notebook's ``output`` parameter; empty outside a run.
    runs : str
        Runs directory; empty: that of this run, ``$SLONANA_RUNS`` or ``./runs``.

    Returns
    -------
    ComparedRuns
        Without a run to compare, ``before`` is empty and ``reasons`` says why.

    Raises
    ------
    UsageError
        If a run is named that does not exist.
    FormatError
        If one is damaged.
    """
    pending = pending_run(output) if output and not run else None
    folder = Path(runs) if runs else pending.runs.root if pending else default_runs_directory()
    after = pending or _stored(run, folder)
    if after is None:
        return _nothing("", f"{folder} holds no run yet; make one with: slonana-analysis run")
    before = _before(baseline, after, folder)
    if before is None:
        reason = (
            "this machine has no earlier run with the same preset to compare with; the next run "
            "will be compared with this one"
        )
        return _nothing(after.manifest.run, reason)
    return compared(compare(before, after))


def compare_with_baseline(run: Run, runs: Path) -> ComparedRuns | None:
    """Hold a run against the baseline that it was made with.

    Parameters
    ----------
    run : Run
        Whole, or about to be published.
    runs : Path
        Runs directory, where the baseline is looked up.

    Returns
    -------
    ComparedRuns or None
        None where the run names no baseline. A baseline that is gone is said to be.

    Raises
    ------
    FormatError
        If either run is damaged.
    """
    name = run.manifest.parameters.get(BASELINE)
    if not isinstance(name, str):
        return None
    try:
        before = open_run(name, runs)
    except UsageError as error:
        return _nothing(run.manifest.run, str(error))
    return compared(compare(before, run))


def compared(comparison: RunComparison) -> ComparedRuns:
    """Return a comparison in the form in which it is shown and stored."""
    differing = environment_difference(comparison.before.host, comparison.after.host)
    return ComparedRuns(
        before=comparison.before.run,
        after=comparison.after.run,
        verdicts=comparison.verdicts,
        counts=comparison.counts,
        gated=comparison.comparability.gated,
        reasons=comparison.comparability.reasons,
        environment=tuple(
            (str(fact), str(old), str(new))
            for fact, old, new in differing[["fact", "a", "b"]].itertuples(index=False)
        ),
    )


def _stored(name: str, runs: Path) -> Run | None:
    if name:
        return open_run(name, runs)
    return open_run(LATEST, runs) if any(runs.glob("machine=*/date=*/*/manifest.json")) else None


def _before(name: str, after: Run | PendingRun, runs: Path) -> Run | None:
    machine = str(after.manifest.host.get("machine", ""))
    if name:
        return baseline_run(name, runs, machine)
    return earlier_run(runs, machine, after.manifest)


def _nothing(after: str, reason: str) -> ComparedRuns:
    none = VERDICTS.empty()
    return ComparedRuns("", after, none, none, gated=False, reasons=(reason,), environment=())
