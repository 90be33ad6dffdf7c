import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from slonana_analysis.cli import lab, main

NOTIFICATIONS = "@jupyterlab/apputils-extension:notification"

Calls = list[tuple[list[str], Mapping[str, str]]]


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Calls:
    """Note what would have been executed, instead of becoming it."""
    calls: Calls = []

    def execve(path: str, command: list[str], environment: Mapping[str, str]) -> None:
        assert path == command[0] == sys.executable
        calls.append((command, environment))
        raise SystemExit(0)

    monkeypatch.setattr(lab.os, "execve", execve)
    monkeypatch.setenv("SLONANA_CACHE", str(tmp_path / "cache"))
    return calls


def test_jupyterlab_serves_the_folder_to_this_user_on_this_machine_only(
    executed: Calls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", "/theirs")
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    folder = tmp_path / "my notebooks"
    folder.mkdir()
    arguments = ["lab", "--notebooks", str(folder), "--port", "0", "--no-browser"]
    assert main(arguments) == 0
    ((command, environment),) = executed
    assert command[1:3] == ["-m", "jupyterlab"]
    assert "--ServerApp.ip=127.0.0.1" in command
    assert f"--ServerApp.root_dir={folder}" in command
    assert "--no-browser" in command
    assert ("--allow-root" in command) == (os.geteuid() == 0)
    assert not any("token" in part or "password" in part for part in command)
    ours, theirs = environment["JUPYTER_PATH"].split(os.pathsep)
    assert theirs == "/theirs"
    spec = json.loads((Path(ours) / "kernels" / "python3" / "kernel.json").read_text())
    assert spec["argv"][0] == sys.executable
    config = Path(environment["JUPYTER_CONFIG_PATH"])
    news = json.loads((config / "labconfig" / "default_setting_overrides.json").read_text())
    assert news == {NOTIFICATIONS: {"fetchNews": "false", "checkForUpdates": False}}


def test_root_is_allowed_only_to_root() -> None:
    options = {"port": 8888, "browser": True}
    assert "--allow-root" not in lab.lab_command(Path("/n"), root=False, **options)
    assert "--allow-root" in lab.lab_command(Path("/n"), root=True, **options)


def test_jupyter_finds_our_kernel_and_setting(tmp_path: Path) -> None:
    lab.write_settings(tmp_path)
    script = """
import json
from jupyter_client.kernelspec import KernelSpecManager
from jupyterlab_server.config import LabConfig
from jupyter_server.services.config.manager import ConfigManager
manager = ConfigManager(config_dir_name="labconfig")
print(json.dumps([KernelSpecManager().get_kernel_spec("python3").display_name,
                  manager.get("default_setting_overrides")]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env=lab.lab_environment(tmp_path, dict(os.environ)),
    )
    name, overrides = json.loads(done.stdout)
    assert name == "Python 3 (slonana-analysis)"
    assert overrides[NOTIFICATIONS]["fetchNews"] == "false"


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "--notebooks", str(tmp_path / "absent")]) == 3
    assert "absent is no folder of notebooks" in capsys.readouterr().err
