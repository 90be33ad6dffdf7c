from pathlib import Path

import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native.build import compiler_facts
from slonana_analysis.native.compiler import TUNING_VARIABLE, processor_identity
from tests.native.conftest import WriteCompiler


@pytest.fixture
def no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder of PATH, which is empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CC", raising=False)
    return folder


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_the_message_says_how_to_get_one() -> None:
    with pytest.raises(UnavailableError, match=r"no C compiler.*apt install gcc libc6-dev"):
        compiler_facts()


def test_the_candidates_in_their_order(
    no_compiler: Path, compiler: WriteCompiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("clang", "gcc"):
        compiler(version=f"{name} 1.0")
        (no_compiler.parent / "fake-cc").rename(no_compiler / name)
    monkeypatch.delenv("CC")
    assert compiler_facts().version == "gcc 1.0"
    assert compiler_facts().command == (str(no_compiler / "gcc"),)


@pytest.mark.parametrize("chosen", ["no-such-compiler", "no-such-compiler -O2"])
def test_a_chosen_compiler_that_is_missing(chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", chosen)
    with pytest.raises(UnavailableError, match=rf"CC='{chosen}'.*unset it"):
        compiler_facts()


def test_a_chosen_compiler_that_is_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "gcc '")
    with pytest.raises(UnavailableError, match="is no command line"):
        compiler_facts()


def test_a_chosen_compiler_may_have_arguments(
    compiler: WriteCompiler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiler()
    monkeypatch.setenv("CC", f"env {tmp_path}/fake-cc")
    assert compiler_facts().version == "fake 1.0"


def test_a_compiler_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'error: no licence' >&2\nexit 3\n")
    broken.chmod(0o700)
    monkeypatch.setenv("CC", str(broken))
    with pytest.raises(UnavailableError, match=r"does not run \(error: no licence\)"):
        compiler_facts()


def test_a_compiler_in_another_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o700)
    monkeypatch.setenv("CC", str(broken))
    with pytest.raises(UnavailableError, match="does not run"):
        compiler_facts()


@pytest.mark.parametrize(
    ("refused", "tuning"),
    [("none", "-march=native"), ("-march=native", "-mcpu=native")],
)
def test_the_flag_that_the_compiler_knows(
    compiler: WriteCompiler, refused: str, tuning: str
) -> None:
    compiler(refused=refused)
    assert compiler_facts().flags[-1] == tuning


def test_the_processor_is_told_apart_by_its_features() -> None:
    identity = processor_identity()
    assert identity == processor_identity()
    assert "MHz" not in identity
    assert "\t" not in identity.splitlines()[0]


def test_code_for_elsewhere_is_not_tuned_for_this_processor(
    compiler: WriteCompiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler()
    here = compiler_facts().flags
    monkeypatch.setenv(TUNING_VARIABLE, "-march=x86-64-v3 -mtune=generic")
    elsewhere = compiler_facts().flags
    assert elsewhere[-2:] == ("-march=x86-64-v3", "-mtune=generic")
    assert not any("native" in flag for flag in elsewhere)
    assert here[: len(elsewhere) - 2] == elsewhere[:-2]
