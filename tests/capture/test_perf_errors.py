"""perf's own words, as its versions print them, become one sentence with a remedy."""

import pytest

from slonana_analysis.capture import perf_errors
from slonana_analysis.capture.perf_errors import perf_error

LIMITED = """\
Error:
Access to performance monitoring and observability operations is limited.
Consider adjusting /proc/sys/kernel/perf_event_paranoid setting to open
perf_event_paranoid setting is 3:
"""
OLDER = "Error:\nYou may not have permission to collect stats.\n"
UBUNTU = """\
WARNING: perf not found for kernel 5.15.0-91

  You may need to install the following packages for this specific kernel:
    linux-tools-5.15.0-91-generic
"""
SECCOMP = (
    "Error:\nThe sys_perf_event_open() syscall returned with 1 (Operation not permitted) for "
    "event (cycles).\n/bin/dmesg | grep -i perf may provide additional information.\n"
)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (LIMITED, "sudo sysctl kernel.perf_event_paranoid=1"),
        (OLDER, "sudo sysctl kernel.perf_event_paranoid=1"),
        (UBUNTU, "linux-tools-$(uname -r)"),
        ("E: linux-perf-5.10 is not installed.\n", "linux-perf (Debian)"),
        (SECCOMP, "the kernel refuses perf_event_open (Operation not permitted)"),
        ("Couldn't create thread/CPU maps: No such process\n", "there is no such process"),
        ("Permission error mapping pages.\nConsider increasing\n", "kernel.perf_event_mlock_kb"),
        ("failed to mmap with 12 (Cannot allocate memory)\n", "kernel.perf_event_mlock_kb"),
        ("write: No space left on device\n", "the disk is full"),
        ("something new\n[ perf record: Woken up 1 times ]\n", "it says 'something new'"),
        ("", "it failed without a word"),
    ],
)
def test_reasons(printed, expected):
    error = perf_error(printed, "record process 7")
    assert str(error).startswith("perf cannot record process 7: ")
    assert expected in str(error)
    assert "\n" not in str(error)
    assert error.exit_code == 3


def test_a_command_that_cannot_be_started():
    printed = "Failed to collect 'cycles:u' for the './x' workload: Permission denied\n"
    assert str(perf_error(printed, "record")) == (
        "the command './x' could not be started (Permission denied); check its path and permissions"
    )


def test_paranoid_level_is_quoted(monkeypatch, tmp_path):
    level = tmp_path / "paranoid"
    level.write_text("4\n")
    monkeypatch.setattr(perf_errors, "PARANOID", level)
    assert "kernel.perf_event_paranoid is 4" in str(perf_error(LIMITED, "record"))
    level.unlink()
    assert "kernel.perf_event_paranoid is unknown" in str(perf_error(LIMITED, "record"))
