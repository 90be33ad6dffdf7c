"""``slonana-analysis compare``: two runs, captures, or result files of other benchmark tools."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slonana_analysis.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from slonana_analysis.compare.profiles import ProfileDifferences
    from slonana_analysis.report.run_comparison import ComparedRuns

SUMMARY = "compare two runs, groups of captures, or result files of other benchmark tools"

FOUND = 1

_UNPAIRED = (
    "unpaired: the sides were recorded one after the other, so every interval is wider by what "
    "identical code may differ by; 'slonana-analysis ab' decides smaller changes"
)


@dataclass(frozen=True)
class _Outcome:
    """Verdicts, what else the reader must know, and the whole comparison of runs or profiles."""

    verdicts: "pd.DataFrame"
    notes: tuple[str, ...]
    compared: "ComparedRuns | None" = None
    profiles: "ProfileDifferences | None" = None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "before",
        metavar="A",
        help="the earlier side: a run (id, its beginning, folder or 'latest'); captures or a "
        "profiler's files (one, several with commas between them, or a folder of them); or a "
        "result file or folder of Google Benchmark, Criterion, pyperf, pytest-benchmark, hyperfine "
        "or asv",
    )
    parser.add_argument("after", metavar="B", help="the later side, of the same kind")
    parser.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        help="where run ids are looked up (default: $SLONANA_RUNS or ./runs)",
    )
    parser.add_argument(
        "--floor",
        type=float,
        default=1.0,
        metavar="PERCENT",
        help="change below which nothing is called one (default: 1)",
    )
    parser.add_argument(
        "--session",
        type=float,
        metavar="PERCENT",
        help="what two sessions of identical code may differ by, for result files whose sides "
        "were recorded one after the other (default: 25)",
    )
    parser.add_argument("--event", metavar="NAME", help="event of profiles that count several")
    parser.add_argument(
        "--inclusive",
        action="store_true",
        help="judge functions of profiles with all that they call, not by their own weight",
    )
    parser.add_argument(
        "--fail-on",
        metavar="VERDICTS",
        help="exit with 1 if a verdict is one of these, for example regressed",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="also write a page and the tables there"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Compare and print.

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
        If the two sides are of different kinds, or an option is out of range.
    FormatError
        If a side cannot be read.
    UnavailableError
        If the gate has nothing to go by, or the output cannot be written.
    """
    from slonana_analysis.compare.gate import gate_words

    words = gate_words(arguments.fail_on) if arguments.fail_on else ()
    if not 0 <= arguments.floor < 100:
        raise UsageError(f"--floor {arguments.floor:g} is no percentage from 0 to 100")
    outcome = _compare(arguments)
    if arguments.output:
        _write(outcome, arguments.output)
    if arguments.json:
        print(json.dumps(_document(outcome)))
    else:
        _print(outcome)
    return _gate(outcome, words) if words else 0


def _compare(arguments: argparse.Namespace) -> _Outcome:
    from slonana_analysis.runs.layout import default_runs_directory

    runs = arguments.runs or default_runs_directory()
    sides = (arguments.before, arguments.after)
    are_runs = [_is_run(side) for side in sides]
    if all(are_runs):
        return _compare_runs(arguments, runs)
    are_captures = [_is_capture(side) for side in sides]
    if all(are_captures):
        return _compare_profiles(arguments)
    if any(are_captures):
        capture, other = sides if are_captures[0] else reversed(sides)
        raise UsageError(
            f"'{capture}' is a profile and '{other}' is not; compare profiles with profiles"
        )
    if any(are_runs):
        run, other = sides if are_runs[0] else reversed(sides)
        raise UsageError(
            f"'{run}' is a run and '{other}' is not; compare two runs, or two result files"
        )
    return _compare_benches(arguments)


