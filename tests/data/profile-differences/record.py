"""Records the captures that the tests of profile differences judge: same workload, and 5 % slower.

Ten pairs of groups of five captures each; a round of a pair takes one capture of A, one of B (the
very same command) and one of S (`score` does 5 % more work), in random order. What remains is how
many samples each call stack has in each capture: ``captures.npz``. What happens in the kernel is
one frame, for its thousands of paths say nothing here. Needs gcc and perf:

    python tests/data/profile-differences/record.py
"""

import random
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from slonana_analysis.model.profile import Profile
from slonana_analysis.readers.registry import read_profile

HERE = Path(__file__).parent
PAIRS, CAPTURES, ROUNDS, EXTRA_PERCENT, FREQUENCY = 10, 5, 16_000, 5, 39_989
SIDES = {"A": 0, "B": 0, "S": EXTRA_PERCENT}
KERNEL = "kernel@[kernel.kallsyms]"
FLAGS = ("-std=c11", "-O2", "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls")


def main() -> None:
    """Record everything and write the table."""
    order = random.Random(1)
    found: list[tuple[int, str, Counter[str]]] = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        program = scratch / "workload"
        subprocess.run(["gcc", *FLAGS, "-o", program, HERE / "workload.c"], check=True)
        for pair in range(PAIRS):
            for _ in range(CAPTURES):
                for side in order.sample(sorted(SIDES), len(SIDES)):
                    profile = record(program, SIDES[side], scratch)
                    found.append((pair, side, stacks_of(profile)))
                    print(pair, side, sum(found[-1][2].values()), flush=True)
    stacks = sorted(set().union(*(counts for _, _, counts in found)))
    np.savez_compressed(
        HERE / "captures.npz",
        pair=np.array([pair for pair, _, _ in found], np.int8),
        side=np.array([side for _, side, _ in found]),
        stacks=np.array(stacks),
        samples=np.array([[counts[stack] for stack in stacks] for _, _, counts in found], np.int32),
        frequency=np.int64(FREQUENCY),
    )


def record(program: Path, extra_percent: int, scratch: Path) -> Profile:
    """Return the profile of one run of the workload."""
    data, text = scratch / "perf.data", scratch / "perf.txt"
    command = [program, str(ROUNDS), str(extra_percent)]
    sampling = ["perf", "record", "-q", "-e", "cpu-clock", "-F", str(FREQUENCY), "-g", "-o", data]
    subprocess.run([*sampling, "--", *command], check=True, capture_output=True)
    with text.open("wb") as stream:
        fields = "comm,pid,tid,time,period,event,ip,sym,dso"
        subprocess.run(["perf", "script", "-i", data, "-F", fields], check=True, stdout=stream)
    return read_profile(text)


def stacks_of(profile: Profile) -> Counter[str]:
    """Return how many samples each stack has: ``function@module``, outermost first, joined by ;."""
    function = profile.frames["function"].astype(str).tolist()
    module = profile.frames["module"].astype(str).tolist()
    paths: list[str] = []
    for parent, frame in zip(profile.nodes["parent"], profile.nodes["frame"], strict=True):
        label = f"{function[frame]}@{Path(module[frame]).name}".replace(";", ":")
        above = paths[parent] if parent >= 0 else ""
        if module[frame].startswith("[kernel"):
            label = KERNEL
        repeated = label == KERNEL and above.endswith(KERNEL)
        paths.append(above if repeated else ";".join(filter(None, (above, label))))
    return Counter(paths[node] if node >= 0 else "" for node in profile.samples["node"])


if __name__ == "__main__":
    main()
