"""What a machine may lack: each requirement is really tried, once, and says why it is not met."""

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
PROGRAM = '#include <stdio.h>\nint main(void) { return puts("ok") < 0; }\n'
CXX_PROGRAM = "#include <string>\nint main() { return std::string().size(); }\n"
PATIENCE_SECONDS = 60

Problem = Callable[[], str | None]


@functools.cache
def perf_problem() -> str | None:
    """Try to record a command; None if that works, else why not."""
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "perf.data"
        command = ["perf", "record", "-e", "cpu-clock", "-o", str(target), "--", "true"]
        failure = command_failure(command)
        if failure is None and not target.is_file():
            return "`perf record` wrote nothing"
        return failure


@functools.cache
def compiler_problem() -> str | None:
    """Try to compile and run a program that needs the C library's headers."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return "there is no C compiler (cc, gcc)"
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "program.c"
        source.write_text(PROGRAM)
        binary = Path(directory) / "program"
        failure = command_failure([compiler, "-o", str(binary), str(source)])
        return failure or command_failure([str(binary)])


@functools.cache
def cxx_compiler_problem() -> str | None:
    """Try to compile and run a program that needs the C++ library."""
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        return "there is no C++ compiler (c++, g++)"
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "program.cpp"
        source.write_text(CXX_PROGRAM)
        binary = Path(directory) / "program"
        failure = command_failure([compiler, "-o", str(binary), str(source)])
        return failure or command_failure([str(binary)])


@functools.cache
def chromium_problem() -> str | None:
    """Try to start Debian's Chromium."""
    return command_failure(["chromium", "--version"])


@functools.cache
def valgrind_problem() -> str | None:
    """Try to run a program under valgrind; its headers come with Debian's package."""
    if compiler_problem() is not None:
        return "counting needs a C compiler"
    return command_failure(["valgrind", "--tool=none", "--quiet", "true"])


@functools.cache
def heaptrack_problem() -> str | None:
    """Try to trace a program."""
    with tempfile.TemporaryDirectory() as directory:
        return command_failure(["heaptrack", "--output", f"{directory}/trace", "ls"])


@functools.cache
def tcpdump_problem() -> str | None:
    """Try to open the loopback interface; compiling the filter needs the same permission."""
    return command_failure(["tcpdump", "-i", "lo", "-d", "port 8899"])


def shared_problem() -> str | None:
    """Look for the captures that lie beside the checkout on some machines."""
    captures = SHARED / "captures"
    return None if captures.is_dir() else f"there are no captures in {captures}"


REQUIREMENTS: dict[str, Problem] = {
    "requires_perf": perf_problem,
    "requires_cc": compiler_problem,
    "requires_cxx": cxx_compiler_problem,
    "requires_chromium": chromium_problem,
    "requires_valgrind": valgrind_problem,
    "requires_heaptrack": heaptrack_problem,
    "requires_tcpdump": tcpdump_problem,
    "requires_shared": shared_problem,
}


def command_failure(command: Sequence[str]) -> str | None:
    """Run a command; None if it ended well, else the command and its last words."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE_SECONDS,
            check=False,
            text=True,
            errors="replace",
        )
    except OSError as error:
        return f"`{command[0]}` cannot be run ({error.strerror})"
    except subprocess.TimeoutExpired:
        return f"`{command[0]}` did not end within {PATIENCE_SECONDS} s"
    if done.returncode == 0:
        return None
    words = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    last = words[-1] if words else "it said nothing"
    return f"`{' '.join(command[:2])}` exits with {done.returncode}: {last}"
