"""Who the processor is, and how it is tuned.

References
----------
Linux: Documentation/admin-guide/pm/cpufreq.rst, Documentation/ABI/testing/sysfs-devices-system-cpu.
"""

import os
import platform

from slonana_analysis.measure.host.caches import read_caches
from slonana_analysis.measure.host.files import SystemFiles
from slonana_analysis.model.host import UNKNOWN, CpuFacts

_CPU = "sys/devices/system/cpu"
_CLOCKS = "sys/devices/system/clocksource/clocksource0"


def read_cpu(files: SystemFiles) -> CpuFacts:
    """Return the processor's facts as the kernel shows them."""
    info = _first_processor(files)
    features = tuple(sorted((info.get("flags") or info.get("Features", "")).split()))
    hypervisor = _hypervisor(files, features)
    return CpuFacts(
        vendor=info.get("vendor_id") or info.get("CPU implementer", UNKNOWN),
        model=info.get("model name") or info.get("CPU part", UNKNOWN),
        architecture=platform.machine(),
        family=info.get("cpu family") or info.get("CPU architecture", UNKNOWN),
        stepping=info.get("stepping") or info.get("CPU revision", UNKNOWN),
        logical=_logical(files),
        usable=len(os.sched_getaffinity(0)),
        cores=_cores(files, virtual=hypervisor != "none"),
        smt=_smt(files, virtual=hypervisor != "none"),
        features=features,
        caches=read_caches(files),
        governor=files.text(f"{_CPU}/cpu0/cpufreq/scaling_governor"),
        turbo=_turbo(files),
        hypervisor=hypervisor,
        mitigations={
            path.name: files.text(f"{_CPU}/vulnerabilities/{path.name}")
            for path in files.matches(f"{_CPU}/vulnerabilities/*")
        },
    )


def _first_processor(files: SystemFiles) -> dict[str, str]:
    facts: dict[str, str] = {}
    for line in files.lines("proc/cpuinfo"):
        name, colon, value = line.partition(":")
        if not colon and facts:
            break
        facts[name.strip()] = value.strip()
    return {name: value for name, value in facts.items() if value}


def _logical(files: SystemFiles) -> int:
    listed = sum(line.startswith("processor") for line in files.lines("proc/cpuinfo"))
    return listed or os.cpu_count() or 1


def _hypervisor(files: SystemFiles, features: tuple[str, ...]) -> str:
    vendor = files.text("sys/class/dmi/id/sys_vendor")
    product = files.text("sys/class/dmi/id/product_name")
    declared = files.text("sys/hypervisor/type")
    if declared != UNKNOWN:
        return declared
    # Only x86 has a flag that says "no hypervisor" by its absence.
    if "hypervisor" in features:
        named = [text for text in (vendor, product) if text != UNKNOWN]
        return " ".join(named) or _paravirtual_clock(files)
    if any("qemu" in text.lower() or "amazon ec2" in text.lower() for text in (vendor, product)):
        return f"{vendor} {product}".replace(UNKNOWN, "").strip()
    return "none" if features and platform.machine() == "x86_64" else UNKNOWN


def _paravirtual_clock(files: SystemFiles) -> str:
    """Name the hypervisor by the clock it offers its guests, where it hides everything else."""
    clocks = files.text(f"{_CLOCKS}/available_clocksource")
    known = {"kvm-clock": "KVM", "hyperv_clocksource": "Hyper-V", "xen": "Xen"}
    found = [name for clock, name in known.items() if clock in clocks]
    return found[0] if found else "of an unknown kind"


def _cores(files: SystemFiles, *, virtual: bool) -> int | str:
    """Count distinct cores; a guest is shown whatever its host likes to show."""
    pairs = {
        (files.text(f"{folder}/physical_package_id"), files.text(f"{folder}/core_id"))
        for folder in (
            str(path.relative_to(files.root))
            for path in files.matches(f"{_CPU}/cpu[0-9]*/topology")
        )
    }
    known = {pair for pair in pairs if UNKNOWN not in pair}
    return UNKNOWN if virtual or not known else len(known)


def _smt(files: SystemFiles, *, virtual: bool) -> str:
    if virtual:
        return UNKNOWN
    active = files.text(f"{_CPU}/smt/active")
    return {"1": "on", "0": "off"}.get(active, UNKNOWN)


def _turbo(files: SystemFiles) -> str:
    if (disabled := files.text(f"{_CPU}/intel_pstate/no_turbo")) in {"0", "1"}:
        return "on" if disabled == "0" else "off"
    if (boost := files.text(f"{_CPU}/cpufreq/boost")) in {"0", "1"}:
        return "on" if boost == "1" else "off"
    return UNKNOWN
