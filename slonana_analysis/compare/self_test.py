"""How often verdicts on two builds of one source cry wolf, and how often real slowdowns are found.

Launches are cut into blocks of as many as one verdict takes, in the order in which they ran. No
launch is in two blocks and none is drawn again: resampling a few hundred launches would let one
odd minute of a shared machine into thousands of "comparisons" and claim more than was measured.
Every comparison is judged alone, by the rule that judges every other measurement. Judged together
with others it would face false-discovery control besides, and be called less often.

References
----------
Clopper, C. and Pearson, E. S. (1934), The use of confidence or fiducial limits illustrated in the
case of the binomial, Biometrika 26.
"""

import json
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from slonana_analysis.compare.verdicts import FLOOR, judge
from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.model.measurement import Measurement
from slonana_analysis.model.verdict import VerdictWord
from slonana_analysis.stats.binomial import clopper_pearson

OUR_RULE = "this suite: paired launches"
"""Name of the production rule in ``schema.SELF_TEST``."""

ALL_WORKLOADS = "all workloads"
"""Workload of the rows that count a rule's comparisons whatever was timed."""

_CASE = ["experiment", "parameters"]


@dataclass(frozen=True)
class Block:
    """The launches of one comparison.

    Attributes
    ----------
    experiment, workload : str
        What was timed.
    slowdown : float
        Real extra work of the second variant; 0: two builds of the same source.
    measurement : Measurement
        One case, ``launches_per_verdict`` launches.
    """

    experiment: str
    workload: str
    slowdown: float
    measurement: Measurement

    @property
    def seconds(self) -> float:
        """What these launches took with this case alone: starting each, and timing the case."""
        launches = self.measurement.launches
        return float((launches["start_s"] + launches["case_s"]).sum())


@dataclass(frozen=True)
class Outcome:
    """What a rule said of one comparison, and what getting there took."""

    workload: str
    slowdown: float
    word: VerdictWord
    seconds: float


def self_test(
    measurement: Measurement, launches_per_verdict: int, floor: float = FLOOR
) -> pd.DataFrame:
    """Judge disjoint blocks of launches by the production rule and count what it called.

    Parameters
    ----------
    measurement : Measurement
        Of cases with two variants each, whose parameters are ``workload`` and ``slowdown``, as
        those of experiment ``verdict_honesty`` are.
    launches_per_verdict : int
        Fresh processes that one comparison rests on.
    floor : float
        As for ``judge``.

    Returns
    -------
    DataFrame
        Columns of ``schema.SELF_TEST``: first a row per slowdown that counts all workloads, then
        one per slowdown and workload.

    Raises
    ------
    UsageError
        If there are too few launches for one comparison, or a case has other parameters.
    """
    return tally(
        OUR_RULE,
        [
            Outcome(block.workload, block.slowdown, _judged(block, floor), block.seconds)
            for block in blocks(measurement, launches_per_verdict)
        ],
    )


def _judged(block: Block, floor: float) -> VerdictWord:
    word: VerdictWord = judge(block.measurement, floor)["verdict"].iloc[0]
    return word


def blocks(measurement: Measurement, launches_per_verdict: int) -> list[Block]:
    """Return every case's launches in disjoint blocks, in launch order.

    Parameters
    ----------
    measurement : Measurement
        As for ``self_test``.
    launches_per_verdict : int
        At least two.

    Returns
    -------
    list of Block
        Case by case; launches that are left over at the end are in none.

    Raises
    ------
    UsageError
        As ``self_test``.
    """
    if launches_per_verdict < 2:
        raise UsageError(
            f"a verdict needs at least 2 launches, not {launches_per_verdict}: one cannot say how"
            " far launches differ"
        )
    found = list(_blocks(measurement, launches_per_verdict))
    if not found:
        raise UsageError(
            f"no case has the {launches_per_verdict} launches that one verdict takes; measure more"
        )
    return found


def _blocks(measurement: Measurement, size: int) -> Iterator[Block]:
    samples = _by_case(measurement.samples, size)
    launches = _by_case(measurement.launches, size)
    for case, checks in _by_case(measurement.checks, size).items():
        workload, slowdown = _identity(case[1])
        for number, rows in checks.items():
            if rows["launch"].nunique() == size:
                timed = samples.get(case, {}).get(number, measurement.samples.iloc[:0])
                started = launches.get(case, {}).get(number, measurement.launches.iloc[:0])
                part = Measurement(timed, rows, started)
                yield Block(case[0], workload, slowdown, part)


def _by_case(table: pd.DataFrame, size: int) -> dict[tuple[str, str], dict[int, pd.DataFrame]]:
    """Return the rows of each case (experiment, parameters), by number of the block."""
    return {
        (str(experiment), str(parameters)): {
            int(number): part for number, part in rows.groupby(rows["launch"] // size)
        }
        for (experiment, parameters), rows in table.groupby(_CASE, sort=False)
    }


def _identity(parameters: str) -> tuple[str, float]:
    values = json.loads(parameters)
    if not {"workload", "slowdown"} <= set(values):
        raise UsageError(
            f"a self-test judges cases with the parameters workload and slowdown, not {parameters}"
        )
    return str(values["workload"]), float(values["slowdown"])


def tally(rule: str, outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Count what one rule said.

    Parameters
    ----------
    rule : str
        Its name.
    outcomes : iterable of Outcome
        Of disjoint comparisons. What was not measured does not count where nothing was to be
        found, and counts as not found where something was: either way it makes no rule look better.

    Returns
    -------
    DataFrame
        Columns of ``schema.SELF_TEST``; for slowdowns the rate is that of calls the right way.
    """
    total: dict[tuple[str, float], list[Outcome]] = {}
    groups: dict[tuple[str, float], list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.slowdown):
        total.setdefault((ALL_WORKLOADS, outcome.slowdown), []).append(outcome)
        groups.setdefault((outcome.workload, outcome.slowdown), []).append(outcome)
    rows = [_row(rule, *key, group) for key, group in (total | groups).items()]
    return schema.SELF_TEST.conform(pd.DataFrame(rows)) if rows else schema.SELF_TEST.empty()


def _row(rule: str, workload: str, slowdown: float, outcomes: list[Outcome]) -> dict[str, object]:
    words = [outcome.word for outcome in outcomes]
    slower, faster = words.count("regressed"), words.count("improved")
    tried = len(words) - (0 if slowdown else words.count("not measured"))
    counted = slower if slowdown else slower + faster
    low, high = clopper_pearson(counted, tried) if tried else (0.0, 1.0)
    return {
        "rule": rule,
        "workload": workload,
        "slowdown": slowdown,
        "tried": tried,
        "called": slower + faster,
        "wrong_way": faster if slowdown else 0,
        "rate": counted / tried if tried else float("nan"),
        "low": low,
        "high": high,
        "seconds": statistics.median(outcome.seconds for outcome in outcomes),
    }
