"""``slonana-analysis ingest``: read profilers' output, and summarise it or write it otherwise."""

import argparse
import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slonana_analysis.cli import choosing
from slonana_analysis.errors import SlonanaError, UnavailableError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from slonana_analysis.model.profile import Profile
    from slonana_analysis.model.reading import Reading

SUMMARY = "read a profiler's output: a summary, or a table, folded stacks or a flame graph"

_KINDS = ("folded", "csv", "html", "svg", "parquet", "speedscope", "pprof", "firefox")
# By the end of a file's name, longest first: what other tools call these files.
_SUFFIXES = {
    ".speedscope.json": "speedscope",
    ".firefox.json": "firefox",
    ".pb.gz": "pprof",
    **{f".{kind}": kind for kind in _KINDS},
}
_UNPRINTABLE = frozenset({"parquet", "pprof"})
_STANDARD_OUTPUT = "-"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="profiler output, plain or packed (gz, xz, zst, bz2), a capture directory, or '-'",
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
    choosing.configure(parser)
    parser.add_argument("--to", choices=_KINDS, help="what to write (default: by OUT's suffix)")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print one JSON object per file")
    output.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="write .folded, .csv, .html, .svg, .speedscope.json, .firefox.json, .pb.gz (pprof) or "
        "a folder .parquet; '-' prints",
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
    from slonana_analysis.native.machine_code import told_of_compiling
    from slonana_analysis.profiles.names import printable
    from slonana_analysis.readers.registry import read_file

    _check(arguments)
    code = 0
    with told_of_compiling(_tell_of_compiling):
        for file in arguments.files:
            try:
                reading = choosing.chosen(read_file(file, arguments.format), arguments)
                _show(file, reading, arguments)
            except SlonanaError as error:
                print(f"slonana-analysis: {printable(str(error))}", file=sys.stderr)
                code = error.exit_code
    return code


def _tell_of_compiling() -> None:
    if sys.stderr.isatty():
        print("compiling for this processor, once for each format …", file=sys.stderr, flush=True)


def _check(arguments: argparse.Namespace) -> None:
    written = arguments.to is not None or arguments.output is not None
    if arguments.json and arguments.to is not None:
        raise UsageError("--json prints facts and --to writes a profile; choose one of them")
    if written and len(arguments.files) != 1:
        raise UsageError("one output holds one profile; name a single file with -o or --to")
    if written and arguments.to is None and not _kind(arguments.output):
        raise UsageError(
            f"the suffix of '{arguments.output}' names nothing that can be written; end it in "
            f"{', '.join(_SUFFIXES)}, or say --to"
        )
    if arguments.to in _UNPRINTABLE and arguments.output in (None, _STANDARD_OUTPUT):
        raise UsageError(f"{arguments.to} is no text to print; name where it goes with -o")


def _kind(output: str) -> str:
    return next((kind for suffix, kind in _SUFFIXES.items() if output.endswith(suffix)), "")


def _show(file: str, reading: "Reading", arguments: argparse.Namespace) -> None:
    if arguments.json:
        from slonana_analysis.profiles.facts import reading_facts

        print(json.dumps(reading_facts(file, reading)), flush=True)
    elif arguments.to is None and arguments.output is None:
        from slonana_analysis.profiles.summary import print_summary

        print_summary(file, reading, arguments.event, arguments.top)
    else:
        _export(file, reading, arguments)


def _export(file: str, reading: "Reading", arguments: argparse.Namespace) -> None:
    from slonana_analysis.model.profile import Profile
    from slonana_analysis.model.traffic import Traffic
    from slonana_analysis.profiles.tables import write_tables

    kind = arguments.to or _kind(arguments.output)
    if kind == "parquet":
        write_tables(reading, Path(arguments.output))
        return
    if isinstance(reading, Profile):
        content = _content(kind, file, _stacked(kind, reading, arguments), arguments)
    elif kind == "csv":
        content = _harmless(reading.flows if isinstance(reading, Traffic) else reading.table)
    else:
        raise UsageError(
            f"{file} is {reading.format} and holds no stacks; it can be written as csv or parquet"
        )
    if arguments.output in (None, _STANDARD_OUTPUT):
        sys.stdout.write(str(content))
        return
    _write(Path(arguments.output), content.encode() if isinstance(content, str) else content)


def _stacked(kind: str, profile: "Profile", arguments: argparse.Namespace) -> "Profile":
    """Return a profile with stacks: where the tool knows calls only, their likeliest tree."""
    from slonana_analysis.profiles.costs import ESTIMATE, estimated_call_tree

    if kind == "csv" or not len(profile.edges):
        return profile
    print(f"note: the call tree is {ESTIMATE}", file=sys.stderr)
    return estimated_call_tree(profile, arguments.event)


def _write(target: Path, content: bytes) -> None:
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise UnavailableError(
            f"{target} cannot be written ({error.strerror}); choose another place"
        ) from error


def _harmless(table: "pd.DataFrame") -> str:
    """Return a table as CSV; what a tool printed may hold what a terminal would obey."""
    from slonana_analysis.profiles.names import printable

    texts = {
        str(name): column.astype(str).map(printable)
        for name, column in table.items()
        if column.dtype.kind not in "iufb"
    }
    return str(table.assign(**texts).to_csv(index=False))


def _content(
    kind: str, file: str, profile: "Profile", arguments: argparse.Namespace
) -> str | bytes:
    from slonana_analysis.profiles.exports.firefox import firefox_text
    from slonana_analysis.profiles.exports.pprof import pprof_bytes
    from slonana_analysis.profiles.exports.speedscope import speedscope_text
    from slonana_analysis.profiles.folded import write_folded
    from slonana_analysis.profiles.functions import functions
    from slonana_analysis.profiles.names import printable

    title = printable(Path(file).name)
    if kind == "folded":
        stream = io.StringIO()
        write_folded(profile, stream, arguments.event)
        return stream.getvalue()
    if kind == "csv":
        return _harmless(functions(profile, arguments.event))
    if kind == "speedscope":
        return speedscope_text(profile, title, arguments.event)
    if kind == "firefox":
        return firefox_text(profile, title, arguments.event)
    if kind == "pprof":
        return pprof_bytes(profile)
    return _picture(kind, title, profile, arguments)


def _picture(kind: str, title: str, profile: "Profile", arguments: argparse.Namespace) -> str:
    from slonana_analysis.profiles.flame_graph import flame_graph
    from slonana_analysis.profiles.flame_tree import flame_tree
    from slonana_analysis.report.flame_graph import flame_graph_page, flame_graph_svg

    layout = flame_graph(profile, arguments.minimum_share, arguments.event)
    if kind == "svg":
        return flame_graph_svg(layout, title=title)
    tree = flame_tree(
        profile,
        minimum_share=arguments.minimum_share,
        events=None if arguments.event is None else [arguments.event],
    )
    return flame_graph_page(layout, tree, title=title)
