"""Feeds readers broken files in processes of their own, and lists crashes, hangs and lies.

``python -m tests.fuzz.campaign --inputs 10000`` does so for every reader (``make fuzz``).
"""

import argparse
import json
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from slonana_analysis.readers.registry import readers
from tests.fuzz.corpus import samples

PATIENCE_SECONDS = 10.0
# Until the first input: imports, and compiling what no cache holds yet.
_START_SECONDS = 300.0
_MOST_FINDINGS = 20


@dataclass(frozen=True)
class Finding:
    """What went wrong with one input: ``mutated(sample, seed)`` makes it again."""

    reader: str
    sample: str
    seed: int
    problem: str

    def __str__(self) -> str:
        return f"{self.reader}: {self.sample} with seed {self.seed}: {self.problem}"


def campaign(reader: str, inputs: int, first: int = 0) -> list[Finding]:
    """Break the samples of a reader ``inputs`` times, and return what went wrong.

    Parameters
    ----------
    reader : str
        Name of a reader that has a sample.
    inputs : int
        How many files to break.
    first : int
        Seed of the first.
    """
    findings: list[Finding] = []
    seed, end = first, first + inputs
    while seed < end and len(findings) < _MOST_FINDINGS:
        for finding, reached in _work(reader, seed, end - seed):
            seed = reached + 1
            if finding is not None:
                findings.append(finding)
    return findings


def _work(reader: str, first: int, count: int) -> Iterator[tuple[Finding | None, int]]:
    """Give findings, with the seed they are of, until the worker ends or must be ended."""
    command = [sys.executable, "-m", "tests.fuzz.worker", reader, str(first), str(count)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    ) as worker:
        seed, sample = first, "before the first input"
        while True:
            begun = sample != "before the first input"
            line = _line(worker, PATIENCE_SECONDS if begun else _START_SECONDS)
            if line is None:
                worker.kill()
                yield Finding(reader, sample, seed, "nothing happened for 10 s"), seed
                return
            if not line:
                # Without a first input there is no second try either.
                yield (
                    Finding(reader, sample, seed, _death(worker)),
                    seed if begun else first + count,
                )
                return
            said = json.loads(line)
            if "done" in said:
                yield None, first + count
                return
            seed, sample = said["seed"], said["sample"]
            if "problem" in said:
                yield Finding(reader, sample, seed, said["problem"]), seed


def _line(worker: "subprocess.Popen[bytes]", seconds: float) -> bytes | None:
    """Return the worker's next line, empty at its end; None if it says nothing for so long."""
    assert worker.stdout is not None
    # Unbuffered, or select would not see what lies in the buffer.
    ready, _, _ = select.select([worker.stdout], [], [], seconds)
    return worker.stdout.readline() if ready else None


def _death(worker: "subprocess.Popen[bytes]") -> str:
    assert worker.stderr is not None
    last = worker.stderr.read().decode(errors="replace").strip().splitlines()[-1:]
    return f"the process ended with {worker.wait()}: {' '.join(last)}"


def main() -> int:
    """Fuzz the readers named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first input")
    parser.add_argument("readers", nargs="*", help="readers (default: every one with a sample)")
    arguments = parser.parse_args()
    sampled = {sample.reader for sample in samples()}
    failed = False
    for reader in arguments.readers or sorted(sampled):
        findings = campaign(reader, arguments.inputs, arguments.first)
        failed = failed or bool(findings)
        print(f"{reader}: {arguments.inputs} broken files, {len(findings)} findings", flush=True)
        for finding in findings:
            print(f"  {finding}", flush=True)
    for reader in sorted(set(readers()) - sampled):
        print(f"{reader}: not fuzzed, it has no sample")
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
