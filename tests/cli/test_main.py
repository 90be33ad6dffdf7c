import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

import slonana_analysis
from slonana_analysis import cli
from slonana_analysis.errors import LockedError, UnavailableError, UsageError

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "pandas", "matplotlib", "numba", "pyarrow", "rich", "papermill", "nbformat")


def run_cli(*arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "slonana_analysis", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., int]], None]:
    """Install a verb ``try`` that does what it is given."""

    def install(execute: Callable[..., int]) -> None:
        module = types.ModuleType("tests_cli_verb")
        module.SUMMARY = "try something"  # type: ignore[attr-defined]
        module.configure = lambda parser: parser.add_argument("words", nargs="*")  # type: ignore[attr-defined]
        module.execute = execute  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(cli, "VERBS", {"try": module.__name__})

    return install


def raising(error: BaseException) -> Callable[..., int]:
    def execute(_arguments: object) -> int:
        raise error

    return execute


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([verb, "--help"] for verb in cli.VERBS)]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom slonana_analysis.cli import main\n"
        f"code = main({arguments!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stderr.splitlines() == ["[] 0"]
    assert done.stdout


def test_every_verb_says_what_it_is_for() -> None:
    shown = run_cli("--help").stdout
    for verb in cli.VERBS:
        assert f"  {verb} " in shown


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"slonana-analysis {slonana_analysis.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "usage"),
        (["frobnicate"], "there is no verb 'frobnicate'; choose from doctor, run"),
        (["--frobnicate"], "unrecognized arguments"),
        (["run", "--preset", "huge"], "invalid choice"),
        (["run", "--frobnicate"], "unrecognized arguments"),
    ],
)
def test_a_wrong_call_ends_in_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("write it so"), 2),
        (UnavailableError("install perf"), 3),
        (LockedError("wait"), 75),
    ],
)
def test_our_errors_are_one_sentence(
    error: Exception,
    code: int,
    verb: Callable[[Callable[..., int]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    verb(raising(error))
    assert cli.main(["try"]) == code
    assert capsys.readouterr().err == f"slonana-analysis: {error}\n"
    assert cli.main(["--debug", "try"]) == cli.main(["try", "--debug"]) == code
    assert "Traceback" in capsys.readouterr().err


def test_an_error_cannot_steer_the_terminal(
    verb: Callable[[Callable[..., int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(raising(UnavailableError("file \x1b]0;owned\x07 is\nmissing")))
    cli.main(["try"])
    assert capsys.readouterr().err == ("slonana-analysis: file \\x1b]0;owned\\x07 is\\nmissing\n")


def test_an_error_nobody_foresaw_is_a_sentence_and_a_log(
    verb: Callable[[Callable[..., int]], None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLONANA_CACHE", str(tmp_path / "cache"))
    verb(raising(ZeroDivisionError("by naught")))
    assert cli.main(["try"]) == 3
    shown = capsys.readouterr().err
    (log,) = (tmp_path / "cache" / "logs").iterdir()
    assert str(log) in shown
    assert "by naught" in shown
    assert "Traceback" not in shown
    assert "ZeroDivisionError: by naught" in log.read_text()
    with pytest.raises(ZeroDivisionError):
        cli.main(["try", "--debug"])


def test_the_debug_of_a_command_to_run_is_its_own(
    verb: Callable[[Callable[..., int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(raising(UsageError("no")))
    assert cli.main(["try", "--", "perf", "--debug"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c_ends_in_130_without_a_word(
    verb: Callable[[Callable[..., int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(raising(KeyboardInterrupt()))
    assert cli.main(["try"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" | true', "sh", sys.executable, "-m", "slonana_analysis", "--help"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stderr == ""


def test_a_broken_pipe_is_quiet(
    verb: Callable[[Callable[..., int]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    verb(raising(BrokenPipeError()))
    silenced: list[bool] = []
    monkeypatch.setattr(cli, "_silence_stdout", lambda: silenced.append(True))
    assert cli.main(["try"]) == 141
    assert silenced == [True]
