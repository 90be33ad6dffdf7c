"""``slonana-analysis record``: run a profiler around a command or a process."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from slonana_analysis.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from slonana_analysis.capture.recording import Job, Recording

SUMMARY = "record a command, a running process or network traffic with a profiler"

_TOOLS = ("perf", "callgrind", "massif", "heaptrack", "tcpdump")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("--tool", choices=_TOOLS, default="perf", help="profiler (default: perf)")
    parser.add_argument(
        "--duration",
        type=float,
        metavar="S",
        help="seconds to record; without it until the command ends, or Ctrl-C",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="new directory of the capture (default: captures/<tool>-<time>)",
    )
    parser.add_argument("--json", action="store_true", help="print the facts as one JSON object")
    parser.add_argument(
        "--pid",
        type=_process_ids,
        default=(),
        metavar="PID[,PID...]",
        help="ids of the processes to record (perf)",
    )
    parser.add_argument("command", nargs="*", metavar="-- COMMAND", help="command to run")
    perf = parser.add_argument_group("perf")
    perf.add_argument(
        "--frequency",
        type=int,
        default=999,
        metavar="HZ",
        help="samples per second and thread (default: 999)",
    )
    perf.add_argument(
        "--call-graph",
        choices=("fp", "dwarf"),
        default="fp",
        help="stacks by frame pointer, or unwound from copies of the stack (default: fp)",
    )
    massif = parser.add_argument_group("massif")
    massif.add_argument(
        "--time-unit",
        choices=("i", "ms", "B"),
        default="ms",
        help="what snapshots are numbered by: instructions, ms or bytes (default: ms)",
    )
    _configure_tcpdump(parser.add_argument_group("tcpdump"))


def _configure_tcpdump(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--port",
        type=int,
        action="append",
        metavar="N",
        help="record this port, again for more (default: the validator's 8899 and 8001)",
    )
    group.add_argument(
        "--interface", default="any", metavar="NAME", help="network interface (default: any)"
    )
    group.add_argument(
        "--snapshot-bytes",
        type=int,
        default=256,
        metavar="N",
        help="bytes kept of each packet (default: 256, the headers)",
    )
    group.add_argument(
        "--file-megabytes",
        type=int,
        default=0,
        metavar="MB",
        help="begin a new file after so many (default: 0, one file)",
    )
    group.add_argument(
        "--files", type=int, default=10, metavar="N", help="files to keep then (default: 10)"
    )


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
    directory = arguments.output or Path("captures") / f"{arguments.tool}-{_now()}"
    recordings = _perf(arguments) if arguments.tool == "perf" else _other(arguments)
    with recordings(directory) as recording:
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


_Recorder = Callable[[Path], AbstractContextManager["Recording"]]


def _perf(arguments: argparse.Namespace) -> _Recorder:
    from slonana_analysis.capture.perf import perf_recording

    def recorder(directory: Path) -> AbstractContextManager["Recording"]:
        _check_first(arguments, directory)
        return perf_recording(
            directory,
            command=arguments.command or None,
            pid=arguments.pid or None,
            duration=arguments.duration,
            frequency=arguments.frequency,
            call_graph=arguments.call_graph,
            host=_machine(),
            on_progress=_say,
        )

    return recorder


def _other(arguments: argparse.Namespace) -> _Recorder:
    from slonana_analysis.capture.recording import recording_of

    if arguments.pid:
        raise UsageError(
            f"{arguments.tool} cannot record a process that runs already; "
            + ("name its ports with --port" if arguments.tool == "tcpdump" else "start it under it")
        )
    job = _job(arguments)

    def recorder(directory: Path) -> AbstractContextManager["Recording"]:
        _check_first(arguments, directory)
        _say(f"{job.tool} records {job.target}")
        return recording_of(job, directory, host=_machine(), on_progress=_say)

    return recorder


def _job(arguments: argparse.Namespace) -> "Job":
    from slonana_analysis.capture.heaptrack import heaptrack_job
    from slonana_analysis.capture.tcpdump import VALIDATOR_PORTS, tcpdump_job
    from slonana_analysis.capture.valgrind import callgrind_job, massif_job

    if arguments.tool == "tcpdump":
        if arguments.command:
            raise UsageError("tcpdump records ports and no command; start the command beside it")
        return tcpdump_job(
            arguments.port or VALIDATOR_PORTS,
            arguments.duration,
            interface=arguments.interface,
            snapshot_bytes=arguments.snapshot_bytes,
            file_megabytes=arguments.file_megabytes,
            files=arguments.files,
        )
    if arguments.tool == "massif":
        return massif_job(arguments.command, arguments.duration, time_unit=arguments.time_unit)
    job = callgrind_job if arguments.tool == "callgrind" else heaptrack_job
    return job(arguments.command, arguments.duration)


def _check_first(arguments: argparse.Namespace, directory: Path) -> None:
    """Say what will spoil the recording, and stop where it cannot succeed."""
    from slonana_analysis.capture.preflight import preflight

    for check in preflight(
        arguments.tool, directory, command=arguments.command, pids=arguments.pid
    ):
        if check.essential:
            raise UnavailableError(f"{arguments.tool} cannot record here: {check}")
        if not check.passed:
            _say(f"note: {check}")


def _machine() -> str:
    from slonana_analysis.measure.host import collect_host_facts

    return collect_host_facts().machine


def _process_ids(text: str) -> tuple[int, ...]:
    # A list as pidof prints it, or as perf takes it.
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no list of process ids") from error


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
