"""All facts of the machine in one place."""

from pathlib import Path

from slonana_analysis.measure.clock import observed_step_ns
from slonana_analysis.measure.host.activity import read_activity, read_cpu_limit
from slonana_analysis.measure.host.cpu import read_cpu
from slonana_analysis.measure.host.files import SystemFiles
from slonana_analysis.measure.host.identity import machine_id
from slonana_analysis.measure.host.versions import read_commit, read_versions
from slonana_analysis.model.host import UNKNOWN, HostFacts
from slonana_analysis.model.observation import observed

_KIB = 1024


@observed("root")
def collect_host_facts(root: Path = Path("/")) -> HostFacts:
    """Return what is to be known of this machine before results may be compared.

    Parameters
    ----------
    root : Path
        Where ``proc``, ``sys`` and ``etc`` lie; another than ``/`` only in tests.

    Returns
    -------
    HostFacts
        Nothing is changed to obtain them; what the kernel or a hypervisor hides is ``unknown``.

    Raises
    ------
    UsageError
        If ``$SLONANA_MACHINE`` cannot name a folder.
    """
    files = SystemFiles(root)
    cpu = read_cpu(files)
    memory = _memory(files)
    return HostFacts(
        machine=machine_id(cpu, files),
        cpu=cpu,
        memory_bytes=memory.get("MemTotal", 0),
        memory_available_bytes=memory.get("MemAvailable", 0),
        kernel=files.text("proc/sys/kernel/osrelease"),
        operating_system=_operating_system(files),
        clock_source=files.text("sys/devices/system/clocksource/clocksource0/current_clocksource"),
        clock_step_ns=float(observed_step_ns()),
        cgroup_cpu_limit=read_cpu_limit(files),
        activity=read_activity(files),
        versions=read_versions(),
        commit=read_commit(),
    )


def _memory(files: SystemFiles) -> dict[str, int]:
    sizes = {}
    for line in files.lines("proc/meminfo"):
        name, _, value = line.partition(":")
        number = value.split()[:1]
        if number and number[0].isdigit():
            sizes[name] = int(number[0]) * _KIB
    return sizes


def _operating_system(files: SystemFiles) -> str:
    for line in files.lines("etc/os-release"):
        name, _, value = line.partition("=")
        if name == "PRETTY_NAME":
            return value.strip('"') or UNKNOWN
    return UNKNOWN
