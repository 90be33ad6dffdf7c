from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native import build
from tests.native.conftest import WriteCompiler, make_output, real_compiler


def compilations(log: Path) -> list[str]:
    return log.read_text().splitlines()


def test_the_second_call_does_not_compile(cache: Path, compiler: WriteCompiler) -> None:
    log = compiler()
    library = build.shared_library("kernel_rows")
    assert build.shared_library("kernel_rows") == library
    assert library.name == "kernel_rows.so"
    assert library.is_relative_to(cache)
    assert len(compilations(log)) == 1
    program = build.executable("pipeline")
    assert program.name == "pipeline"
    assert len(compilations(log)) == 2


def test_what_the_compiler_is_told(compiler: WriteCompiler) -> None:
    log = compiler()
    build.shared_library("kernel_rows")
    (told,) = compilations(log)
    for flag in ("-O3", "-march=native", "-g", "-fno-omit-frame-pointer", "-std=c11", "-shared"):
        assert flag in told.split()
    assert "-Werror" not in told


def test_another_compiler_compiles_again(compiler: WriteCompiler) -> None:
    compiler(version="fake 1.0", name="one")
    first = build.shared_library("kernel_rows")
    log = compiler(version="fake 2.0", name="two")
    assert build.shared_library("kernel_rows") != first
    assert len(compilations(log)) == 1


def test_another_processor_compiles_again(
    compiler: WriteCompiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler()
    first = build.shared_library("kernel_rows")
    monkeypatch.setattr(build, "processor_identity", lambda: "another processor")
    assert build.shared_library("kernel_rows") != first


def test_other_sources_compile_again(
    compiler: WriteCompiler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiler()
    sources = tmp_path / "src"
    sources.mkdir()
    monkeypatch.setattr(build, "_SOURCES", sources)
    paths = set()
    for header in ("one", "two"):
        (sources / "kernels.h").write_text(header)
        paths.add(build.shared_library("kernel_rows"))
    assert len(paths) == 2


def test_a_failure_names_the_first_error_and_leaves_nothing(compiler: WriteCompiler) -> None:
    compiler(
        'while [ "$1" != -o ]; do shift; done; echo half > "$2"\n'
        'echo "in file x.c:" >&2; echo "x.c:1:10: fatal error: stdio.h: No such file" >&2\n'
        'echo "x.c:2:1: error: a second" >&2; exit 1'
    )
    with pytest.raises(UnavailableError, match=r"stdio\.h: No such file.*libc6-dev") as raised:
        build.shared_library("kernel_rows")
    assert "a second" not in str(raised.value)
    log = compiler()
    assert build.shared_library("kernel_rows").read_text() == "built\n"
    assert len(compilations(log)) == 2


def test_a_cache_that_cannot_be_written_to(cache: Path, compiler: WriteCompiler) -> None:
    compiler()
    folder = build.shared_library("kernel_rows").parent
    (folder / "kernel_rows.so").unlink()
    folder.rmdir()
    folder.write_text("in the way")
    with pytest.raises(UnavailableError, match=r"SLONANA_CACHE") as raised:
        build.shared_library("kernel_rows")
    assert str(cache) in str(raised.value)


def test_builders_at_the_same_time_agree(compiler: WriteCompiler, tmp_path: Path) -> None:
    # Each compilation waits until the other has begun, too.
    meeting = (
        f'touch "{tmp_path}/begun-$$"; tries=0\n'
        f'while [ "$(ls "{tmp_path}" | grep -c begun-)" -lt 2 ] && [ $tries -lt 200 ]; do\n'
        "sleep 0.1; tries=$((tries + 1)); done\n"
    )
    log = compiler(meeting + make_output())
    with ThreadPoolExecutor(2) as pool:
        builds = [pool.submit(build.shared_library, "kernel_rows") for _ in range(2)]
        first, second = (future.result() for future in builds)
    assert first == second
    assert len(compilations(log)) == 2
    assert [file.name for file in first.parent.iterdir()] == ["kernel_rows.so"]


@pytest.mark.requires_cc
@pytest.mark.parametrize("name", ["kernel_rows", "pipeline"])
def test_our_sources_compile_without_a_warning(
    compiler: WriteCompiler, tmp_path: Path, name: str
) -> None:
    messages = tmp_path / "messages"
    compiler(f'exec 2> "{messages}"\n{real_compiler()}')
    (build.executable if name == "pipeline" else build.shared_library)(name)
    assert messages.read_text() == ""
