"""Our ``perf script`` reader against the collapse that most tools do."""

import gzip
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.readers.perf_script import READER
from slonana_analysis.stats.paired import trimmed_mean_interval

_REPEATS = {"smoke": 3, "quick": 7, "full": 15}
_MEGABYTES = {"smoke": 4, "quick": 32, "full": 160}
_HEADER = re.compile(rb"^(?P<comm>.+?)\s+\d+(?:/\d+)?\s.*?(?P<period>\d+)?\s+\S+:\S*\s*$")
_FRAME = re.compile(rb"^\s+[0-9a-f]+\s+(?P<symbol>.+?)(?:\+0x[0-9a-f]+)?\s+\(.*\)$")
# What stands in symbols of C++ that is built of templates, about 200 bytes of it.
_TEMPLATE = (
    "std::_Rb_tree<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >,"
    " std::pair<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
    " const, type_{}> >::_M_insert_{}"
)


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
    """Yield the entries for reading texts into tables against collapsing them."""
    print("perf script readers …", file=sys.stderr, flush=True)
    recorded = gzip.decompress(recorded_capture("perf-pipeline").main.read_bytes())
    texts = {
        "a recorded C program": recorded,
        "long C++ names": _long_names(np.random.default_rng(1)),
    }
    for subject, text in texts.items():
        copies = -(-_MEGABYTES[preset] * 1_000_000 // len(text))
        yield _compared(subject, text * copies, _REPEATS[preset])


def _compared(subject: str, text: bytes, repeats: int) -> dict[str, object]:
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "perf.script.txt"
        path.write_bytes(text)
        # The first pass compiles, and brings the file into memory for both.
        _seconds(_read, path)
        for _ in range(repeats):
            ours.append(_seconds(_read, path))
            theirs.append(_seconds(collapse, path))
    interval = trimmed_mean_interval(np.log(theirs) - np.log(ours))
    return {
        "name": f"perf script reader, into tables with a loss ledger: {subject}",
        "other": "line-by-line collapse in Python, stacks joined to text, no tables",
        "ratio": float(np.exp(interval.estimate)),
        "low": float(np.exp(interval.low)),
        "high": float(np.exp(interval.high)),
        "ours": float(len(text) / np.median(ours)),
        "theirs": float(len(text) / np.median(theirs)),
        "unit": "bytes/s",
        "equal_work": False,
    }


def _read(stream: BinaryIO) -> object:
    return READER.read(stream, "bench")


def _seconds(read: Callable[[BinaryIO], object], path: Path) -> float:
    start = time.perf_counter()
    with path.open("rb") as stream:
        read(stream)
    return time.perf_counter() - start


def _long_names(numbers: np.random.Generator) -> bytes:
    """Return 2,000 samples of up to 30 frames, with 3,000 distinct places in 300 functions."""
    lines = []
    for sample in range(2000):
        lines.append(f"worker {sample % 4 + 100:5d} {sample / 999:11.6f}:    1001001 cpu-clock: ")
        for depth in range(int(numbers.integers(8, 30))):
            # Callers differ less than callees, as in a real program.
            place = int(numbers.integers(0, 3000 >> min(depth // 2, 10)))
            name = _TEMPLATE.format(place % 300, place % 300)
            lines.append(f"\t{0x400000 + 16 * place:16x} {name}+0x{place:x} (/opt/demo/worker)")
        lines.append("")
    return "".join(f"{line}\n" for line in lines).encode()
