import pytest

from slonana_analysis.model.host import ActivityFacts, CacheFacts, CpuFacts, HostFacts


@pytest.fixture
def host_facts():
    """A small server, written down rather than read, so that sizes are the same everywhere."""
    caches = (CacheFacts(1, "data", 32768, 64, 1), CacheFacts(2, "unified", 1048576, 64, 1))
    cpu = CpuFacts(
        vendor="TestVendor",
        model="Test CPU",
        architecture="x86_64",
        family="25",
        stepping="1",
        logical=4,
        usable=4,
        cores="unknown",
        smt="unknown",
        features=("avx2",),
        caches=caches,
        governor="unknown",
        turbo="unknown",
        hypervisor="KVM",
        mitigations={},
    )
    return HostFacts(
        machine="0123456789ab",
        cpu=cpu,
        memory_bytes=1 << 34,
        memory_available_bytes=1 << 33,
        kernel="6.1",
        operating_system="Test",
        clock_source="tsc",
        clock_step_ns=10.0,
        cgroup_cpu_limit="none",
        activity=ActivityFacts(0.0, 0.0, 0.0, 0.0, 0.0),
        versions={},
        commit="unknown",
    )
