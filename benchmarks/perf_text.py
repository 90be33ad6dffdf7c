"""Our ``perf script`` reader against the collapse that most tools do."""

import gzip
import io
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.readers.perf_script import READER
from slonana_analysis.stats.paired import trimmed_mean_interval

_REPEATS = {"smoke": 3, "quick": 7, "full": 15}
_COPIES = {"smoke": 5, "quick": 40, "full": 200}
_HEADER = re.compile(rb"^(?P<comm>.+?)\s+\d+(?:/\d+)?\s.*?(?P<period>\d+)?\s+\S+:\S*\s*$")
_FRAME = re.compile(rb"^\s+[0-9a-f]+\s+(?P<symbol>.+?)(?:\+0x[0-9a-f]+)?\s+\(.*\)$")


def collapse(stream: BinaryIO) -> Counter[bytes]:
    """Sum periods per joined stack: what the well-known collapse scripts do, one line at a time."""
    totals: Counter[bytes] = Counter()
    stack: list[bytes] = []
    name, period = b"", 1
    for line in stream:
        if frame := _FRAME.match(line):
            stack.append(frame["symbol"])
        elif line == b"\n":
            totals[b";".join([name, *reversed(stack)])] += period
            stack = []
        elif header := _HEADER.match(line):
            name, period = header["comm"], int(header["period"] or 1)
    return totals


def compare_perf_readers(preset: str) -> Iterator[dict[str, object]]:
    """Yield the entry for reading one text into tables against collapsing it."""
    print("perf script readers …", file=sys.stderr, flush=True)
    recorded = gzip.decompress(recorded_capture("perf-pipeline").main.read_bytes())
    text = recorded * _COPIES[preset]
    ours, theirs = [], []
    for _ in range(_REPEATS[preset]):
        ours.append(_seconds(lambda stream: READER.read(stream, "bench"), text))
        theirs.append(_seconds(collapse, text))
    interval = trimmed_mean_interval(np.log(theirs) - np.log(ours))
    yield {
        "name": "perf script reader, into tables with a loss ledger",
        "other": "line-by-line collapse in Python, stacks joined to text, no tables",
        "ratio": float(np.exp(interval.estimate)),
        "low": float(np.exp(interval.low)),
        "high": float(np.exp(interval.high)),
        "ours": float(len(text) / np.median(ours)),
        "theirs": float(len(text) / np.median(theirs)),
        "unit": "bytes/s",
        "equal_work": False,
    }


def _seconds(read: Callable[[BinaryIO], object], text: bytes) -> float:
    start = time.perf_counter()
    read(io.BytesIO(text))
    return time.perf_counter() - start
