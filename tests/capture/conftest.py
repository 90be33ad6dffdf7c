"""A perf that is a shell script, so that every way perf can fail is tried on every machine."""

import os
import textwrap

import pytest

RECORDING = "PERFILE2" + "\\0" * 40 + "\\1" + "\\0" * 7


@pytest.fixture
def fake_perf(tmp_path, monkeypatch):
    """Put a perf on the path that runs the given shell text for each of its verbs."""

    def install(*, version="echo perf version 6.1.0", stat="exit 1", record="", script=""):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / "perf"
        record = record or f'printf \'{RECORDING}\' > "$data"; exec "$@"'
        script = script or "echo '# ========'; echo 'w  8117  1.000002:   9 cycles:'; echo"
        path.write_text(
            textwrap.dedent(
                """\
                #!/bin/sh
                verb=$1
                while [ $# -gt 0 ] && [ "$1" != -- ]; do
                    [ "$1" = --output ] && data=$2
                    shift
                done
                [ $# -gt 0 ] && shift
                case $verb in
                --version) {version} ;;
                stat) {stat} ;;
                record) {record} ;;
                script) {script} ;;
                esac
                """
            ).format(version=version, stat=stat, record=record, script=script)
        )
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return path

    return install


@pytest.fixture
def fake_tool(tmp_path, monkeypatch):
    """Put a shell script of this name and text on the path."""

    def install(name, text):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return path

    return install