def _is_run(name: str) -> bool:
    """Return whether a side is meant to be a run: a folder with a manifest, or the name of none."""
    from slonana_analysis.runs.layout import MANIFEST

    path = Path(name)
    looks_like_a_path = len(path.parts) > 1 or path.suffix or "," in name
    return (path / MANIFEST).exists() or not (path.exists() or looks_like_a_path)


def _is_capture(side: str) -> bool:
    from slonana_analysis.readers.captures import is_captures

    return is_captures(side)


def _compare_profiles(arguments: argparse.Namespace) -> _Outcome:
    from slonana_analysis.compare.profiles import as_verdicts, compare_profiles
    from slonana_analysis.readers.captures import read_captures

    differences = compare_profiles(
        read_captures(arguments.before),
        read_captures(arguments.after),
        event=arguments.event,
        judged="inclusive" if arguments.inclusive else "self",
        floor=arguments.floor / 100,
    )
    return _Outcome(as_verdicts(differences), differences.notes, profiles=differences)


def _compare_runs(arguments: argparse.Namespace, runs: Path) -> _Outcome:
    from slonana_analysis.compare.runs import compare_runs
    from slonana_analysis.report.run_comparison import compared
    from slonana_analysis.runs.catalogue import open_run

    before, after = (open_run(side, runs) for side in (arguments.before, arguments.after))
    both = compared(compare_runs(before, after, arguments.floor / 100))
    notes = [*both.reasons, *(f"{fact}: {old} became {new}" for fact, old, new in both.environment)]
    return _Outcome(both.gated_verdicts, tuple(notes), both)


def _compare_benches(arguments: argparse.Namespace) -> _Outcome:
    from slonana_analysis.compare.benches import compare_benches
    from slonana_analysis.compare.unpaired import SESSION
    from slonana_analysis.readers.benches.registry import read_benches

    session = SESSION if arguments.session is None else arguments.session / 100
    if session < 0:
        raise UsageError(f"--session {arguments.session:g} is no percentage from 0 on")
    before, after = read_benches(arguments.before), read_benches(arguments.after)
    verdicts = compare_benches(before, after, floor=arguments.floor / 100, session=session)
    notes = [f"{each.source}: {note}" for each in (before, after) for note in each.notes]
    return _Outcome(verdicts, (*notes, _UNPAIRED))


def _write(outcome: _Outcome, folder: Path) -> None:
    from slonana_analysis.model.schema import VERDICTS
    from slonana_analysis.report.site.since import write_comparison_page
    from slonana_analysis.runs.tables import write_table

    write_table(outcome.verdicts, VERDICTS, folder)
    if outcome.profiles is not None:
        from slonana_analysis.model.schema import DIFFERENCES
        from slonana_analysis.report.site.differences import write_differences_page

        write_table(outcome.profiles.functions, DIFFERENCES, folder)
        print(write_differences_page(outcome.profiles, folder), file=sys.stderr)
    if outcome.compared is not None:
        print(write_comparison_page(outcome.compared, folder), file=sys.stderr)


def _document(outcome: _Outcome) -> dict[str, Any]:
    from slonana_analysis.report.verdict_text import verdicts_json

    return verdicts_json(outcome.verdicts) | {
        "gated": outcome.compared is None or outcome.compared.gated,
        "notes": list(outcome.notes),
    }


def _print(outcome: _Outcome) -> None:
    from slonana_analysis.profiles.names import printable
    from slonana_analysis.report.difference_text import difference_lines
    from slonana_analysis.report.verdict_text import verdict_lines

    if outcome.profiles is not None:
        lines = difference_lines(outcome.profiles)
    else:
        lines = verdict_lines(outcome.verdicts)
    for line in lines:
        print(line)
    for note in outcome.notes:
        print(f"note: {printable(note)}")


def _gate(outcome: _Outcome, words: tuple[str, ...]) -> int:
    from slonana_analysis.compare.gate import failing

    found = failing(
        outcome.verdicts, words, outcome.compared.why_ungated if outcome.compared else ""
    )
    return FOUND if len(found) else 0
