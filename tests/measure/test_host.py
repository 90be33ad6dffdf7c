"""Facts read from trees of files: a desktop, a virtual machine, an Arm server, a bare container."""

import dataclasses
import json
import platform
import subprocess

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.host import collect_host_facts
from slonana_analysis.measure.host.activity import read_activity, read_cpu_limit
from slonana_analysis.measure.host.caches import read_caches
from slonana_analysis.measure.host.cpu import read_cpu
from slonana_analysis.measure.host.files import SystemFiles
from slonana_analysis.measure.host.identity import VARIABLE, machine_id
from slonana_analysis.measure.host.versions import read_commit

CPU = "sys/devices/system/cpu"
DESKTOP = {
    "proc/cpuinfo": "".join(
        f"processor\t: {number}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
        f"model name\t: Core i9\nstepping\t: 2\nflags\t\t: fpu avx2 fma\n\n"
        for number in range(4)
    ),
    f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave\n",
    f"{CPU}/intel_pstate/no_turbo": "0\n",
    f"{CPU}/smt/active": "1\n",
    f"{CPU}/vulnerabilities/meltdown": "Mitigation: PTI\n",
    **{
        f"{CPU}/cpu{number}/topology/{name}": str(value)
        for number in range(4)
        for name, value in (("physical_package_id", 0), ("core_id", number // 2))
    },
    **{
        f"{CPU}/cpu0/cache/index{index}/{name}": value
        for index, facts in enumerate(
            [
                {"level": "1", "type": "Data", "size": "48K", "shared_cpu_list": "0-1"},
                {"level": "1", "type": "Instruction", "size": "32K", "shared_cpu_list": "0-1"},
                {"level": "2", "type": "Unified", "size": "2048K", "shared_cpu_list": "0-1"},
                {"level": "3", "type": "Unified", "size": "36M", "shared_cpu_list": "0-3,8"},
            ]
        )
        for name, value in facts.items()
    },
    "proc/meminfo": "MemTotal:       32000000 kB\nMemAvailable:   16000000 kB\n",
    "proc/loadavg": "0.50 0.25 0.10 1/300 4242\n",
    "proc/stat": "cpu  100 0 100 700 0 0 0 100 0 0\ncpu0 1 1 1 1\n",
    "proc/pressure/cpu": "some avg10=12.50 avg60=1.0 avg300=0.1 total=9\n",
    "proc/sys/kernel/osrelease": "6.12.1\n",
    "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
}
VIRTUAL = DESKTOP | {
    "proc/cpuinfo": "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\n"
    "flags\t\t: fpu avx2 hypervisor\n",
    "sys/devices/system/clocksource/clocksource0/available_clocksource": "tsc kvm-clock\n",
}
ARM = {
    "proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd sve\nCPU implementer\t: 0x41\n"
    "CPU part\t: 0xd40\nCPU revision\t: 1\n"
}


@pytest.fixture
def tree(tmp_path):
    def build(contents):
        for name, text in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return SystemFiles(tmp_path)

    return build


@pytest.fixture
def x86(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.mark.usefixtures("x86")
def test_a_desktop_shows_everything(tree):
    cpu = read_cpu(tree(DESKTOP))
    assert (cpu.vendor, cpu.model, cpu.family, cpu.stepping) == (
        "GenuineIntel",
        "Core i9",
        "6",
        "2",
    )
    assert (cpu.logical, cpu.cores, cpu.smt) == (4, 2, "on")
    assert (cpu.governor, cpu.turbo, cpu.hypervisor) == ("powersave", "on", "none")
    assert cpu.features == ("avx2", "fma", "fpu")
    assert cpu.mitigations == {"meltdown": "Mitigation: PTI"}


def test_caches_are_nearest_first_without_instructions(tree):
    caches = read_caches(tree(DESKTOP))
    assert [(c.level, c.kind, c.size_bytes, c.shared_by) for c in caches] == [
        (1, "data", 48 << 10, 2),
        (2, "unified", 2 << 20, 2),
        (3, "unified", 36 << 20, 5),
    ]


@pytest.mark.usefixtures("x86")
def test_a_guest_knows_its_hypervisor_and_not_what_that_hides(tree):
    cpu = read_cpu(tree(VIRTUAL))
    assert cpu.hypervisor == "KVM"
    assert (cpu.cores, cpu.smt) == ("unknown", "unknown")


@pytest.mark.usefixtures("x86")
@pytest.mark.parametrize(
    ("path", "text", "turbo"),
    [("cpufreq/boost", "0", "off"), ("cpufreq/boost", "1", "on"), ("cpufreq/boost", "", "unknown")],
)
def test_turbo_is_read_where_amd_puts_it(tree, path, text, turbo):
    contents = {name: value for name, value in DESKTOP.items() if "no_turbo" not in name}
    assert read_cpu(tree(contents | {f"{CPU}/{path}": text})).turbo == turbo


def test_an_arm_server_is_named_by_its_parts(tree, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    cpu = read_cpu(tree(ARM))
    assert (cpu.vendor, cpu.model) == ("0x41", "0xd40")
    assert cpu.features == ("asimd", "fp", "sve")
    assert cpu.hypervisor == "unknown"


def test_a_machine_that_shows_nothing_is_unknown_and_never_off(tmp_path):
    facts = collect_host_facts(tmp_path)
    assert facts.cpu.governor == facts.cpu.turbo == facts.cpu.smt == "unknown"
    assert facts.cpu.caches == ()
    assert facts.kernel == facts.operating_system == facts.cgroup_cpu_limit == "unknown"
    assert facts.activity.steal_share == facts.activity.cpu_pressure_10s == "unknown"


def test_everything_together_is_plain_json(tree, tmp_path):
    tree(DESKTOP)
    document = json.loads(json.dumps(dataclasses.asdict(collect_host_facts(tmp_path))))
    assert document["memory_bytes"] == 32_000_000 * 1024
    assert document["operating_system"] == "Debian GNU/Linux 13 (trixie)"


def test_steal_and_pressure_are_shares(tree):
    activity = read_activity(tree(DESKTOP))
    assert activity.steal_share == pytest.approx(0.1)
    assert activity.cpu_pressure_10s == pytest.approx(0.125)
    assert activity.load_1min == 0.5


@pytest.mark.parametrize(
    ("contents", "limit"),
    [
        ({"sys/fs/cgroup/cpu.max": "150000 100000"}, "1.5 CPUs"),
        ({"sys/fs/cgroup/cpu.max": "max 100000"}, "none"),
        (
            {
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            "2.0 CPUs",
        ),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1"}, "none"),
        ({"sys/fs/cgroup/cpu.max": "nonsense"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_containers_limit_is_told_in_processors(tree, contents, limit):
    assert read_cpu_limit(tree(contents)) == limit


def test_the_id_survives_load_and_kernel_and_follows_the_processor(tree, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    files = tree(DESKTOP)
    cpu = read_cpu(files)
    name = machine_id(cpu, files)
    assert len(name) == 12
    assert machine_id(read_cpu(tree({"proc/loadavg": "9 9 9"})), files) == name
    assert machine_id(dataclasses.replace(cpu, governor="performance"), files) == name
    assert machine_id(dataclasses.replace(cpu, stepping="3"), files) != name
    tree({"etc/machine-id": "another"})
    assert machine_id(cpu, files) != name


def test_the_id_may_be_chosen_but_must_name_a_folder(tree, monkeypatch):
    files = tree(DESKTOP)
    cpu = read_cpu(files)
    monkeypatch.setenv(VARIABLE, "bench-7.lab")
    assert machine_id(cpu, files) == "bench-7.lab"
    for bad in ("../elsewhere", "a b", "-x", "é", "x" * 65):
        monkeypatch.setenv(VARIABLE, bad)
        with pytest.raises(UsageError, match=VARIABLE):
            machine_id(cpu, files)


def test_the_commit_says_when_files_differ_from_it(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    assert read_commit(package) == "unknown"
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@t.invalid"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    commit = read_commit(package)
    assert len(commit) == 40
    (package / "new.py").write_text("")
    assert read_commit(package) == f"{commit}-dirty"
