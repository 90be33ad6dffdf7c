"""Limits that control groups put on processors, nested as systemd and containers nest them."""

import pytest

from slonana_analysis.measure.host.activity import read_cpu_limit
from slonana_analysis.measure.host.files import SystemFiles

GROUPS = "sys/fs/cgroup"


@pytest.fixture
def limit(tmp_path):
    def read(contents):
        for name, text in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return read_cpu_limit(SystemFiles(tmp_path))

    return read


def test_a_service_below_the_root_has_its_own_limit(limit):
    contents = {
        "proc/self/cgroup": "0::/system.slice/bench.service\n",
        f"{GROUPS}/system.slice/cpu.max": "max 100000",
        f"{GROUPS}/system.slice/bench.service/cpu.max": "250000 100000",
    }
    assert limit(contents) == "2.5 CPUs"


def test_the_tightest_of_nested_limits_holds(limit):
    contents = {
        "proc/self/cgroup": "0::/outer/inner\n",
        f"{GROUPS}/outer/cpu.max": "100000 100000",
        f"{GROUPS}/outer/inner/cpu.max": "400000 100000",
    }
    assert limit(contents) == "1.0 CPUs"


def test_the_first_version_keeps_processors_in_a_tree_of_their_own(limit):
    contents = {
        "proc/self/cgroup": "5:memory:/jobs\n4:cpu,cpuacct:/jobs\n0::/\n",
        f"{GROUPS}/cpu/cpu.cfs_quota_us": "-1",
        f"{GROUPS}/cpu/jobs/cpu.cfs_quota_us": "50000",
        f"{GROUPS}/cpu/jobs/cpu.cfs_period_us": "100000",
    }
    assert limit(contents) == "0.5 CPUs"


@pytest.mark.parametrize("line", ["0::/../../elsewhere", "nonsense", "0::", "a:b"])
def test_a_path_that_leads_nowhere_leaves_the_root(limit, line):
    contents = {"proc/self/cgroup": line, f"{GROUPS}/cpu.max": "max 100000"}
    assert limit(contents) == "none"
