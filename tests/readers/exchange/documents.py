"""Small speedscope and Firefox Profiler files, made so that tests can lie where they want."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from slonana_analysis.model.profile import Profile
from tests.readers.pprof_writer import stacks

DATA = Path(__file__).resolve().parents[2] / "data/exchange"
SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def weights(profile: Profile) -> Counter[tuple[str, ...]]:
    """Return the weight of every (thread, frame, frame ...), outermost first."""
    threads = profile.threads["name"].astype(str).tolist()
    found: Counter[tuple[str, ...]] = Counter()
    for stack, thread, weight in zip(
        stacks(profile),
        profile.samples["thread"].tolist(),
        profile.samples["weight"].tolist(),
        strict=True,
    ):
        found[threads[thread], *stack] += weight
    return found


def encoded(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def speedscope(*profiles: dict[str, Any], frames: str = "main leaf other") -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "shared": {"frames": [{"name": name} for name in frames.split()]},
        "profiles": list(profiles),
        "exporter": "a test",
    }


def sampled(samples: list[Any], weights: list[Any], **changes: Any) -> dict[str, Any]:
    total = sum(weight for weight in weights if isinstance(weight, int | float))
    return {
        "type": "sampled",
        "name": "one",
        "unit": "milliseconds",
        "startValue": 0,
        "endValue": total,
        "samples": samples,
        "weights": weights,
        **changes,
    }


def evented(events: str, **changes: Any) -> dict[str, Any]:
    """Return a profile of events written like ``O0@0 O1@2 C1@5 C0@6``."""
    made = []
    for word in events.split():
        frame, _, at = word[1:].partition("@")
        made.append({"type": word[0], "frame": int(frame), "at": float(at)})
    return {
        "type": "evented",
        "name": "two",
        "unit": "microseconds",
        "startValue": made[0]["at"] if made else 0,
        "endValue": made[-1]["at"] if made else 0,
        "events": made,
        **changes,
    }


def thread(**changes: Any) -> dict[str, Any]:
    """Return a thread with the stacks main (0), main;leaf (1) and none."""
    return {
        "name": "worker",
        "pid": "12",
        "tid": 34,
        "samples": {
            "length": 4,
            "stack": [0, 1, 1, None],
            "time": [1.5, 2.5, 3.5, 4.5],
            "weight": [1, 2, 3, 4],
            "weightType": "samples",
        },
        "stackTable": {"length": 2, "prefix": [None, 0], "frame": [0, 1]},
        "frameTable": {"length": 2, "func": [0, 1], "line": [None, 7]},
        "funcTable": {"length": 2, "name": [0, 1], "resource": [-1, 0], "fileName": [None, 2]},
        "resourceTable": {"length": 1, "lib": [0], "name": [3]},
        "stringArray": ["main", "leaf", "leaf.c", "libleaf.so"],
        **changes,
    }


def samples(**changes: Any) -> dict[str, Any]:
    """Return the samples of `thread` with some columns changed, or left out where None."""
    made = {**thread()["samples"], **changes}
    return {name: column for name, column in made.items() if column is not None}


def firefox(*threads: Any, **changes: Any) -> dict[str, Any]:
    return {
        "meta": {"version": 29, "preprocessedProfileVersion": 48, "interval": 1, "startTime": 5},
        "libs": [{"name": "libleaf.so", "path": "/lib/libleaf.so"}],
        "threads": list(threads),
        **changes,
    }
