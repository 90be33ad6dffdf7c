"""Measures ours against others' side by side and writes ``bench.json``.

Every entry is a ratio of two things timed in turn in one run on one machine; above 1 ours is
faster. ``equal_work`` says whether both compute the same; where they do not, the name says what
the other leaves out.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.callgrind import compare_callgrind_readers
from benchmarks.heaptrack import compare_heaptrack_readers
from benchmarks.kernels import compare_kernels, compare_peers
from benchmarks.massif import compare_massif_readers
from benchmarks.pcap import compare_pcap_readers
from benchmarks.perf_data import compare_perf_data_readers
from benchmarks.perf_text import compare_perf_readers
from slonana_analysis.experiments.running import measured_machine

OUTPUT = Path(__file__).resolve().parent.parent / "bench.json"


_READERS = (
    compare_perf_readers,
    compare_perf_data_readers,
    compare_callgrind_readers,
    compare_massif_readers,
    compare_heaptrack_readers,
    compare_pcap_readers,
)


def main() -> int:
    """Measure everything and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=("smoke", "quick", "full"), default="quick")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    machine, _ = measured_machine()
    entries = [
        *compare_kernels(machine, arguments.preset),
        *compare_peers(machine, arguments.preset),
        *(entry for compare in _READERS for entry in compare(arguments.preset)),
    ]
    arguments.output.write_text(json.dumps(entries, indent=2) + "\n")
    for entry in entries:
        print(f"{entry['name']} against {entry['other']}: {_result(entry)}")
    print(arguments.output)
    return 0


def _result(entry: Mapping[str, object]) -> str:
    """Return a ratio with its interval, or why there is none."""
    if "not_measured" in entry:
        return f"not measured, {entry['not_measured']}"
    return f"{entry['ratio']:.2f} ({entry['low']:.2f} to {entry['high']:.2f})"


if __name__ == "__main__":
    sys.exit(main())
