"""What else the machine is doing, and what it is allowed to do.

References
----------
proc(5) for /proc/stat and /proc/loadavg; Linux: Documentation/accounting/psi.rst,
Documentation/admin-guide/cgroup-v2.rst.
"""

import math
import re
from pathlib import PurePosixPath

from slonana_analysis.measure.host.files import SystemFiles
from slonana_analysis.model.host import UNKNOWN, ActivityFacts

_SOME = re.compile(r"^some avg10=(?P<percent>[\d.]+)")
_STEAL = 7
_GROUPS = "sys/fs/cgroup"


def read_activity(files: SystemFiles) -> ActivityFacts:
    """Return load, steal since boot, and pressure of the last ten seconds as shares."""
    load = files.text("proc/loadavg").split()
    return ActivityFacts(
        load_1min=_float(load, 0),
        load_5min=_float(load, 1),
        steal_share=_steal(files),
        cpu_pressure_10s=_pressure(files, "cpu"),
        memory_pressure_10s=_pressure(files, "memory"),
    )


def read_cpu_limit(files: SystemFiles) -> str:
    """Return the control groups' limit, for example ``"2.0 CPUs"``, ``"none"`` or ``"unknown"``.

    Groups are nested and the tightest limit holds, so this process's own group and all around it
    are asked.
    """
    limits = [_limit(files, folder) for folder in _cpu_groups(files)]
    known = [limit for limit in limits if limit is not None]
    # A machine without control groups has no limit file.
    if not known:
        return UNKNOWN
    tightest = min(known)
    return "none" if math.isinf(tightest) else f"{tightest:.1f} CPUs"


def _cpu_groups(files: SystemFiles) -> set[str]:
    """Return the folders of this process's processor groups, both versions, up to the root."""
    folders = {_GROUPS, f"{_GROUPS}/cpu"}
    for line in files.lines("proc/self/cgroup"):
        _, controllers, path = [*line.split(":", maxsplit=2), "", ""][:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = f"{_GROUPS}/cpu" if controllers else _GROUPS
        group = PurePosixPath(path.lstrip("/"))
        # Seen from inside a container, a group outside its own tree has no path.
        if ".." not in group.parts:
            folders |= {f"{base}/{above}" for above in (group, *group.parents)}
    return folders


def _limit(files: SystemFiles, folder: str) -> float | None:
    quota, _, period = files.text(f"{folder}/cpu.max").partition(" ")
    if quota == UNKNOWN:
        quota = files.text(f"{folder}/cpu.cfs_quota_us")
        period = files.text(f"{folder}/cpu.cfs_period_us")
    if quota in {"max", "-1"}:
        return math.inf
    if quota.isdigit() and period.isdigit() and int(period):
        return int(quota) / int(period)
    return None


def _steal(files: SystemFiles) -> float | str:
    fields = files.text("proc/stat").splitlines()[0].split()[1:9]
    ticks = [int(field) for field in fields if field.isdigit()]
    if len(ticks) <= _STEAL or not sum(ticks):
        return UNKNOWN
    return ticks[_STEAL] / sum(ticks)


def _pressure(files: SystemFiles, resource: str) -> float | str:
    found = _SOME.match(files.text(f"proc/pressure/{resource}"))
    return float(found["percent"]) / 100 if found else UNKNOWN


def _float(fields: list[str], place: int) -> float:
    try:
        return float(fields[place])
    except (IndexError, ValueError):
        return 0.0
