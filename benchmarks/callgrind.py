"""Our callgrind reader against callgrind_annotate and a reader line by line in Python."""

import gzip
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.readers.callgrind import READER
from slonana_analysis.stats.paired import trimmed_mean_interval

# callgrind_annotate reads a few MB/s, so it gets fewer turns.
_REPEATS = {"smoke": 3, "quick": 5, "full": 9}
_MEGABYTES = {"smoke": 2, "quick": 24, "full": 56}
_ANNOTATE_REPEATS = 3
_NAME = re.compile(r"\((\d+)\)\s*(.*)")


def repeated(text: bytes, size: int) -> bytes:
    """Return a file of about ``size`` bytes: the recorded body many times, its sums adjusted."""
    begin = text.index(b"\n\n", text.index(b"\nevents:")) + 2
    end = text.rindex(b"totals:")
    body = text[begin:end]
    times = max(round(size / len(body)), 1)
    sums = [int(cost) * times for cost in text[end:].split()[1:]]
    head = re.sub(rb"(?m)^summary:.*\n", b"", text[:begin])
    return head + body * times + b"totals: " + b" ".join(b"%d" % cost for cost in sums) + b"\n"


def line_by_line(path: Path) -> Counter[tuple[str, str]]:
    """Sum the first event by caller and callee and by function: what simple converters do."""
    costs: Counter[tuple[str, str]] = Counter()
    names: dict[str, str] = {}
    function = called = ""
    call = False
    with path.open() as stream:
        for line in stream:
            if line[0] in "0123456789+-*":
                words = line.split()
                costs[function, called if call else ""] += int(words[1]) if len(words) > 1 else 0
                call = False
            elif line.startswith(("fn=", "cfn=")):
                key, _, value = line.rstrip("\n").partition("=")
                match = _NAME.match(value)
                name = names.setdefault(match[1], match[2]) if match else value
                if key == "fn":
                    function = name
                else:
                    called = name
            elif line.startswith("calls="):
                call = True
    return costs


def compare_callgrind_readers(preset: str) -> Iterator[dict[str, object]]:
    """Yield the entries for reading one file into tables with edges, against others' readers."""
    print("callgrind readers …", file=sys.stderr, flush=True)
    recorded = gzip.decompress(recorded_capture("callgrind-pipeline").main.read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "callgrind.out"
        path.write_bytes(repeated(recorded, _MEGABYTES[preset] << 20))
        _read(path)
        times = _REPEATS[preset]
        yield _entry(path, times, "line by line in Python, no source lines", line_by_line)
        if shutil.which("callgrind_annotate"):
            times = min(times, _ANNOTATE_REPEATS)
            yield _entry(path, times, "callgrind_annotate, prints functions", _annotate)


def _entry(
    path: Path, times: int, other: str, opponent: Callable[[Path], object]
) -> dict[str, object]:
    ours, theirs = [], []
    for _ in range(times):
        ours.append(_seconds(_read, path))
        theirs.append(_seconds(opponent, path))
    interval = trimmed_mean_interval(np.log(theirs) - np.log(ours))
    size = path.stat().st_size
    return {
        "name": "callgrind reader, into tables with edges and a loss ledger",
        "other": other,
        "ratio": float(np.exp(interval.estimate)),
        "low": float(np.exp(interval.low)),
        "high": float(np.exp(interval.high)),
        "ours": float(size / np.median(ours)),
        "theirs": float(size / np.median(theirs)),
        "unit": "bytes/s",
        "equal_work": False,
    }


def _read(path: Path) -> None:
    with path.open("rb") as stream:
        READER.read(stream, str(path))


def _annotate(path: Path) -> None:
    subprocess.run(
        ["callgrind_annotate", "--auto=no", path.name],
        cwd=path.parent,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _seconds(read: Callable[[Path], object], path: Path) -> float:
    start = time.perf_counter()
    read(path)
    return time.perf_counter() - start
