"""Facts of the machine a measurement was made on; what a virtual machine hides is "unknown"."""

from dataclasses import dataclass

UNKNOWN = "unknown"


@dataclass(frozen=True)
class CacheFacts:
    """One level of cache as one core sees it: ``level`` (1-4), ``kind`` (data, unified), bytes."""

    level: int
    kind: str
    size_bytes: int
    line_bytes: int
    shared_by: int


@dataclass(frozen=True)
class CpuFacts:
    """Processor identity and its tuning state; text fields may be ``"unknown"``."""

    vendor: str
    model: str
    architecture: str
    family: str
    stepping: str
    logical: int
    usable: int
    cores: int | str
    smt: str
    features: tuple[str, ...]
    caches: tuple[CacheFacts, ...]
    governor: str
    turbo: str
    hypervisor: str
    mitigations: dict[str, str]


@dataclass(frozen=True)
class ActivityFacts:
    """What else the machine was doing: load averages, steal since boot, pressure stall shares."""

    load_1min: float
    load_5min: float
    steal_share: float | str
    cpu_pressure_10s: float | str
    memory_pressure_10s: float | str


@dataclass(frozen=True)
class HostFacts:
    """Everything a reader needs to judge whether two results may be compared.

    ``machine`` is a stable id that survives reboots and changes with the processor; ``versions``
    maps tool and library names to versions; ``commit`` is the suite's own commit, with ``-dirty``
    appended when the tree differs from it.
    """

    machine: str
    cpu: CpuFacts
    memory_bytes: int
    memory_available_bytes: int
    kernel: str
    operating_system: str
    clock_source: str
    clock_step_ns: float
    cgroup_cpu_limit: str
    activity: ActivityFacts
    versions: dict[str, str]
    commit: str
