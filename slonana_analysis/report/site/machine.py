"""The machine of a run in words: its facts, and what about it may disturb a measurement.

Facts are read from a stored manifest, so any of them may be missing; it is then "unknown".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from slonana_analysis.model.host import UNKNOWN
from slonana_analysis.units import format_bytes, format_time

_VECTOR_FEATURES = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "amx_tile", "asimd")
_NONE = frozenset({"none", "", "no"})
_HIGH_STEAL = 0.01
_HIGH_PRESSURE = 0.05


class Facts:
    """Stored host facts with ``"unknown"`` for whatever is not there.

    Parameters
    ----------
    host : mapping
        ``HostFacts`` as nested JSON objects.
    """

    def __init__(self, host: Mapping[str, object]) -> None:
        self._host = host

    def get(self, *path: str) -> Any:  # noqa: ANN401  # JSON
        """Return the value at ``path``, or ``"unknown"``."""
        value: Any = self._host
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return UNKNOWN if value in (None, "") else value

    def text(self, *path: str) -> str:
        """Return the value at ``path`` as text."""
        return str(self.get(*path))

    def number(self, *path: str) -> float | None:
        """Return the value at ``path`` when it is a number."""
        value = self.get(*path)
        return float(value) if isinstance(value, int | float) else None


def machine_name(host: Mapping[str, object]) -> str:
    """Return the processor's model, or ``"unknown processor"``."""
    model = Facts(host).text("cpu", "model")
    return "unknown processor" if model == UNKNOWN else model


