"""Where a launch runs, and that it never outlives the harness that asked for it."""

import ctypes
import os
import signal
import sys
from pathlib import Path

UNPINNED = -1
"""Stands for a processor where a process is free to move."""

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
_PROCESSOR_FIELD = 38  # proc_pid_stat(5) counts from 1, after the name come fields 3 and on


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends.

    Linux only; elsewhere nothing happens, and a launch whose harness was killed ends by itself.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def stay_on_this_cpu() -> int:
    """Pin the calling thread, and what it starts, to the processor it is running on.

    By the time a launch has imported everything, the scheduler has had a second to find it a quiet
    processor; that choice is better than a fixed number, and differs between launches as it should.

    Returns
    -------
    int
        The processor; ``UNPINNED`` where the system cannot pin a process.
    """
    if not hasattr(os, "sched_setaffinity"):
        return UNPINNED
    cpu = _current_cpu(Path("/proc/thread-self/stat").read_text("utf-8"))
    os.sched_setaffinity(0, {cpu})
    return cpu


def _current_cpu(stat: str) -> int:
    """Return the processor from a ``stat`` file, whose second field may hold anything."""
    return int(stat.rpartition(")")[2].split()[_PROCESSOR_FIELD - 2])
