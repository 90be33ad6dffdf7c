"""Our heaptrack reader against heaptrack_print, both from the packed file."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.readers.registry import read_profile
from slonana_analysis.readers.source import open_source
from slonana_analysis.stats.paired import trimmed_mean_interval

_REPEATS = {"smoke": 3, "quick": 5, "full": 11}
_COPIES = {"smoke": 4, "quick": 60, "full": 250}


def compare_heaptrack_readers(preset: str) -> Iterator[dict[str, object]]:
    """Yield the entry for reading a recording into tables against printing its summary.

    The recording is the recorded capture with its events played several times over.
    """
    if shutil.which("heaptrack_print") is None:
        print("heaptrack readers: heaptrack_print is not installed", file=sys.stderr)
        return
    print("heaptrack readers …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "heaptrack.zst"
        size = _write(file, _COPIES[preset])
        _ours(file)
        ours, theirs = [], []
        for _ in range(_REPEATS[preset]):
            ours.append(_ours(file))
            theirs.append(_theirs(file))
    interval = trimmed_mean_interval(np.log(theirs) - np.log(ours))
    yield {
        "name": "heaptrack reader, packed file to tables with memory over time by call path",
        "other": "heaptrack_print without its reports, packed file to a summary",
        "ratio": float(np.exp(interval.estimate)),
        "low": float(np.exp(interval.low)),
        "high": float(np.exp(interval.high)),
        "ours": float(size / np.median(ours)),
        "theirs": float(size / np.median(theirs)),
        "unit": "bytes/s",
        "equal_work": False,
    }


def _write(file: Path, copies: int) -> int:
    """Write the recording packed with zstd; return its size unpacked."""
    with open_source(recorded_capture("heaptrack-pipeline").main) as source:
        lines = source.stream.read().splitlines(keepends=True)
    tables = [line for line in lines if line[:1] not in b"+-cR#"]
    events = [line for line in lines if line[:1] in b"+-"]
    end = [line for line in lines if line[:1] == b"#"]
    # Definitions go first, so that the events may be repeated behind them.
    text = b"".join([*tables, *events * copies, *end])
    packed = subprocess.run(
        ["zstd", "--quiet", "-3", "--stdout"], input=text, stdout=subprocess.PIPE, check=True
    )
    file.write_bytes(packed.stdout)
    return len(text)


def _ours(file: Path) -> float:
    start = time.perf_counter()
    read_profile(file, "heaptrack")
    return time.perf_counter() - start


def _theirs(file: Path) -> float:
    start = time.perf_counter()
    command = ["heaptrack_print", "-p0", "-a0", "-T0", "-l0", str(file)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start
