"""What perf can do here: which one is installed, what this user may see, which event works."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.capture.perf_errors import perf_error, read_paranoid
from slonana_analysis.capture.processes import run_tool
from slonana_analysis.errors import UnavailableError

_MAXIMUM_RATE = Path("/proc/sys/kernel/perf_event_max_sample_rate")
_STATUS = Path("/proc/self/status")
_CAP_SYS_ADMIN = 21
_CAP_PERFMON = 38
_PROBE_SECONDS = 20.0


@dataclass(frozen=True)
class PerfSetup:
    """How perf is going to record.

    Attributes
    ----------
    path, version : str
        The program and what it says its version is.
    event : str
        Event with its modifiers.
    frequency : int
        Samples per second and thread.
    notes : tuple of str
        What is not as one would wish, one sentence each.
    """

    path: str
    version: str
    event: str
    frequency: int
    notes: tuple[str, ...]


def set_up_perf(frequency: int) -> PerfSetup:
    """Find perf and the best event that works.

    Parameters
    ----------
    frequency : int
        Wanted samples per second.

    Returns
    -------
    PerfSetup
        ``cycles`` where hardware counters work, else ``cpu-clock``; of user code only where the
        kernel forbids more.

    Raises
    ------
    UnavailableError
        If perf is missing, or is a wrapper without a perf for this kernel.
    """
    path = shutil.which("perf")
    if path is None:
        raise UnavailableError(
            "perf is not installed; install Debian's package linux-perf "
            "('sudo apt-get install linux-perf')"
        )
    said = run_tool([path, "--version"], seconds=_PROBE_SECONDS)
    if said.returncode != 0:
        raise perf_error(said.stderr + said.stdout, "start")
    notes: list[str] = []
    event = "cycles" if _counts_cycles(path) else "cpu-clock"
    if event == "cpu-clock":
        notes.append(
            "hardware cycle counters do not work here (virtual machines usually hide them), so "
            "the timer event cpu-clock was sampled instead"
        )
    if not may_see_kernel():
        event += ":u"
        notes.append(
            f"kernel.perf_event_paranoid is {read_paranoid()}, so only user code was sampled; "
            "after 'sudo sysctl kernel.perf_event_paranoid=1' kernel code would show as well"
        )
    allowed = _maximum_frequency()
    if frequency > allowed:
        notes.append(
            f"kernel.perf_event_max_sample_rate allows {allowed} samples per second, not the "
            f"{frequency} that were asked for"
        )
    version = said.stdout.strip().removeprefix("perf version").strip()
    return PerfSetup(path, version, event, min(frequency, allowed), tuple(notes))


def may_see_kernel() -> bool:
    """Return whether this user may sample kernel code."""
    try:
        forbidden = int(read_paranoid()) >= 2
    except ValueError:
        forbidden = True
    return not forbidden or _has_capability()


def _has_capability() -> bool:
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return os.geteuid() == 0
    held = next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)
    return bool(held >> _CAP_SYS_ADMIN & 1 or held >> _CAP_PERFMON & 1)


def _counts_cycles(path: str) -> bool:
    """Count the cycles of a trivial command: perf record would fall back without a word."""
    counted = run_tool(
        [path, "stat", "-x", ",", "-e", "cycles:u", "--", "true"], seconds=_PROBE_SECONDS
    )
    counts = [line.split(",")[0] for line in counted.stderr.splitlines() if "cycles" in line]
    return counted.returncode == 0 and any(count.isdigit() and int(count) > 0 for count in counts)


def _maximum_frequency() -> int:
    try:
        return int(_MAXIMUM_RATE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 100_000
