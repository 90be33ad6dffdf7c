"""Pairs of launches: both commands, one right after the other, in an order drawn anew each time.

What the machine does to one of a pair it mostly does to the other, so the ratio within a pair is
steadier than either time. A pair is to commands what a launch is to kernels: the unit that an
interval is built on.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.commands.spawning import CommandRun, Spawner, spawner
from slonana_analysis.model.schema import SAMPLES

EXPERIMENT = "commands"
NAMES = ("A", "B")

METRICS = ("wall time", "user time", "system time", "peak memory")

OnPair: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True)
class CommandPairs:
    """What two commands used, pair by pair.

    Attributes
    ----------
    commands : tuple of two tuples of str
        Program and arguments of A and of B.
    samples : DataFrame
        Columns of ``schema.SAMPLES``: a row per pair, command and metric, launch being the pair.
    outcomes : tuple of two dicts of str to int
        How often each ended in which way, for example ``{"exit 0": 15}``.
    errors : tuple of two str
        End of the standard error of each command's last launch that did not end in ``exit 0``.
    least_peak_bytes : int
        Peak memory below which none can be told.
    interrupted : bool
        Whether fewer pairs were run than asked for, because somebody pressed Ctrl-C.
    """

    commands: tuple[tuple[str, ...], tuple[str, ...]]
    samples: pd.DataFrame
    outcomes: tuple[dict[str, int], dict[str, int]]
    errors: tuple[str, str]
    least_peak_bytes: int
    interrupted: bool

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return int(self.samples["launch"].nunique())


@dataclass
class _Seen:
    """What the launches so far have left."""

    rows: list[dict[str, object]] = field(default_factory=list)
    outcomes: tuple[Counter[str], Counter[str]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    errors: list[str] = field(default_factory=lambda: ["", ""])

    def add(self, pair: int, place: int, command: int, run: CommandRun) -> None:
        self.outcomes[command][run.outcome] += 1
        if run.outcome != "exit 0":
            self.errors[command] = run.errors
        values = (run.wall_ns, run.user_ns, run.system_ns, float(run.peak_bytes))
        for metric, value in zip(METRICS, values, strict=True):
            self.rows.append(_row(pair, place, NAMES[command], metric, value))


def run_pairs(
    commands: tuple[Sequence[str], Sequence[str]],
    *,
    pairs: int,
    warm_ups: int = 1,
    seed: int = 0,
    timeout: float | None = None,
    show_output: bool = False,
    on_pair: OnPair | None = None,
) -> CommandPairs:
    """Launch two commands in turn and keep what each launch used.

    Parameters
    ----------
    commands : two sequences of str
        A, the baseline, and B.
    pairs : int
        How often each is launched.
    warm_ups : int
        Pairs before that, which fill caches and do not count.
    seed : int
        Seeds the order within each pair.
    timeout : float or None
        Seconds after which a launch, with all that it started, is killed; it counts as it stands.
    show_output : bool
        Let the commands write to standard error.
    on_pair : callable, optional
        Called as ``on_pair(done, pairs)`` after every pair that counts.

    Returns
    -------
    CommandPairs
        After Ctrl-C with the whole pairs that there are; with fewer than two it is raised again.

    Raises
    ------
    UsageError
        If a number is out of range, or a command is empty.
    UnavailableError
        If a command cannot be started.
    """
    if pairs < 1 or warm_ups < 0 or (timeout is not None and not timeout > 0):
        raise UsageError(
            f"pairs ({pairs}) and the time limit ({timeout}) must be positive, "
            f"warm-ups ({warm_ups}) not negative"
        )
    if not all(commands):
        raise UsageError("a command must have at least one word")
    random, seen, interrupted = np.random.default_rng(seed), _Seen(), False
    with spawner(commands, show_output=show_output) as spawn:
        try:
            for pair in range(-warm_ups, pairs):
                launched = _launch_pair(spawn, random.permutation(2).tolist(), timeout)
                if pair < 0:
                    continue
                for place, (command, run) in enumerate(launched):
                    seen.add(pair, place, command, run)
                if on_pair is not None:
                    on_pair(pair + 1, pairs)
        except KeyboardInterrupt:
            if len(seen.rows) < 2 * 2 * len(METRICS):
                raise
            interrupted = True
        least = spawn.least_peak_bytes
    return CommandPairs(
        commands=(tuple(commands[0]), tuple(commands[1])),
        samples=SAMPLES.conform(pd.DataFrame(seen.rows)),
        outcomes=(dict(seen.outcomes[0]), dict(seen.outcomes[1])),
        errors=(seen.errors[0], seen.errors[1]),
        least_peak_bytes=least,
        interrupted=interrupted,
    )


def _launch_pair(
    spawn: Spawner, order: Sequence[int], timeout: float | None
) -> list[tuple[int, CommandRun]]:
    return [(command, spawn.run(command, timeout)) for command in order]


def _row(pair: int, place: int, name: str, metric: str, value: float) -> dict[str, object]:
    return {
        "run": "",
        "experiment": EXPERIMENT,
        "variant": name,
        "parameters": f'{{"metric": "{metric}"}}',
        "launch": pair,
        "round": 0,
        "order": place,
        "value": value,
        "unit": "bytes" if metric == "peak memory" else "ns",
        "inner": 1,
        "harness_ns": math.nan,
    }
