"""What differs between the environments of two runs, and whether a gate may rest on the runs.

Processors are part of a run's identity: a ratio to the frozen kernel on one of them and such a
ratio on another differ by how much each likes the subject, which is no change of the subject.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import pandas as pd

from slonana_analysis.model.run import RunManifest

COLUMNS = ("fact", "a", "b")

# What the machine was doing, and what moves from minute to minute: no part of how it is set up.
_VOLATILE = ("activity.", "memory_available_bytes", "clock_step_ns")


@dataclass(frozen=True)
class Comparability:
    """Whether two runs may decide anything together.

    Attributes
    ----------
    gated : bool
        Whether a gate may rest on the comparison.
    reasons : tuple of str
        Clauses a reader must know; the first says why there is no gate, if there is none.
    """

    gated: bool
    reasons: tuple[str, ...]


def environment_difference(a: Mapping[str, object], b: Mapping[str, object]) -> pd.DataFrame:
    """Return the facts that differ between two hosts.

    Parameters
    ----------
    a, b : mapping of str to object
        ``HostFacts`` as nested JSON objects, as in a manifest.

    Returns
    -------
    DataFrame
        Columns ``fact`` (path, parts joined by dots), ``a`` and ``b`` (text; ``absent`` where one
        side lacks the fact), sorted by fact. What changes from minute to minute is left out.
    """
    left, right = dict(_facts(a)), dict(_facts(b))
    rows = [
        (fact, left.get(fact, "absent"), right.get(fact, "absent"))
        for fact in sorted(left.keys() | right.keys())
        if left.get(fact) != right.get(fact) and not fact.startswith(_VOLATILE)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def _facts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves of nested facts; a list of words is one fact, told by its members."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _facts(part, f"{path}.{name}" if path else str(name))
    elif _is_listing(value) and any(isinstance(part, Mapping) for part in value):
        for place, part in enumerate(value):
            yield from _facts(part, f"{path}.{place}")
    elif _is_listing(value):
        for part in value:
            yield f"{path}.{part}", "present"
    else:
        yield path, str(value)


def _is_listing(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def comparability(a: RunManifest, b: RunManifest) -> Comparability:
    """Return whether a gate may rest on the comparison of two runs.

    Parameters
    ----------
    a, b : RunManifest
        The earlier and the later run.

    Returns
    -------
    Comparability
        Not gated where the processors or the machines differ; other differences are noted.
    """
    reasons = [*_barriers(a.host, b.host)]
    gated = not reasons
    if a.preset != b.preset:
        reasons.append(
            f"the runs' presets differ ({a.preset} and {b.preset}), so do their launches"
        )
    for name, what in (("kernel", "kernels"), ("operating_system", "operating systems")):
        if a.host.get(name) != b.host.get(name):
            reasons.append(f"the {what} differ ({a.host.get(name)} and {b.host.get(name)})")
    return Comparability(gated, tuple(reasons))


def _barriers(a: Mapping[str, object], b: Mapping[str, object]) -> Iterator[str]:
    models = [_cpu_model(host) for host in (a, b)]
    if models[0] != models[1]:
        yield (
            f"different processors ({models[0]} and {models[1]}): a ratio of ratios, shown but "
            "never gated"
        )
    elif a.get("machine") != b.get("machine"):
        yield (
            f"different machines ({a.get('machine')} and {b.get('machine')}): a ratio of ratios, "
            "shown but never gated"
        )


def _cpu_model(host: Mapping[str, object]) -> str:
    """Name a processor by model, family and stepping: a hypervisor's model name may hide more."""
    cpu = host.get("cpu")
    facts = cpu if isinstance(cpu, Mapping) else {}
    named = (str(facts.get(name, "unknown")) for name in ("model", "family", "stepping"))
    return "{}, family {}, stepping {}".format(*named)
