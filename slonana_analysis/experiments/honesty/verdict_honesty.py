"""How often verdicts cry wolf here, and what they find: the cases that a self-test judges.

Two builds of the same source are compiled apart and run in memory of their own, as the old and the
new version of a program are; there is no difference to find. Real slowdowns are more rows and more
repetitions: scaled numbers would leave out what more work does to caches and placement.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.honesty.workloads import (
    BUILDS,
    LONG,
    SHORT,
    Workload,
    find_workload,
)
from slonana_analysis.experiments.registry import Experiment, Preset
from slonana_analysis.measure.subject import Case, Variant
from slonana_analysis.model.reserved import SELF_TEST_EXPERIMENT

SLOWER = ("dense 100 rows", "sums of 4 MiB, 10 ms")
"""The workloads that are slowed down: one of nanoseconds, one of milliseconds.

The gradient is not among them. One place in fifteen that its output may lie at costs it up to a
quarter more time (its stores alias its loads), so that in every seventh launch either build is at a
disadvantage many times the size of a slowdown.
"""

PERCENTS = (1, 2, 3, 5, 10)
LAUNCHES_PER_VERDICT = 10

_QUICK = ("relu 64", "dense 100 rows")
_ALL = {"same": [*SHORT, *LONG], "slower": list(SLOWER), "percents": list(PERCENTS)}

EXPERIMENT = Experiment(
    name=SELF_TEST_EXPERIMENT,
    question="How often do verdicts flag two builds of one source here, and what do they find?",
    claim="Benchmarks of one program differ from day to day, so small changes cannot be proved.",
    entry=f"{__name__}:cases",
    presets={
        "smoke": Preset(
            4, 0.005, {"same": list(_QUICK), "slower": [SLOWER[0]], "percents": [PERCENTS[-1]]}
        ),
        # Some 200 rounds of nanoseconds, and the fewest there are, five, of milliseconds: launches
        # differ by more than either leaves in doubt.
        "quick": Preset(2 * LAUNCHES_PER_VERDICT, 0.01, _ALL),
        "full": Preset(20 * LAUNCHES_PER_VERDICT, 0.01, _ALL),
    },
)


@dataclass(frozen=True)
class SelfTestPlan:
    """How many launches to measure, and how many of them make one verdict."""

    launches: int
    launches_per_verdict: int


def plan_self_test(
    preset: str = "quick", comparisons: int = 0, launches_per_verdict: int = 0
) -> SelfTestPlan:
    """Return what it takes to compare builds of one source so many times.

    Parameters
    ----------
    preset : str
        ``smoke``, ``quick`` or ``full``.
    comparisons : int
        Of builds without a difference, all workloads together; 0 takes the preset's launches.
    launches_per_verdict : int
        Fresh processes per comparison; 0 takes 10, or as many as the preset has.

    Returns
    -------
    SelfTestPlan
        For ``measure_experiment`` and ``self_test``.

    Raises
    ------
    UsageError
        If a number is negative, or a verdict should rest on a single launch.
    """
    chosen = EXPERIMENT.preset(preset)
    if comparisons < 0 or launches_per_verdict < 0 or launches_per_verdict == 1:
        raise UsageError(
            f"{comparisons} comparisons of {launches_per_verdict} launches cannot be made; ask for"
            " at least one comparison of at least two launches"
        )
    each = launches_per_verdict or min(LAUNCHES_PER_VERDICT, chosen.launches)
    workloads = cast("list[str]", chosen.settings["same"])
    rounds = -(-comparisons // len(workloads))
    return SelfTestPlan(rounds * each or max(chosen.launches, each), each)


def cases(settings: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the cases of two builds each.

    Parameters
    ----------
    settings : mapping
        ``same``: names of workloads to compare with themselves. ``slower``: names of workloads
        whose second build does more work, and ``percents``: how much more, in whole percent.

    Yields
    ------
    Case
        Parameters are ``workload`` and ``slowdown`` (0.03: three percent more work).

    Raises
    ------
    UsageError
        If a workload is unknown, or a percentage of one is no whole amount of work.
    """
    plan = [(name, 0) for name in settings["same"]]
    plan += [(name, percent) for name in settings["slower"] for percent in settings["percents"]]
    _set_up_compiler()
    for name, percent in plan:
        yield Case(
            EXPERIMENT.name,
            {"slowdown": percent / 100, "workload": name},
            _builds(find_workload(name), percent),
        )


def _builds(workload: Workload, percent: int) -> tuple[Variant, Variant]:
    """Return both builds, made in either order: what is loaded first lies elsewhere in memory."""
    extra = dict(zip(BUILDS, (0, percent), strict=True))
    # Without a seed on purpose, as the places of their arrays are drawn without one.
    order = np.random.default_rng().permutation(list(BUILDS)).tolist()
    made = {build: workload.variant(build, extra[build]) for build in order}
    return made[BUILDS[0]], made[BUILDS[1]]


def _set_up_compiler() -> None:
    """Call something compiled: numba sets itself up then, which is no case's time but a start's."""
    find_workload(next(iter(SHORT))).variant(BUILDS[0]).batch(1)
