"""Which of the guide's tools are here, what this user may do with them, and how to get the rest.

References
----------
perf-stat(1), perf-record(1); Linux: Documentation/admin-guide/perf-security.rst,
Documentation/admin-guide/sysctl/kernel.rst.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slonana_analysis.model.observation import observed

_SECONDS = 10.0
_ROOT = Path("/")
# Bits of capabilities(7).
_CAP_NET_RAW, _CAP_SYS_ADMIN, _CAP_BPF = 13, 21, 39


@dataclass(frozen=True)
class ToolStatus:
    """One tool.

    Attributes
    ----------
    name, package : str
        Command, and the Debian package that holds it.
    path : Path or None
        Where it was found; None when it is missing.
    version : str
        First line that it prints of its version; empty when it prints none.
    reason : str
        Why it matters, one sentence.
    remedy : str
        How to get it; empty when it is there.
    """

    name: str
    package: str
    path: Path | None
    version: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Permission:
    """Something that a tool needs to be allowed.

    Attributes
    ----------
    name : str
        What it is about.
    granted : bool
        Whether this user may.
    detail : str
        What was found.
    remedy : str
        Command or step that grants it; empty when it is granted. Never run by the suite.
    """

    name: str
    granted: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class _Tool:
    name: str
    package: str
    version: tuple[str, ...]
    reason: str


_TOOLS: Sequence[_Tool] = (
    _Tool("perf", "linux-perf", ("--version",), "samples where processor time goes"),
    _Tool("cc", "gcc libc6-dev", ("--version",), "compiles the C baselines and the workload"),
    _Tool("valgrind", "valgrind", ("--version",), "counts instructions, and heap by call site"),
    _Tool("heaptrack", "heaptrack", ("--version",), "traces every allocation"),
    _Tool("tcpdump", "tcpdump", ("--version",), "captures packets on ports 8899 and 8001"),
    _Tool("iftop", "iftop", (), "shows bandwidth by connection"),
    _Tool("stress-ng", "stress-ng", ("--version",), "loads processor and memory of the host"),
    _Tool("sysbench", "sysbench", ("--version",), "measures processor, memory and files"),
    _Tool("iperf3", "iperf3", ("--version",), "measures network throughput"),
    _Tool("netperf", "netperf", ("-V",), "measures network round trips"),
    _Tool("fio", "fio", ("--version",), "measures storage"),
    _Tool("hyperfine", "hyperfine", ("--version",), "times whole commands"),
    _Tool("chromium", "chromium", ("--version",), "opens the report in the suite's own tests"),
)


@observed()
def survey_tools() -> tuple[ToolStatus, ...]:
    """Return the guide's tools, present and missing.

    Returns
    -------
    tuple of ToolStatus
        In the guide's order; nothing is installed.
    """
    return tuple(_status(tool) for tool in _TOOLS)


def _status(tool: _Tool) -> ToolStatus:
    found = shutil.which(tool.name)
    if found is None:
        remedy = f"apt-get install {tool.package}"
        return ToolStatus(tool.name, tool.package, None, "", tool.reason, remedy)
    version = _first_line([found, *tool.version]) if tool.version else ""
    return ToolStatus(tool.name, tool.package, Path(found), version, tool.reason, "")


@observed("root")
def survey_permissions(root: Path = _ROOT) -> tuple[Permission, ...]:
    """Return what this user may record and count.

    Parameters
    ----------
    root : Path
        Where ``proc`` lies; another than ``/`` only in tests.

    Returns
    -------
    tuple of Permission
        Settings of the host are read, never changed.
    """
    return (
        _perf_recording(root),
        _kernel_frames(root),
        _hardware_counters(),
        _packet_capture(root),
        _bpf_loading(root),
    )


def _perf_recording(root: Path) -> Permission:
    name = "record a profile with perf"
    perf = shutil.which("perf")
    if perf is None:
        return Permission(
            name, granted=False, detail="perf is missing", remedy="apt-get install linux-perf"
        )
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "perf.data")
        command = [perf, "record", "-e", "cpu-clock", "-o", target, "--", "true"]
        if _run(command) is not None:
            return Permission(name, granted=True, detail="a trial recording succeeded")
    paranoid = _setting(root, "kernel/perf_event_paranoid")
    # Up to 2 every user may sample user code, so that something else forbids it.
    remedy = (
        "allow the call perf_event_open, which containers often forbid, or record on the host"
        if paranoid in {"-1", "0", "1", "2"}
        else "as root: sysctl kernel.perf_event_paranoid=2"
    )
    return Permission(
        name,
        granted=False,
        detail=f"a trial recording failed; perf_event_paranoid is {paranoid}",
        remedy=remedy,
    )


def _kernel_frames(root: Path) -> Permission:
    name = "see kernel functions in profiles"
    paranoid = _setting(root, "kernel/perf_event_paranoid")
    hidden = _setting(root, "kernel/kptr_restrict")
    detail = f"perf_event_paranoid is {paranoid}, kptr_restrict is {hidden}"
    # kptr_restrict 1 hides addresses from ordinary users, 2 from root as well.
    is_root = os.geteuid() == 0
    if hidden in ({"0", "1"} if is_root else {"0"}) and (is_root or paranoid in {"-1", "0", "1"}):
        return Permission(name, granted=True, detail=detail)
    remedy = "as root: sysctl kernel.perf_event_paranoid=1 kernel.kptr_restrict=0"
    return Permission(name, granted=False, detail=detail, remedy=remedy)


def _hardware_counters() -> Permission:
    name = "count cycles and instructions in hardware"
    printed = _run(["perf", "stat", "-x,", "-e", "cycles,instructions", "--", "true"])
    if printed is None:
        return Permission(
            name, granted=False, detail="perf stat could not be run", remedy="make perf work first"
        )
    counted = [line for line in printed.splitlines() if line[:1].isdigit()]
    if counted and "<not" not in printed:
        return Permission(name, granted=True, detail="perf stat counted both")
    return Permission(
        name,
        granted=False,
        detail="perf stat says they are not supported, as on most virtual machines",
        remedy="measure on the bare machine, or let the hypervisor pass its counters through",
    )


def _packet_capture(root: Path) -> Permission:
    name = "capture packets"
    if _has_capability(root, _CAP_NET_RAW):
        return Permission(name, granted=True, detail="this process has CAP_NET_RAW")
    remedy = "run as root, or: setcap cap_net_raw+ep $(command -v tcpdump)"
    return Permission(name, granted=False, detail="this process lacks CAP_NET_RAW", remedy=remedy)


def _bpf_loading(root: Path) -> Permission:
    name = "load BPF programs"
    detail = f"unprivileged_bpf_disabled is {_setting(root, 'kernel/unprivileged_bpf_disabled')}"
    if _has_capability(root, _CAP_BPF) or _has_capability(root, _CAP_SYS_ADMIN):
        return Permission(name, granted=True, detail=f"{detail}, this process has CAP_BPF")
    # The setting would open it to every user of the host, so it is no remedy.
    return Permission(name, granted=False, detail=detail, remedy="run as root or with CAP_BPF")


def _has_capability(root: Path, bit: int) -> bool:
    lines = _text(root / "proc/self/status").splitlines()
    held = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(held, 16) >> bit & 1)


def _setting(root: Path, name: str) -> str:
    return _text(root / "proc/sys" / name).strip() or "unknown"


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _first_line(command: list[str]) -> str:
    return next(iter((_run(command) or "").strip().splitlines()), "")


def _run(command: list[str]) -> str | None:
    """Return what a command prints on both streams; None when it fails, hangs or is not there."""
    try:
        run = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.decode(errors="replace") if run.returncode == 0 else None
