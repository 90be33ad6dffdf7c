"""``slonana-analysis record``: run a profiler around a command or a process."""

import argparse
import dataclasses
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

SUMMARY = "record a command or a running process with a profiler"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("--tool", choices=["perf"], default="perf", help="profiler (default: perf)")
    parser.add_argument(
        "--duration",
        type=float,
        metavar="S",
        help="seconds to record; without it until the command ends, or Ctrl-C",
    )
    parser.add_argument(
        "--frequency",
        type=int,
        default=999,
        metavar="HZ",
        help="samples per second and thread (default: 999)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="new directory of the capture (default: captures/<tool>-<time>)",
    )
    parser.add_argument("--json", action="store_true", help="print the facts as one JSON object")
    parser.add_argument("--pid", type=int, help="id of the process to record")
    parser.add_argument("command", nargs="*", metavar="-- COMMAND", help="command to run")


def execute(arguments: argparse.Namespace) -> int:
    """Record, and print where the capture is.

    Parameters
    ----------
    arguments : Namespace
        As configured.

    Returns
    -------
    int
        Exit code 0.

    Raises
    ------
    SlonanaError
        If the call is wrong, or the tool is missing or not permitted.
    """
    from slonana_analysis.capture.perf import perf_recording
    from slonana_analysis.measure.host import collect_host_facts

    directory = arguments.output or Path("captures") / f"{arguments.tool}-{_now()}"
    with perf_recording(
        directory,
        command=arguments.command or None,
        pid=arguments.pid,
        duration=arguments.duration,
        frequency=arguments.frequency,
        host=collect_host_facts().machine,
        on_progress=_say,
    ) as recording:
        try:
            recording.wait()
        except KeyboardInterrupt:
            _say("stopping; press Ctrl-C again to throw the recording away")
    capture = recording.capture
    for note in capture.facts.notes:
        _say(f"note: {note}")
    if arguments.json:
        facts = dataclasses.asdict(capture.facts)
        print(json.dumps({"directory": str(directory), "main": str(capture.main), **facts}))
    else:
        print(directory / capture.main.name)
        print(directory)
    return 0


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
