"""perf's own complaints, turned into one sentence that says what to do."""

import re
from pathlib import Path

from slonana_analysis.errors import UnavailableError

PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")

_NOT_STARTED = re.compile(r"Failed to collect .* for the '(?P<name>.*)' workload: (?P<why>.*)")
_REFUSED = re.compile(r"sys_perf_event_open\(\) syscall returned with \d+ \((?P<why>[^)]*)\)")
_REASONS = (
    ("No such process", "there is no such process; look its id up with 'ps'"),
    (
        "performance monitoring|perf_event_paranoid|may not have permission",
        (
            "kernel.perf_event_paranoid is {paranoid} and this user lacks CAP_PERFMON; an "
            "administrator may run 'sudo sysctl kernel.perf_event_paranoid=1', or record as root"
        ),
    ),
    (
        "Permission error mapping pages|failed to mmap",
        (
            "this user may not lock enough memory for its buffers; an administrator may run "
            "'sudo sysctl kernel.perf_event_mlock_kb=2048'"
        ),
    ),
    (
        "perf not found for kernel|is not installed|linux-tools-",
        (
            "the perf on the path is a wrapper without a perf for the running kernel; install "
            "linux-perf (Debian) or linux-tools-$(uname -r) (Ubuntu)"
        ),
    ),
    (
        "No space left on device",
        "the disk is full; free some space or choose another place for the capture",
    ),
)
_EMPTY_LINE = re.compile(r"^\s*(?:Error:|\[ perf record.*)?\s*$")


def read_paranoid() -> str:
    """Return ``kernel.perf_event_paranoid``, or ``"unknown"``."""
    try:
        return PARANOID.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def perf_error(printed: str, doing: str) -> UnavailableError:
    """Return the error for what perf printed when it failed.

    Parameters
    ----------
    printed : str
        Its standard error.
    doing : str
        What it was asked to do, as an infinitive: ``"record process 12"``.

    Returns
    -------
    UnavailableError
        One sentence with the remedy.
    """
    if found := _NOT_STARTED.search(printed):
        return UnavailableError(
            f"the command '{found['name']}' could not be started ({found['why'].strip()}); check "
            "its path and permissions"
        )
    return UnavailableError(f"perf cannot {doing}: {_reason(printed)}")


def _reason(printed: str) -> str:
    for pattern, reason in _REASONS:
        if re.search(pattern, printed, re.IGNORECASE):
            return reason.replace("{paranoid}", read_paranoid())
    if found := _REFUSED.search(printed):
        return (
            f"the kernel refuses perf_event_open ({found['why']}), as containers often do; allow "
            "that system call or record on the host"
        )
    lines = [line.strip() for line in printed.splitlines() if not _EMPTY_LINE.match(line)]
    return f"it says '{lines[-1]}'" if lines else "it failed without a word"
