"""Measures ours against others' side by side and writes ``bench.json``.

Every entry is a ratio of two things timed in turn in one run on one machine; above 1 ours is
faster. ``equal_work`` says whether both compute the same; where they do not, the name says what
the other leaves out.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.perf_text import compare_perf_readers
from slonana_analysis.compare.verdicts import judge
from slonana_analysis.experiments.running import measure_experiment, measured_machine

OUTPUT = Path(__file__).resolve().parent.parent / "bench.json"


def main() -> int:
    """Measure everything and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=("smoke", "quick", "full"), default="quick")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    entries = [
        *_kernel_entries(arguments.preset),
        *compare_perf_readers(arguments.preset),
    ]
    arguments.output.write_text(json.dumps(entries, indent=2) + "\n")
    for entry in entries:
        print(
            f"{entry['name']} against {entry['other']}: {entry['ratio']:.2f} "
            f"({entry['low']:.2f} to {entry['high']:.2f})"
        )
    print(arguments.output)
    return 0


def _kernel_entries(preset: str) -> Iterator[dict[str, object]]:
    print("inference kernels …", file=sys.stderr, flush=True)
    machine, _ = measured_machine()
    verdicts = judge(measure_experiment("ml_inference", machine, preset))
    measured = verdicts[np.isfinite(verdicts["estimate"]) & (verdicts["variant"] == "numba")]
    for row in measured.to_dict(orient="records"):
        # A verdict says how much longer ours takes; a ratio says how often ours fits into theirs.
        yield {
            "name": f"{json.loads(row['parameters'])['kernel']}, numba",
            "other": row["baseline"],
            "ratio": 1 / (1 + row["estimate"]),
            "low": 1 / (1 + row["high"]),
            "high": 1 / (1 + row["low"]),
            "ours": row["value"],
            "theirs": row["baseline_value"],
            "unit": row["unit"],
            "equal_work": True,
        }


if __name__ == "__main__":
    sys.exit(main())
