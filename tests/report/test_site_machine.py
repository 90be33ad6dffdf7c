from typing import Any

import pytest

from slonana_analysis.report.site.machine import hazards, machine_facts, machine_name


def test_the_facts_of_a_virtual_machine(host: dict[str, Any]) -> None:
    facts = dict(machine_facts(host))
    assert facts["Processor"] == machine_name(host) == "AMD EPYC 9354 32-Core Processor"
    assert facts["Caches"] == "L1 data 32.0 KiB, L2 1.00 MiB, L3 32.0 MiB shared by 4"
    assert facts["Vector instructions"] == "sse4_2, avx, avx2, fma, avx512f"
    assert facts["Turbo"] == "unknown"
    assert facts["Memory"] == "16.0 GiB, 11.0 GiB available"
    assert facts["Mitigations"] == "active: spectre_v2"
    assert facts["Clock"] == "kvm-clock, steps of 10.0 ns"


def test_a_manifest_without_facts_says_unknown() -> None:
    facts = dict(machine_facts({}))
    assert machine_name({}) == "unknown processor"
    assert set(facts) == {name for name, _ in machine_facts({"cpu": None})}
    assert facts["Kernel"] == facts["Caches"] == facts["Memory"] == "unknown"


def test_every_disturbance_is_named(host: dict[str, Any]) -> None:
    text = "\n".join(hazards(host))
    for clause in (
        "a virtual machine (KVM)",
        "load 2.9 on 4 processors",
        "1.3 % of processor time since boot went to other virtual machines",
        "waited for a processor 7 % of the ten seconds before",
        "differed from commit 627acb3d51c0",
        "unknown: frequency governor, turbo, SMT",
    ):
        assert clause in text


@pytest.mark.parametrize(
    ("name", "value", "clause"),
    [
        ("governor", "powersave", "governor is 'powersave'"),
        ("turbo", "on", "Turbo is on"),
        ("hypervisor", "VMware", "virtual machine (VMware)"),
    ],
)
def test_processor_hazards(host: dict[str, Any], name: str, value: str, clause: str) -> None:
    assert any(clause in sentence for sentence in hazards({"cpu": host["cpu"] | {name: value}}))


def test_a_limit_of_the_control_group_is_a_hazard() -> None:
    assert hazards({"cgroup_cpu_limit": "2.0 CPUs"})[0].startswith("The control group allows 2.0")


def test_a_quiet_machine_has_none(host: dict[str, Any]) -> None:
    cpu = {"hypervisor": "none", "governor": "performance", "turbo": "off", "smt": "off"}
    activity = {"load_1min": 0.1, "steal_share": 0.0, "cpu_pressure_10s": 0.0}
    assert hazards({"cpu": host["cpu"] | cpu, "activity": activity, "commit": "627acb3"}) == []


def test_vulnerabilities_are_listed(host: dict[str, Any]) -> None:
    mitigations = {"mds": "Vulnerable: no microcode", "gds": "Mitigation: x"}
    facts = dict(machine_facts({"cpu": host["cpu"] | {"mitigations": mitigations}}))
    assert facts["Mitigations"] == "active: gds; vulnerable: mds"
