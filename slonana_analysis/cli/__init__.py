"""The command line: one module per verb, imported only when its verb is called.

A verb's module has ``SUMMARY``, ``configure(parser)`` and ``execute(arguments) -> exit code``, and
imports the rooms it needs inside ``execute``, so that help is instant.
"""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, ModuleType

from slonana_analysis.errors import SlonanaError
from slonana_analysis.profiles.names import printable

PROGRAM = "slonana-analysis"
WRONG_CALL = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
BROKEN_PIPE = 141  # 128 + SIGPIPE

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "doctor": "slonana_analysis.cli.doctor",
        "run": "slonana_analysis.cli.run",
        "record": "slonana_analysis.cli.record",
        "ingest": "slonana_analysis.cli.ingest",
        "ab": "slonana_analysis.cli.ab",
        "compare": "slonana_analysis.cli.compare",
        "history": "slonana_analysis.cli.history",
        "selftest": "slonana_analysis.cli.selftest",
        "reproduce": "slonana_analysis.cli.reproduce",
        "lab": "slonana_analysis.cli.lab",
    }
)

_EPILOG = """\
exit codes: 0 done; 2 the call was wrong; 3 a tool, permission or file is missing, or a notebook
failed; 75 another run is measuring; 130 interrupted. '%(prog)s VERB --help' explains a verb."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; ``sys.argv[1:]`` when absent.

    Returns
    -------
    int
        Exit code; see the help for their meaning.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in _before_separator(arguments)
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except SystemExit as end:  # argparse, after help or a wrong call
        code = end.code if isinstance(end.code, int) else WRONG_CALL
        return code if _flushed() else BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    except SlonanaError as error:
        if debug:
            traceback.print_exc()
        _complain(str(error))
        return error.exit_code
    except Exception as error:
        if debug:
            raise
        _complain(_unexpected(error))
        return SlonanaError.exit_code
    return code


def _dispatch(arguments: Sequence[str]) -> int:
    """Hand over to the verb, or answer what needs none."""
    options: list[str] = []
    for place, argument in enumerate(arguments):
        if not argument.startswith("-"):
            return _run_verb(argument, [*options, *arguments[place + 1 :]])
        options.append(argument)
    parser = _top_parser()
    parser.parse_args(options)
    parser.print_help(sys.stderr)
    return WRONG_CALL


def _run_verb(verb: str, arguments: Sequence[str]) -> int:
    if verb not in VERBS:
        _top_parser().error(f"there is no verb '{verb}'; choose from {', '.join(VERBS)}")
    module = importlib.import_module(VERBS[verb])
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} {verb}", description=_description(module))
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    module.configure(parser)
    code: int = module.execute(parser.parse_args(arguments))
    return code


def _top_parser() -> argparse.ArgumentParser:
    summaries = {verb: importlib.import_module(module).SUMMARY for verb, module in VERBS.items()}
    verbs = "\n".join(f"  {verb:<8} {summary}" for verb, summary in summaries.items())
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage="%(prog)s [--version] [--debug] VERB …",
        description=f"Performance analysis of the Slonana validator on this machine.\n\n{verbs}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_ignored: object) -> None:
        package = importlib.import_module("slonana_analysis")
        print(PROGRAM, package.__version__)
        parser.exit()


def _description(module: ModuleType) -> str:
    summary: str = module.SUMMARY
    return f"{summary[0].upper()}{summary[1:]}."


def _before_separator(arguments: Sequence[str]) -> Sequence[str]:
    """Leave out a command to run: its options are its own."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _complain(sentence: str) -> None:
    print(f"{PROGRAM}: {printable(sentence)}", file=sys.stderr)


def _unexpected(error: Exception) -> str:
    """Keep the traceback of an error nobody foresaw, and say where."""
    from slonana_analysis.native.cache import cache_directory

    kind = type(error).__name__
    log = cache_directory("logs") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.log"
    try:
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError as problem:
        return (
            f"unexpected {kind}: {error}; its log cannot be kept ({problem}), see it with --debug"
        )
    return f"unexpected {kind}: {error}; please report it with {log}, or see it with --debug"


def _flushed() -> bool:
    """Write out what argparse printed; say whether anybody was still reading."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return False
    return True


def _silence_stdout() -> None:
    """Point standard output at nothing, so that Python's own flush at exit is quiet too."""
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