def machine_facts(host: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the facts worth knowing when reading results, by name.

    Parameters
    ----------
    host : mapping
        ``HostFacts`` as nested JSON objects, from a manifest.

    Returns
    -------
    list of (str, str)
        Name and value as text.
    """
    facts = Facts(host)
    return [
        ("Processor", facts.text("cpu", "model")),
        ("Architecture", facts.text("cpu", "architecture")),
        ("Processors", _processors(facts)),
        ("Caches", _caches(facts.get("cpu", "caches"))),
        ("Vector instructions", _vector_features(facts.get("cpu", "features"))),
        ("Hypervisor", facts.text("cpu", "hypervisor")),
        ("Frequency governor", facts.text("cpu", "governor")),
        ("Turbo", facts.text("cpu", "turbo")),
        ("SMT", facts.text("cpu", "smt")),
        ("Mitigations", _mitigations(facts.get("cpu", "mitigations"))),
        ("Memory", _memory(facts)),
        ("CPU limit of the control group", facts.text("cgroup_cpu_limit")),
        ("Clock", _clock(facts)),
        ("Load at the start", _load(facts)),
        ("Kernel", facts.text("kernel")),
        ("Operating system", facts.text("operating_system")),
        ("Versions", _named(facts.get("versions"))),
        ("Commit of the suite", facts.text("commit")),
        ("Machine id", facts.text("machine")),
    ]


def hazards(host: Mapping[str, object]) -> list[str]:
    """Return what about the machine may have disturbed the figures, one sentence each.

    Parameters
    ----------
    host : mapping
        ``HostFacts`` as nested JSON objects, from a manifest.

    Returns
    -------
    list of str
        Empty for a quiet machine that hides nothing.
    """
    facts = Facts(host)
    found = (
        _virtual(facts),
        _governor(facts),
        _turbo(facts),
        _limited(facts),
        _busy(facts),
        _steal(facts),
        _pressure(facts),
        _dirty(facts),
        _hidden(facts),
    )
    return [sentence for sentence in found if sentence]


def _virtual(facts: Facts) -> str:
    hypervisor = facts.text("cpu", "hypervisor")
    if hypervisor == UNKNOWN or hypervisor.lower() in _NONE:
        return ""
    return (
        f"This is a virtual machine ({hypervisor}): it may hide hardware counters and the real "
        "clock rate, and its neighbours take time that a guest cannot see."
    )


def _governor(facts: Facts) -> str:
    governor = facts.text("cpu", "governor")
    if governor in {UNKNOWN, "performance"}:
        return ""
    return (
        f"The frequency governor is '{governor}', so the clock follows the load; "
        "'performance' keeps it steady."
    )


def _turbo(facts: Facts) -> str:
    if facts.text("cpu", "turbo").lower() not in {"on", "true", "enabled"}:
        return ""
    return "Turbo is on: the clock depends on heat and on what the other cores do."


def _limited(facts: Facts) -> str:
    limit = facts.text("cgroup_cpu_limit")
    if limit == UNKNOWN or limit.lower() in _NONE:
        return ""
    return f"The control group allows {limit}: whoever uses it up is stopped until the next period."


def _busy(facts: Facts) -> str:
    load, usable = facts.number("activity", "load_1min"), facts.number("cpu", "usable")
    if load is None or usable is None or load <= 0.5 * usable:
        return ""
    return (
        f"The machine was busy when this was noted: load {load:.1f} on {usable:.0f} processors. "
        "Verdicts pair their samples and withstand this, absolute times do not."
    )


def _steal(facts: Facts) -> str:
    steal = facts.number("activity", "steal_share")
    if steal is None or steal < _HIGH_STEAL:
        return ""
    return f"{100 * steal:.1f} % of processor time since boot went to other virtual machines."


def _pressure(facts: Facts) -> str:
    pressure = facts.number("activity", "cpu_pressure_10s")
    if pressure is None or pressure < _HIGH_PRESSURE:
        return ""
    return f"Tasks waited for a processor {100 * pressure:.0f} % of the ten seconds before."


def _dirty(facts: Facts) -> str:
    commit = facts.text("commit")
    if not commit.endswith("-dirty"):
        return ""
    return (
        f"The suite's files differed from commit {commit.removesuffix('-dirty')[:12]}, so that "
        "commit alone does not reproduce this run."
    )


def _hidden(facts: Facts) -> str:
    names = {"governor": "frequency governor", "turbo": "turbo", "smt": "SMT"}
    hidden = [text for name, text in names.items() if facts.text("cpu", name) == UNKNOWN]
    if not hidden:
        return ""
    return f"Not visible from here, hence unknown: {', '.join(hidden)}."


def _processors(facts: Facts) -> str:
    usable, logical = facts.text("cpu", "usable"), facts.text("cpu", "logical")
    return f"{usable} usable of {logical}; cores: {facts.text('cpu', 'cores')}"


def _caches(caches: object) -> str:
    if not isinstance(caches, Sequence) or isinstance(caches, str) or not caches:
        return UNKNOWN
    return ", ".join(_cache(Facts(cache)) for cache in caches if isinstance(cache, Mapping))


def _cache(cache: Facts) -> str:
    kind, size = cache.text("kind"), cache.number("size_bytes")
    label = f"L{cache.text('level')}" + ("" if kind == "unified" else f" {kind}")
    shared = cache.number("shared_by")
    by = f" shared by {shared:.0f}" if shared and shared > 1 else ""
    return f"{label} {UNKNOWN if size is None else format_bytes(size)}{by}"


def _vector_features(features: object) -> str:
    if not isinstance(features, Sequence) or isinstance(features, str):
        return UNKNOWN
    return ", ".join(name for name in _VECTOR_FEATURES if name in features) or "none known"


def _mitigations(mitigations: object) -> str:
    if not isinstance(mitigations, Mapping) or not mitigations:
        return UNKNOWN
    states = {str(name): str(state) for name, state in mitigations.items()}
    active = [name for name, state in sorted(states.items()) if state.startswith("Mitigation")]
    vulnerable = [name for name, state in sorted(states.items()) if state.startswith("Vulnerable")]
    parts = [f"active: {', '.join(active)}" if active else "none active"]
    if vulnerable:
        parts.append(f"vulnerable: {', '.join(vulnerable)}")
    return "; ".join(parts)


def _memory(facts: Facts) -> str:
    size, free = facts.number("memory_bytes"), facts.number("memory_available_bytes")
    if size is None:
        return UNKNOWN
    return format_bytes(size) + (f", {format_bytes(free)} available" if free is not None else "")


def _clock(facts: Facts) -> str:
    step = facts.number("clock_step_ns")
    return facts.text("clock_source") + (f", steps of {format_time(step)}" if step else "")


def _load(facts: Facts) -> str:
    one, five = facts.text("activity", "load_1min"), facts.text("activity", "load_5min")
    return f"{one} (1 minute), {five} (5 minutes)"


def _named(values: object) -> str:
    if not isinstance(values, Mapping) or not values:
        return UNKNOWN
    return ", ".join(f"{name} {values[name]}" for name in sorted(values))
