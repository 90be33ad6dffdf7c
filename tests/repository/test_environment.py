import dataclasses
import fcntl
import json
import os
import subprocess
import sys

import pytest

from tools import bootstrap, environment
from tools.checkout import BootstrapError, exclusive


@pytest.fixture
def made(checkout):
    """A checkout whose environment is whole: its Python is the one that runs the tests."""
    checkout.python.parent.mkdir(parents=True)
    checkout.python.symlink_to(sys.executable)
    stamp = environment.wanted_stamp(checkout, environment.running_version())
    checkout.stamp.write_text(json.dumps(dataclasses.asdict(stamp)))
    return checkout


@pytest.fixture
def recorded_pip(monkeypatch):
    """Environments are made by a stand-in for venv and pip that notes what was asked for."""
    calls = []

    def create(checkout, log):
        calls.append("venv")
        if not checkout.python.exists():
            checkout.python.parent.mkdir(parents=True)
            checkout.python.symlink_to(sys.executable)

    monkeypatch.setattr(environment, "create_venv", create)
    monkeypatch.setattr(
        environment, "pip_install", lambda checkout, log, *arguments: calls.append(arguments)
    )
    return calls


def test_a_whole_environment_is_left_alone(made, recorded_pip):
    assert environment.work_to_do(made) == "nothing"
    assert bootstrap.main(["--check"], made.root) == 0
    assert bootstrap.main([], made.root) == 0
    assert recorded_pip == []
    assert not made.log.exists()


def test_without_an_environment_everything_is_done_and_stamped_last(checkout, recorded_pip):
    assert bootstrap.main(["--check"], checkout.root) == bootstrap.EXIT_TO_DO
    assert bootstrap.main([], checkout.root) == 0
    venv, locked, package = recorded_pip
    assert venv == "venv"
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(locked)
    assert {"--no-index", "--editable=."} <= set(package)
    assert environment.work_to_do(checkout) == "nothing"


def test_an_interrupted_environment_is_made_anew(made):
    made.stamp.unlink()
    assert environment.work_to_do(made) == "everything"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"location": "x", "surprise": 1}'])
def test_a_damaged_stamp_is_no_stamp(made, text):
    made.stamp.write_text(text)
    assert environment.work_to_do(made) == "everything"


def test_a_changed_lock_means_a_new_environment(made):
    made.requirements.write_text("a==2\n")
    assert environment.work_to_do(made) == "everything"


def test_a_changed_pyproject_means_installing_only_ourselves(made, recorded_pip):
    made.project.write_text("[project]\nname = 'new'\n")
    assert environment.work_to_do(made) == "package"
    assert bootstrap.main([], made.root) == 0
    assert [arguments[-1] for arguments in recorded_pip] == ["--editable=."]
    assert environment.work_to_do(made) == "nothing"


def test_a_moved_checkout_needs_a_new_environment(made):
    elsewhere = made.root.rename(made.root.with_name("elsewhere"))
    assert environment.work_to_do(type(made)(elsewhere)) == "everything"


def test_an_environment_whose_base_was_removed_is_made_anew(made):
    made.python.unlink()
    made.python.symlink_to(made.root / "removed")
    assert environment.work_to_do(made) == "everything"


def test_another_python_is_used_only_when_asked_for(made, monkeypatch):
    monkeypatch.setattr(environment, "running_version", lambda: "3.99")
    assert environment.work_to_do(made) == "nothing"
    monkeypatch.setenv("PYTHON", "python3.99")
    assert environment.work_to_do(made) == "everything"


def test_what_another_make_did_meanwhile_is_not_done_again(made, recorded_pip, tmp_path):
    with (tmp_path / "log").open("w") as log:
        environment.make_environment(made, log)
    assert recorded_pip == []


def test_a_failing_pip_leaves_no_stamp_and_names_the_log(checkout, monkeypatch, capsys):
    def create(checkout, log):
        checkout.python.parent.mkdir(parents=True)
        checkout.python.write_text(
            "#!/bin/sh\necho 'ERROR: No matching distribution for a==1'\nexit 1"
        )
        checkout.python.chmod(0o755)

    monkeypatch.setattr(environment, "create_venv", create)
    assert bootstrap.main([], checkout.root) == bootstrap.EXIT_MISSING
    last = capsys.readouterr().err.splitlines()[-1]
    assert "No matching distribution for a==1" in last
    assert str(checkout.log) in last
    assert not checkout.stamp.exists()


