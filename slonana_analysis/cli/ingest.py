"""``slonana-analysis ingest``: read profilers' output, and summarise it or write it otherwise."""

import argparse
import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slonana_analysis.errors import SlonanaError, UnavailableError, UsageError

if TYPE_CHECKING:
    from slonana_analysis.model.profile import Profile

SUMMARY = "read a profiler's output: a summary, or a table, folded stacks or a flame graph"

_KINDS = ("folded", "csv", "html", "svg", "parquet")
_STANDARD_OUTPUT = "-"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="profiler output, plain or packed (gzip, xz, bzip2), a capture directory, or '-'",
    )
    parser.add_argument("--format", metavar="NAME", help="reader to use instead of guessing")
    parser.add_argument("--event", metavar="NAME", help="event to look at where there are several")
    parser.add_argument(
        "--top", type=int, default=20, metavar="N", help="functions in the summary (default: 20)"
    )
    parser.add_argument(
        "--minimum-share",
        type=float,
        default=0.001,
        metavar="SHARE",
        help="smallest frame of a flame graph, as a share of all (default: 0.001)",
    )
    parser.add_argument("--to", choices=_KINDS, help="what to write (default: by OUT's suffix)")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print one JSON object per file")
    output.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="write .folded, .csv, .html, .svg or a folder .parquet; '-' prints",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Read every file that can be read.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Returns
    -------
    int
        0, or the exit code of the last file that could not be read or written.

    Raises
    ------
    UsageError
        If the options contradict each other.
    """
    from slonana_analysis.profiles.names import printable
    from slonana_analysis.readers.registry import read_profile

    _check(arguments)
    code = 0
    for file in arguments.files:
        try:
            _show(file, read_profile(file, arguments.format), arguments)
        except SlonanaError as error:
            print(f"slonana-analysis: {printable(str(error))}", file=sys.stderr)
            code = error.exit_code
    return code


def _check(arguments: argparse.Namespace) -> None:
    written = arguments.to is not None or arguments.output is not None
    if arguments.json and arguments.to is not None:
        raise UsageError("--json prints facts and --to writes a profile; choose one of them")
    if written and len(arguments.files) != 1:
        raise UsageError("one output holds one profile; name a single file with -o or --to")
    if written and arguments.to is None and _suffix(arguments.output) not in _KINDS:
        raise UsageError(
            f"the suffix of '{arguments.output}' names nothing that can be written; end it in "
            f"{', '.join('.' + kind for kind in _KINDS)}, or say --to"
        )
    if arguments.to == "parquet" and arguments.output in (None, _STANDARD_OUTPUT):
        raise UsageError("Parquet is a folder of tables; name it with -o")


def _suffix(output: str) -> str:
    return Path(output).suffix.removeprefix(".")


def _show(file: str, profile: "Profile", arguments: argparse.Namespace) -> None:
    if arguments.json:
        from slonana_analysis.profiles.facts import profile_facts

        print(json.dumps(profile_facts(file, profile)), flush=True)
    elif arguments.to is None and arguments.output is None:
        from slonana_analysis.profiles.summary import print_summary

        print_summary(file, profile, arguments.event, arguments.top)
    else:
        _export(file, profile, arguments)


def _export(file: str, profile: "Profile", arguments: argparse.Namespace) -> None:
    from slonana_analysis.profiles.tables import write_tables

    kind = arguments.to or _suffix(arguments.output)
    if kind == "parquet":
        write_tables(profile, Path(arguments.output))
        return
    text = _text(kind, file, profile, arguments)
    if arguments.output in (None, _STANDARD_OUTPUT):
        sys.stdout.write(text)
        return
    target = Path(arguments.output)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise UnavailableError(
            f"{target} cannot be written ({error.strerror}); choose another place"
        ) from error


def _text(kind: str, file: str, profile: "Profile", arguments: argparse.Namespace) -> str:
    from slonana_analysis.profiles.flame_graph import flame_graph
    from slonana_analysis.profiles.folded import write_folded
    from slonana_analysis.profiles.functions import functions
    from slonana_analysis.profiles.names import printable
    from slonana_analysis.report.flame_graph import flame_graph_page, flame_graph_svg

    if kind == "folded":
        stream = io.StringIO()
        write_folded(profile, stream, arguments.event)
        return stream.getvalue()
    if kind == "csv":
        rows = functions(profile, arguments.event)
        names = {name: rows[name].map(printable) for name in ("function", "module")}
        return str(rows.assign(**names).to_csv(index=False))
    layout = flame_graph(profile, arguments.minimum_share, arguments.event)
    draw = flame_graph_svg if kind == "svg" else flame_graph_page
    return draw(layout, title=printable(Path(file).name))
