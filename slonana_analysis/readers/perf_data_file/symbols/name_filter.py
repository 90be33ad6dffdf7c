"""C++ and Rust names out of ``c++filt``: one process for many names, with bounded memory and time.

A demangled name may be exponentially longer than its mangled one, and libiberty's parser may take
exponential time: a truncated name of LLVM itself kept ``__cxa_demangle`` busy for ten minutes. A
process of its own can be stopped; a call through ctypes cannot.

References
----------
binutils, ``c++filt(1)``: ``-p`` leaves parameters out, ``-i`` library details.
"""

import resource
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

_MEMORY_BYTES = 1 << 30
_SECONDS = 3
_LONGEST = 65536
# A name at which the process ends is left as it is and the rest tried again, so often.
_ATTEMPTS = 2


@cache
def program() -> str | None:
    """Return the path of ``c++filt``, None where it is not installed."""
    return shutil.which("c++filt")


def filtered(names: Sequence[bytes]) -> list[bytes]:
    """Return names as ``c++filt -p`` prints them, which is how perf prints them.

    Parameters
    ----------
    names : sequence of bytes
        Mangled names.

    Returns
    -------
    list of bytes
        One for each; the mangled one where it cannot be demangled.
    """
    results = list(names)
    asked = [place for place, name in enumerate(names) if _is_one_word(name)]
    path = program()
    for _ in range(_ATTEMPTS if path else 0):
        if not asked:
            break
        questions = [_without_version(names[place]) for place in asked]
        answers = _answers(str(path), questions)
        for place, question, answer in zip(asked, questions, answers, strict=False):
            if answer != question:
                results[place] = answer
        asked = asked[len(answers) + 1 :]
    return results


def _is_one_word(name: bytes) -> bool:
    return len(name) <= _LONGEST and not any(space in name for space in b" \n\r\0")


def _without_version(name: bytes) -> bytes:
    return name.partition(b"@")[0]


def _answers(path: str, names: list[bytes]) -> list[bytes]:
    """Return the names that were demangled before the process ended or was stopped."""
    try:
        process = subprocess.Popen(
            [path, "-p", "-i"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return []
    with process:
        output = _output(process, b"".join(name + b"\n" for name in names))
    return output.split(b"\n")[:-1][: len(names)]


def _output(process: subprocess.Popen[bytes], text: bytes) -> bytes:
    try:
        resource.prlimit(process.pid, resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        return process.communicate(text, timeout=_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]
    except OSError:
        process.kill()
        return b""
