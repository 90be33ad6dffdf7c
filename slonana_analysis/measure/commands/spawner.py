"""A process that starts commands and says what they used; run as a file, imported by nobody.

``python -I -S spawner.py quiet|show COUNT WORD… COUNT WORD…``: the commands, each preceded by the
number of its words. Prints ``ready PEAK_KIB``, then reads a command's number per line and answers
each with ``started PID`` and ``ended WALL_NS USER_US SYSTEM_US PEAK_KIB STATUS``, or with
``refused MESSAGE``.

It is a process of its own because of peak memory: Linux counts the memory of whoever starts a
command into the command's own peak (exec keeps the larger of both), and an interpreter that has
read tables is larger than most commands. This one imports next to nothing; what it needs all the
same, 8 MiB or so, it says first: no command's peak below that can be seen.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence

_OUT, _ERR = 1, 2


def main() -> None:
    """Serve until standard input ends."""
    mode, *words = sys.argv[1:]
    commands = _commands(words)
    # Commands inherit neither this nor standard input: theirs is empty.
    answers = os.fdopen(os.dup(_OUT), "w", buffering=1)
    out: tuple[object, ...] = (os.POSIX_SPAWN_DUP2, _ERR, _OUT)
    if mode == "quiet":
        out = (os.POSIX_SPAWN_OPEN, _OUT, os.devnull, os.O_WRONLY, 0)
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), out]
    answers.write(f"ready {_own_peak()}\n")
    for line in sys.stdin:
        _serve(commands[int(line)], actions, answers.write)


def _commands(words: list[str]) -> list[list[str]]:
    commands = []
    while words:
        count, words = int(words[0]), words[1:]
        commands.append(words[:count])
        words = words[count:]
    return commands


def _own_peak() -> int:
    """Return this program's own peak, KiB; its ``ru_maxrss`` would be that of who started it."""
    with open("/proc/self/status") as status:  # noqa: PTH123  # pathlib is half a megabyte
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def _serve(
    command: list[str],
    actions: Sequence[tuple[object, ...]],
    answer: Callable[[str], object],
) -> None:
    start = time.monotonic_ns()
    try:
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions, setpgroup=0)
    except OSError as error:
        answer(f"refused {error.strerror}\n")
        return
    answer(f"started {child}\n")
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic_ns() - start
    times = f"{round(usage.ru_utime * 1e6)} {round(usage.ru_stime * 1e6)}"
    answer(f"ended {wall} {times} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    main()