def test_settings_that_mislead_pip_are_kept_from_it(checkout, monkeypatch, tmp_path):
    checkout.python.parent.mkdir(parents=True)
    checkout.log.parent.mkdir()
    checkout.python.write_text("#!/bin/sh\nenv")
    checkout.python.chmod(0o755)
    for name in environment.MISLEADING_VARIABLES:
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "kept")
    with checkout.log.open("w") as log:
        environment.pip_install(checkout, log)
    seen = dict(line.split("=", 1) for line in checkout.log.read_text().splitlines() if "=" in line)
    assert environment.MISLEADING_VARIABLES.isdisjoint(seen)
    assert seen["PIP_INDEX_URL"] == "kept"


def test_a_python_without_ensurepip_says_what_to_install(checkout, monkeypatch, capsys):
    monkeypatch.setattr(environment, "has_ensurepip", lambda: False)
    monkeypatch.setattr(environment, "can_use_apt", lambda: False)
    assert bootstrap.main([], checkout.root) == bootstrap.EXIT_MISSING
    version = environment.running_version()
    assert (
        f"apt-get install --no-install-recommends python{version}-venv`" in capsys.readouterr().err
    )


def test_an_empty_ensurepip_is_none(tmp_path, monkeypatch):
    assert environment.has_ensurepip()
    (tmp_path / "ensurepip").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "ensurepip", raising=False)
    assert not environment.has_ensurepip()


def test_root_installs_what_ensurepip_comes_in(checkout, monkeypatch, tmp_path):
    installed = []
    monkeypatch.setattr(environment, "has_ensurepip", lambda: bool(installed))
    monkeypatch.setattr(environment, "can_use_apt", lambda: True)
    monkeypatch.setattr(environment, "apt_install", lambda names, log: installed.extend(names))
    with (tmp_path / "log").open("w") as log:
        environment.require_ensurepip(log)
    assert installed == [f"python{environment.running_version()}-venv"]


def test_an_environment_that_is_a_link_is_replaced_and_its_target_kept(
    checkout, tmp_path, monkeypatch
):
    target = tmp_path / "of somebody else"
    target.mkdir()
    (target / "kept").touch()
    checkout.venv.symlink_to(target)
    monkeypatch.setattr(environment.venv.EnvBuilder, "create", lambda builder, path: path.mkdir())
    with (tmp_path / "log").open("w") as log:
        environment.create_venv(checkout, log)
    assert not checkout.venv.is_symlink()
    assert (target / "kept").exists()


def test_an_incomplete_checkout_is_named(made, capsys):
    made.requirements.unlink()
    assert bootstrap.main([], made.root) == bootstrap.EXIT_MISSING
    assert "requirements.lock cannot be read (No such file or directory)" in capsys.readouterr().err


def test_ctrl_c_is_one_line(checkout, monkeypatch, capsys):
    def interrupted(checkout, log):
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "create_venv", interrupted)
    assert bootstrap.main([], checkout.root) == bootstrap.EXIT_INTERRUPTED
    assert capsys.readouterr().err.count("\n") == 1


def test_a_full_disk_is_one_line(checkout, monkeypatch, capsys):
    def full(checkout, log):
        raise OSError(28, "No space left on device", str(checkout.venv))

    monkeypatch.setattr(environment, "create_venv", full)
    assert bootstrap.main([], checkout.root) == bootstrap.EXIT_MISSING
    assert "No space left on device" in capsys.readouterr().err


def test_a_checkout_that_is_not_ours_to_write_says_so(checkout, monkeypatch):
    checkout.lock.parent.write_text("a file where the directory should be")
    problem = pytest.raises(BootstrapError, match=r"cannot be written .*: use a clone of your own")
    with problem, exclusive(checkout):
        pass


def test_the_second_make_waits_for_the_first(copied_checkout):
    program = (
        "import pathlib, tools.checkout as c\n"
        "with c.exclusive(c.Checkout(pathlib.Path.cwd())): print('entered', flush=True)\n"
    )
    with exclusive(copied_checkout):
        second = subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=copied_checkout.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "waiting for it" in second.stderr.readline()
        assert second.poll() is None
    assert second.communicate()[0] == "entered\n"


def test_a_child_that_outlives_a_killed_make_still_holds_the_lock(copied_checkout):
    program = (
        "import os, pathlib, tools.checkout as c\n"
        "checkout = c.Checkout(pathlib.Path.cwd())\n"
        "with c.exclusive(checkout), c.open_log(checkout) as log:\n"
        "    c.run_logged(['sh', '-c', 'kill -9 $PPID; echo orphaned; cat fifo'], log,"
        " environment=os.environ, keep_lock=True)\n"
    )
    fifo = copied_checkout.root / "fifo"
    os.mkfifo(fifo)
    subprocess.run([sys.executable, "-c", program], cwd=copied_checkout.root, check=False)
    with copied_checkout.lock.open("w") as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fifo.write_text("end")
        fcntl.flock(lock, fcntl.LOCK_EX)
