"""``slonana-analysis ab``: two commands, launched in turn, compared pair by pair."""

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slonana_analysis.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from slonana_analysis.measure.commands.pairs import CommandPairs

SUMMARY = "compare two commands: fresh launches in turn, time and memory, any exit status"

FOUND = 1

_PAIRS = 20
_COUNT_SECONDS = 600.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.usage = "%(prog)s [options] -- COMMAND_A -- COMMAND_B"
    parser.add_argument(
        "--launches",
        type=int,
        default=_PAIRS,
        metavar="K",
        help=f"how often each command is launched (default: {_PAIRS})",
    )
    parser.add_argument(
        "--warm-ups",
        type=int,
        default=1,
        metavar="N",
        help="launches of each before that, which do not count (default: 1)",
    )
    parser.add_argument(
        "--timeout", type=float, metavar="S", help="seconds after which a launch is ended"
    )
    parser.add_argument(
        "--floor",
        type=float,
        default=1.0,
        metavar="PERCENT",
        help="change below which nothing is called one (default: 1)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seeds the order within each pair")
    parser.add_argument(
        "--count",
        action="store_true",
        help="count the instructions of each command with valgrind as well",
    )
    parser.add_argument(
        "--show-output", action="store_true", help="let the commands write to standard error"
    )
    parser.add_argument(
        "--fail-on",
        metavar="VERDICTS",
        help="exit with 1 if a verdict is one of these, for example regressed",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="also write samples.parquet (every launch) and verdicts.parquet there",
    )
    parser.add_argument(
        "commands",
        nargs="*",
        metavar="-- COMMAND_A -- COMMAND_B",
        help="the commands, without a shell; the first '--' after A ends it, B may hold more",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Launch, judge and print.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Returns
    -------
    int
        0; 1 when ``--fail-on`` found what it names.

    Raises
    ------
    UsageError
        If the commands are not two, or a number is out of range.
    UnavailableError
        If a command cannot be started, or the output cannot be written.
    """
    from slonana_analysis.compare.commands import judge_commands
    from slonana_analysis.compare.gate import failing, gate_words
    from slonana_analysis.measure.commands.pairs import run_pairs

    words = gate_words(arguments.fail_on) if arguments.fail_on else ()
    commands = _commands(arguments.commands)
    if not 0 <= arguments.floor < 100:
        raise UsageError(f"--floor {arguments.floor:g} is no percentage from 0 to 100")
    pairs = run_pairs(
        commands,
        pairs=arguments.launches,
        warm_ups=arguments.warm_ups,
        seed=arguments.seed,
        timeout=arguments.timeout,
        show_output=arguments.show_output,
        on_pair=_progress(),
    )
    verdicts = judge_commands(
        pairs.samples, floor=arguments.floor / 100, least_peak_bytes=pairs.least_peak_bytes
    )
    counts = _counted(commands) if arguments.count else []
    if arguments.output:
        _write(pairs, verdicts, arguments.output)
    if arguments.json:
        print(json.dumps(_document(pairs, verdicts, counts)))
    else:
        _print(pairs, verdicts, counts)
    return FOUND if words and len(failing(verdicts, words)) else 0


def _commands(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split what stands after the first ``--``; the next one ends the first command."""
    if "--" not in words:
        raise UsageError(
            "ab compares two commands; write: slonana-analysis ab -- COMMAND_A -- COMMAND_B"
        )
    place = list(words).index("--")
    first, second = list(words[:place]), list(words[place + 1 :])
    if not first or not second:
        raise UsageError(
            f"command {'B' if first else 'A'} is empty; write: "
            "slonana-analysis ab -- COMMAND_A -- COMMAND_B"
        )
    return first, second


def _progress() -> Any:  # noqa: ANN401  # a callback
    """Return what is called after every pair; says on a terminal how far it is."""
    from slonana_analysis.report.command_text import pair_progress

    return pair_progress(sys.stderr)


def _counted(commands: tuple[list[str], list[str]]) -> list[dict[str, Any]]:
    """Return the instructions of both commands, or why they could not be counted."""
    from slonana_analysis.measure.counts.commands import count_command

    counted: list[dict[str, Any]] = []
    for command in commands:
        try:
            count = count_command(command, timeout=_COUNT_SECONDS, children=True)
        except UnavailableError as error:
            counted.append({"instructions": None, "reason": str(error)})
        else:
            counted.append({"instructions": count.instructions, "reason": ""})
    return counted


def _write(pairs: "CommandPairs", verdicts: "pd.DataFrame", folder: Path) -> None:
    from slonana_analysis.model.schema import SAMPLES, VERDICTS
    from slonana_analysis.runs.tables import write_table

    write_table(pairs.samples, SAMPLES, folder)
    write_table(verdicts, VERDICTS, folder)


def _document(
    pairs: "CommandPairs", verdicts: "pd.DataFrame", counts: list[dict[str, Any]]
) -> dict[str, Any]:
    from slonana_analysis.report.verdict_text import verdicts_json

    commands = [
        {"name": name, "command": list(command), "outcomes": outcomes, "errors": errors}
        for name, command, outcomes, errors in zip(
            "AB", pairs.commands, pairs.outcomes, pairs.errors, strict=True
        )
    ]
    for command, count in zip(commands, counts, strict=False):
        command.update(count)
    return verdicts_json(verdicts) | {"commands": commands, "interrupted": pairs.interrupted}


def _print(pairs: "CommandPairs", verdicts: "pd.DataFrame", counts: list[dict[str, Any]]) -> None:
    from slonana_analysis.profiles.names import printable
    from slonana_analysis.report.command_text import command_lines
    from slonana_analysis.report.verdict_text import verdict_lines

    if pairs.interrupted:
        print(f"interrupted: judged on the {pairs.pairs} whole pairs there are", file=sys.stderr)
    for name, command, outcomes, errors in zip(
        "AB", pairs.commands, pairs.outcomes, pairs.errors, strict=True
    ):
        ended = ", ".join(f"{count} x {outcome}" for outcome, count in sorted(outcomes.items()))
        print(f"{name}: {printable(shlex.join(command))}: {ended}")
        if errors:
            print(f"   its last words: {printable(errors.splitlines()[-1])}")
    for line in [*verdict_lines(verdicts), *command_lines(verdicts, counts)]:
        print(line)
