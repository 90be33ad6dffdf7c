"""Our ``perf.data`` reader in a fresh process against ``perf script`` into a collapse script."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from slonana_analysis.readers.registry import read_profile
from slonana_analysis.stats.paired import trimmed_mean_interval

_REPEATS = {"smoke": 3, "quick": 3, "full": 5}
# Seconds of four threads at 20,000 samples a second each.
_SECONDS = {"smoke": 1, "quick": 3, "full": 7}
_THREADS = 4
_NAME = "perf.data reader, fresh process to tables with symbols and a loss ledger"
_CLASSIC = "stackcollapse-perf.pl"
_READ = (
    "import sys; from slonana_analysis.readers.registry import read_profile as r; r(sys.argv[1])"
)
_COLLAPSE = (
    "import sys; from benchmarks.perf_text import collapse; print(len(collapse(sys.stdin.buffer)))"
)
_ROOT = Path(__file__).resolve().parent.parent
_PROGRAM = r"""
#include <chrono>
#include <cstdlib>
#include <map>
#include <regex>
#include <string>
#include <thread>
#include <vector>
using Table = std::map<std::string, std::vector<int>>;
__attribute__((noinline)) int descend(int depth, Table &table, unsigned &random) {
  if (depth) return descend(depth - 1, table, random) + 1;
  random = random * 1664525u + 1013904223u;
  auto &values = table[std::to_string(random % 1000)];
  values.push_back(random >> 8);
  if (values.size() > 500) values.clear();
  return int(table.size());
}
static void work(double seconds, unsigned random) {
  std::regex pattern("([a-z]+)([0-9]+)_(foo|bar)*x?");
  Table table;
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()
       < seconds; i++) {
    std::smatch match;
    std::string text = "abc" + std::to_string(i) + "_foobarfoox";
    std::regex_match(text, match, pattern);
    descend(10 + i % 25, table, random);
  }
}
int main(int, char **arguments) {
  std::vector<std::thread> threads;
  for (int i = 0; i < atoi(arguments[2]); i++) threads.emplace_back(work, atof(arguments[1]), i);
  for (auto &thread : threads) thread.join();
}
"""


def compare_perf_data_readers(preset: str) -> Iterator[dict[str, object]]:
    """Yield the entry for a recording made here, of a C++ program with deep stacks."""
    print("perf.data readers …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "perf.data"
        missing = _record(target, _SECONDS[preset])
        if missing:
            yield {"name": _NAME, "other": "perf script --no-inline", "not_measured": missing}
            return
        yield _compared(target, _REPEATS[preset])


def _record(target: Path, seconds: int) -> str:
    """Record the program; return why that cannot be done, empty if it was."""
    compiler, perf = shutil.which(os.environ.get("CXX", "c++")), shutil.which("perf")
    if compiler is None or perf is None:
        absent = "a C++ compiler (g++)" if compiler is None else "perf (linux-perf)"
        return f"{absent} is not installed"
    program = target.with_name("descend")
    command = [compiler, "-O1", "-fno-omit-frame-pointer", "-x", "c++", "-", "-lpthread"]
    subprocess.run([*command, "-o", str(program)], input=_PROGRAM.encode(), check=True)
    options = ["-q", "-F", "20000", "-g", "-e", "cpu-clock:u", "--no-buildid-cache"]
    done = subprocess.run(
        [perf, "record", *options, "-o", str(target), "--", program, str(seconds), str(_THREADS)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().partition("\n")[0] if done.returncode else ""


def _compared(target: Path, repeats: int) -> dict[str, object]:
    samples = len(read_profile(target).samples)
    classic = shutil.which(_CLASSIC)
    collapse = [classic] if classic else [sys.executable, "-c", _COLLAPSE]
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(_seconds([sys.executable, "-c", _READ, str(target)]))
        theirs.append(_seconds(collapse, ["perf", "script", "--no-inline", "-i", str(target)]))
    interval = trimmed_mean_interval(np.log(theirs) - np.log(ours))
    return {
        "name": f"{_NAME}: {samples} samples",
        "other": f"perf script --no-inline | {_CLASSIC if classic else 'collapse in Python'}",
        "ratio": float(np.exp(interval.estimate)),
        "low": float(np.exp(interval.low)),
        "high": float(np.exp(interval.high)),
        "ours": float(samples / np.median(ours)),
        "theirs": float(samples / np.median(theirs)),
        "unit": "samples/s",
        "equal_work": False,
    }


def _seconds(command: list[str], source: list[str] | None = None) -> float:
    """Return how long a command takes, fed by another one's output if there is one."""
    start = time.perf_counter()
    if source is None:
        subprocess.run(command, check=True, cwd=_ROOT)
        return time.perf_counter() - start
    with subprocess.Popen(source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as printing:
        subprocess.run(
            command, stdin=printing.stdout, stdout=subprocess.DEVNULL, check=True, cwd=_ROOT
        )
    return time.perf_counter() - start
