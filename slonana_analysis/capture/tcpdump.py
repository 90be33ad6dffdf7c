"""Records packets with tcpdump: on the validator's ports, bounded in time and in size.

References
----------
tcpdump(1), pcap-filter(7).
"""

import contextlib
import getpass
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from slonana_analysis.capture.processes import run_tool
from slonana_analysis.capture.recording import Conclusion, Job, interrupt
from slonana_analysis.capture.target import LONGEST_SECONDS, require_positive
from slonana_analysis.errors import UnavailableError, UsageError

# The validator's RPC and gossip.
VALIDATOR_PORTS = (8899, 8001)
SECONDS = 10.0

_VERSION_SECONDS = 20.0
_MAIN = "packets.pcap"
_LARGEST_PORT = 65_535
_FILE_HEADER = 24
# tcpdump's buffer timeout is 1 s.
_HELD_SECONDS = 1.2


def tcpdump_job(
    ports: Sequence[int] = VALIDATOR_PORTS,
    duration: float | None = None,
    *,
    interface: str = "any",
    snapshot_bytes: int = 256,
    file_megabytes: int = 0,
    files: int = 10,
) -> Job:
    """Return the job that records the packets of some ports.

    Parameters
    ----------
    ports : sequence of int
        TCP and UDP ports, source or destination; empty for every packet.
    duration : float, optional
        Seconds; 10 by default, an hour at most.
    interface : str
        Network interface; ``any`` for all of them.
    snapshot_bytes : int
        Bytes kept of each packet: 256 hold all headers and little of what people said.
    file_megabytes : int
        Start a new file after so many million bytes; 0: one file.
    files : int
        Keep so many files, overwriting the oldest: the disk never fills.

    Returns
    -------
    Job
        For ``recording_of``; its main file is ``packets.pcap``, or the newest one of several.

    Raises
    ------
    UsageError
        If a number is out of its range or the interface no name.
    UnavailableError
        If tcpdump is missing.
    """
    seconds = min(SECONDS if duration is None else duration, LONGEST_SECONDS)
    require_positive(seconds, "duration")
    require_positive(snapshot_bytes, "number of bytes kept of a packet")
    require_positive(files, "number of files")
    _check(ports, interface, file_megabytes)
    path = shutil.which("tcpdump")
    if path is None:
        raise UnavailableError(
            "tcpdump is not installed; install Debian's package tcpdump "
            "('sudo apt-get install tcpdump')"
        )
    said = run_tool([path, "--version"], seconds=_VERSION_SECONDS)
    version = next(iter((said.stdout + said.stderr).splitlines()), "")
    rotation = ("-C", str(file_megabytes), "-W", str(files)) if file_megabytes else ()
    filtered = " or ".join(f"port {port}" for port in ports)

    def started(scratch: Path) -> tuple[str, ...]:
        # tcpdump started by root would write as a user of its own, who may not write here.
        owner = ("-Z", getpass.getuser()) if os.geteuid() == 0 else ()
        return (
            *(path, "-n", "-i", interface, "-s", str(snapshot_bytes), "-U", *rotation, *owner),
            *("-w", str(scratch / _MAIN), *((filtered,) if filtered else ())),
        )

    return Job(
        tool="tcpdump",
        version=version.removeprefix("tcpdump version").strip(),
        command=started,
        target=f"packets on {interface}" + (f" of {filtered}" if filtered else ""),
        is_command=False,
        seconds=seconds,
        conclude=_conclude,
        stop=_interrupt_when_all_arrived,
    )


def _interrupt_when_all_arrived(process: "subprocess.Popen[bytes]") -> None:
    """Let the kernel hand over what it holds back for up to a second; tcpdump would not ask."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_HELD_SECONDS)
    interrupt(process)


def _check(ports: Sequence[int], interface: str, file_megabytes: int) -> None:
    for port in ports:
        if not 0 < port <= _LARGEST_PORT:
            raise UsageError(f"there is no port {port}; ports go from 1 to {_LARGEST_PORT}")
    if not interface or interface.startswith("-"):
        raise UsageError(f"'{interface}' is no network interface; 'ip link' lists them")
    if file_megabytes < 0:
        raise UsageError(f"a file cannot hold {file_megabytes} megabytes; 0 stands for one file")


def _conclude(scratch: Path, printed: str) -> Conclusion:
    found = sorted(scratch.glob(f"{_MAIN}*"), key=lambda path: (path.stat().st_mtime, path.name))
    if not found or found[-1].stat().st_size < _FILE_HEADER:
        raise UnavailableError(f"tcpdump recorded nothing: {_reason(printed)}")
    notes = []
    if len(found) > 1:
        notes.append(f"the newest of {len(found)} files is the main one; they follow each other")
    if found[-1].stat().st_size == _FILE_HEADER:
        notes.append("no packet was seen: nothing was sent in the time, or on other ports")
    dropped = next((line for line in printed.splitlines() if "dropped by kernel" in line), "0")
    if not dropped.startswith("0"):
        notes.append(f"{dropped.strip()}: the machine could not keep up")
    return Conclusion(found[-1].name, tuple(notes))


def _reason(printed: str) -> str:
    if "permission" in printed.lower() or "not permitted" in printed.lower():
        return (
            "this user may not capture packets; run as root, or once "
            "'sudo setcap cap_net_raw+ep $(command -v tcpdump)'"
        )
    if "No such device" in printed:
        return "there is no such network interface; 'ip link' lists them"
    last = next(iter(printed.strip().splitlines()[-1:]), "nothing")
    return f"it says '{last.removeprefix('tcpdump: ')}'"
