"""Our massif reader against ms_print, which comes with valgrind."""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.readers.massif import READER
from slonana_analysis.stats.paired import trimmed_mean_interval

_REPEATS = {"smoke": 3, "quick": 5, "full": 11}
_BYTES = {"smoke": 2_000_000, "quick": 24_000_000, "full": 96_000_000}
_EDGE = re.compile(r"(?m)^(?=#-----------\nsnapshot=)")


def compare_massif_readers(preset: str) -> Iterator[dict[str, object]]:
    """Yield the entry for reading a massif file into tables against printing it.

    The file is made of the detailed snapshots of the recorded capture, numbered anew.
    """
    if shutil.which("ms_print") is None:
        print("massif readers: ms_print is not installed (package valgrind)", file=sys.stderr)
        return
    print("massif readers …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "massif.out"
        size = _write(file, _BYTES[preset])
        _ours(file)
        ours, theirs = [], []
        for _ in range(_REPEATS[preset]):
            ours.append(_ours(file))
            theirs.append(_theirs(file))
    interval = trimmed_mean_interval(np.log(theirs) - np.log(ours))
    yield {
        "name": "massif reader, file to tables with call paths and a loss ledger",
        "other": "ms_print, file to text",
        "ratio": float(np.exp(interval.estimate)),
        "low": float(np.exp(interval.low)),
        "high": float(np.exp(interval.high)),
        "ours": float(size / np.median(ours)),
        "theirs": float(size / np.median(theirs)),
        "unit": "bytes/s",
        "equal_work": False,
    }


def _write(file: Path, size: int) -> int:
    text = recorded_capture("massif-pipeline").main.read_text(encoding="utf-8")
    head, *blocks = _EDGE.split(text)
    trees = [block for block in blocks if "heap_tree=empty" not in block]
    detailed = [block.replace("heap_tree=peak", "heap_tree=detailed") for block in trees]
    written = number = 0
    with file.open("w", encoding="utf-8") as stream:
        stream.write(head)
        while written < size:
            # The first round keeps the peak, which ms_print asks for.
            block = (trees if number < len(trees) else detailed)[number % len(trees)]
            written += stream.write(re.sub(r"snapshot=\d+", f"snapshot={number}", block, count=1))
            number += 1
    return file.stat().st_size


def _ours(file: Path) -> float:
    start = time.perf_counter()
    with file.open("rb") as stream:
        READER.read(stream, "bench")
    return time.perf_counter() - start


def _theirs(file: Path) -> float:
    start = time.perf_counter()
    # It warns of every snapshot before the peak.
    quiet = subprocess.DEVNULL
    subprocess.run(["ms_print", str(file)], stdout=quiet, stderr=quiet, check=True)
    return time.perf_counter() - start
