"""Captures made of stacks that stand in the test, and simulated ones."""

import numpy as np

from slonana_analysis.model.profile import LossLedger
from slonana_analysis.readers.profile_builder import Description, ProfileBuilder

# Ten functions, so that there is a typical one.
SHARES = dict(zip("abcdefghij", (25, 20, 15, 10, 10, 5, 5, 4, 3, 3), strict=True))


def profile_of(weights, *, period=1_000_000, unit="ns", file_format="perf-script", event="clock"):
    """One capture; weights by stack, in samples."""
    builder = ProfileBuilder()
    for stack, count in weights.items():
        frames = [builder.frame(*_named(part), "", 0) for part in reversed(stack.split(";"))]
        thread, number = builder.thread(1, 1, "t"), builder.event(event)
        builder.add(builder.node(frames), thread, -1, int(count) * period, number)
    ledger = LossLedger(0, 0, builder.samples, 0, truncated=False)
    return builder.build(Description(file_format, "test", unit, ledger), "test")


def _named(text):
    function, _, module = text.partition("@")
    return function, module or "m"


def captures_of(seed, count, samples=20_000, period=1_000_000, **factors):
    """Captures of the ten functions, each share straying by 1 % between captures."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        weights = {name: share * factors.get(name, 1.0) for name, share in SHARES.items()}
        varied = np.array(list(weights.values())) * np.exp(0.01 * rng.standard_normal(len(weights)))
        counts = rng.multinomial(samples, varied / varied.sum())
        stacks = {f"main;{name}": number for name, number in zip(weights, counts, strict=True)}
        found.append(profile_of({stack: n for stack, n in stacks.items() if n}, period=period))
    return found
