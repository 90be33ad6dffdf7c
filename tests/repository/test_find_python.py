import os
import subprocess

import pytest

SUITABLE = "exit 0"
TOO_OLD = "exit 1"


def run(checkout, **variables):
    return subprocess.run(
        ["/bin/sh", str(checkout.root / "tools" / "environment.sh"), "apt.txt"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def interpreter(fate):
    """A command that answers -c with its fate, and otherwise says how it was called."""
    return f'if [ "$1" = -c ]; then {fate}; fi\necho "$(/usr/bin/basename "$0") $*"; /bin/pwd'


@pytest.fixture
def path(commands, monkeypatch):
    """PATH with dirname, which the script needs, and nothing else."""
    commands("dirname", 'exec /usr/bin/dirname "$@"')
    return commands


@pytest.mark.parametrize("name", ["python3", "python3.13", "python3.12", "python3.11", "python"])
def test_the_first_suitable_python_runs_the_bootstrap_in_the_checkout(copied_checkout, path, name):
    if name != "python3":
        path("python3", interpreter(TOO_OLD))
    path(name, interpreter(SUITABLE))
    done = run(copied_checkout)
    assert done.stdout.splitlines() == [
        f"{name} -B -m tools.bootstrap apt.txt",
        str(copied_checkout.root),
    ]


def test_a_python_on_path_that_does_not_run_is_passed_over(copied_checkout, path):
    path("python3", "echo 'pyenv: python3: command not found' >&2; exit 127")
    path("python3.12", interpreter(SUITABLE))
    done = run(copied_checkout)
    assert done.stdout.startswith("python3.12 ")
    assert done.stderr == ""


def test_python_names_another_one(copied_checkout, path):
    path("python3", interpreter(SUITABLE))
    mine = path("mine", interpreter(SUITABLE))
    assert run(copied_checkout, PYTHON=str(mine)).stdout.startswith("mine ")


def test_a_python_that_is_named_but_unsuitable_is_refused_in_one_line(copied_checkout, path):
    path("python3", interpreter(SUITABLE))
    path("old", interpreter(TOO_OLD))
    done = run(copied_checkout, PYTHON="old")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "PYTHON=old is not a working Python 3.11" in done.stderr


def test_no_python_at_all_is_one_line(copied_checkout, path):
    done = run(copied_checkout)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "there is no Python 3.11, 3.12, 3.13 or 3.14 on PATH" in done.stderr


def test_nothing_else_is_started_when_all_is_in_place(copied_checkout, path):
    path("python3", interpreter(SUITABLE))
    copied_checkout.python.parent.mkdir(parents=True)
    copied_checkout.python.write_text('#!/bin/sh\ncase "$*" in *--check*) exit 0;; esac; exit 1\n')
    copied_checkout.python.chmod(0o755)
    done = run(copied_checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
