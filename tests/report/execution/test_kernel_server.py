import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.report.execution import kernel_server
from slonana_analysis.report.execution.forking import KernelServer, kernel_environment


def served(server: KernelServer) -> psutil.Process:
    return psutil.Process(server._process.pid)


def test_closing_leaves_no_process(tmp_path: Path) -> None:
    with KernelServer.start() as server:
        kernel = server.fork(["-f", str(tmp_path / "k.json")], str(tmp_path), kernel_environment())
        processes = [served(server), psutil.Process(kernel.pid)]
        assert kernel.poll() is None
        assert kernel.pid != os.getpgid(0)
        assert leads_a_group(kernel.pid)
    assert all(has_ended(process) for process in processes)


def leads_a_group(pid: int) -> bool:
    """Whether a child comes to lead a group; it does so itself, a moment after it was forked."""
    for _ in range(100):
        if os.getpgid(pid) == pid:
            return True
        time.sleep(0.05)
    return False


def has_ended(process: psutil.Process) -> bool:
    """Whether it runs no more; an orphan that nobody has collected yet has ended all the same."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_kernel_s_end_is_told_apart(server: KernelServer, tmp_path: Path) -> None:
    kernel = server.fork(["-f", str(tmp_path / "k.json")], str(tmp_path), kernel_environment())
    with pytest.raises(subprocess.TimeoutExpired):
        kernel.wait(0.0)
    kernel.kill()
    assert kernel.wait() == -signal.SIGKILL
    assert kernel.poll() == -signal.SIGKILL
    kernel.terminate()  # too late, and harmless
    refused = server.fork(["--no-such-option=["], str(tmp_path), kernel_environment())
    assert refused.wait() != 0


def test_the_server_runs_one_thread(server: KernelServer, tmp_path: Path) -> None:
    kernel = server.fork(["-f", str(tmp_path / "k.json")], str(tmp_path), kernel_environment())
    assert served(server).num_threads() == 1
    kernel.kill()
    kernel.wait()


def test_a_server_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    with KernelServer.start() as server:
        kernel = server.fork(["-f", str(tmp_path / "k.json")], str(tmp_path), kernel_environment())
        process = psutil.Process(kernel.pid)
        served(server).kill()
        with pytest.raises(UnavailableError, match="kernel server"):
            server.fork([], str(tmp_path), {})
        assert kernel.wait() == -signal.SIGKILL
        assert psutil.wait_procs([process], timeout=30)[1] == [], "the kernel outlived its server"


def test_a_failing_import_leaves_the_server_standing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kernel_server, "_PRELOADED", ("no_such_module", "json"))
    monkeypatch.setattr(kernel_server.gc, "freeze", lambda: None)
    kernel_server.preload()
    assert "no_such_module" in capfd.readouterr().err


def test_a_kernel_without_a_process_group_yet_is_killed() -> None:
    with subprocess.Popen(["sleep", "1000"]) as fresh:
        kernel_server._kill_all({fresh.pid})
        assert not psutil.pid_exists(fresh.pid)


OWNER = """
import sys
from slonana_analysis.report.execution.forking import KernelServer, kernel_environment
server = KernelServer.start()
kernel = server.fork(["-f", sys.argv[1] + "/k.json"], sys.argv[1], kernel_environment())
print(server._process.pid, kernel.pid, flush=True)
sys.stdin.read()
"""


def test_when_the_owner_is_killed_nothing_is_left(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OWNER), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as owner:
        assert owner.stdout is not None
        processes = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
        owner.kill()
    assert psutil.wait_procs(processes, timeout=30)[1] == []


def test_an_answer_that_ctrl_c_left_unread_is_passed_over(
    server: KernelServer, tmp_path: Path
) -> None:
    kernel = server.fork(["-f", str(tmp_path / "k.json")], str(tmp_path), kernel_environment())
    server._channel.sendall(b'{"number": -1, "do": "poll", "pid": 1}\n')
    assert kernel.poll() is None
    kernel.kill()
    assert kernel.wait() == -signal.SIGKILL
