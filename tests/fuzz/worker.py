"""Reads one broken file after the other and says what is wrong; killed by whoever started it.

Before each input its seed is printed, so that the parent knows which one crashed or hung.
"""

import argparse
import io
import json
import resource
import sys
import warnings
from pathlib import Path

from slonana_analysis.errors import SlonanaError
from slonana_analysis.model.profile import Profile
from slonana_analysis.model.reading import Reading
from slonana_analysis.readers.registry import read_file
from tests.fuzz.corpus import Sample, samples
from tests.fuzz.invariants import problems
from tests.fuzz.mutations import mutated

# Beyond what the process takes before the first input.
_MEMORY = 3 << 30
# Formats in which one packet or field follows the other, so that an end between two looks whole.
_BINARY_SEQUENCES = frozenset({"pcap", "pcapng", "pprof"})


def main() -> None:
    """Work through the seeds given on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("reader")
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    warnings.simplefilter("error")
    corpus = [sample for sample in samples(arguments.reader) if len(sample.text) > 1]
    whole = [_read(sample.text, sample.reader) for sample in corpus]
    _bound_memory()
    for seed in range(arguments.first, arguments.first + arguments.count):
        # Small files are broken more often: most of what can go wrong needs no large one.
        place = min(seed % len(corpus), seed // len(corpus) % len(corpus))
        _say(seed=seed, sample=corpus[place].path.name)
        for problem in _examined(corpus[place], whole[place], seed):
            _say(seed=seed, sample=corpus[place].path.name, problem=problem)
    _say(done=True)


def _bound_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY, resource.RLIM_INFINITY))


def _say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _read(text: bytes, reader: str) -> Reading:
    return read_file(io.BytesIO(text), reader)


def _examined(sample: Sample, whole: Reading, seed: int) -> list[str]:
    broken, only_cut = mutated(sample.text, seed)
    try:
        reading = _read(broken, sample.reader)
    except SlonanaError as error:
        return [] if str(error).strip() and "\n" not in str(error) else [f"bad error: {error!r}"]
    except Exception as error:  # noqa: BLE001  # anything else is what is looked for
        return [f"{type(error).__name__}: {error}"]
    found = problems(reading, len(broken))
    if only_cut:
        found += _cut_problems(sample, whole, reading, broken)
    return found


def _cut_problems(sample: Sample, whole: Reading, part: Reading, broken: bytes) -> list[str]:
    """Return where the beginning of a file claims to be whole, or to hold more than the file."""
    found = []
    undecidable = broken.endswith(b"\n") or sample.reader in _BINARY_SEQUENCES
    complete = part.loss.records == whole.loss.records
    if not part.loss.truncated and not undecidable and not complete:
        found.append("cut, and not called truncated")
    if part.loss.records > whole.loss.records:
        found.append(f"{part.loss.records} records in a part, {whole.loss.records} in the whole")
    if isinstance(part, Profile) and isinstance(whole, Profile) and not len(whole.snapshots):
        found += _heavier(part, whole)
    return found


def _heavier(part: Profile, whole: Profile) -> list[str]:
    """Return the events that weigh more in the part; sums over time can only grow."""
    totals = [
        profile.samples.groupby("event", observed=False)["weight"].sum().to_dict()
        for profile in (part, whole)
    ]
    return [
        f"{event} weighs {weight} in a part, {totals[1].get(event, 0)} in the whole"
        for event, weight in totals[0].items()
        if weight > totals[1].get(event, 0)
    ]


if __name__ == "__main__":
    main()
