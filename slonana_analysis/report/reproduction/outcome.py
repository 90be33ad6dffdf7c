"""What came of making a run again: in words for a person, as JSON for a script."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from slonana_analysis.model.run import RunManifest
from slonana_analysis.profiles.names import printable
from slonana_analysis.report.reproduction.findings import Difference, Findings
from slonana_analysis.report.words import count_text

_KINDS = ("figure", "table", "text", "page")
# What only a measurement needs; nothing made again passes through it.
_MEASURING = frozenset({"c compiler", "perf", "valgrind"})


@dataclass(frozen=True)
class Reproduction:
    """Everything that was compared.

    Attributes
    ----------
    run : str
        Run id.
    findings : Findings
        Counts and differences.
    not_made : tuple of str
        What could not be compared and why, one sentence each.
    versions : tuple of str
        Versions that are not those the run was made with, one clause each.
    output : Path or None
        Where the remade run lies, if it was kept.
    """

    run: str
    findings: Findings
    not_made: tuple[str, ...]
    versions: tuple[str, ...]
    output: Path | None

    @property
    def identical(self) -> bool:
        """Whether something was compared and nothing differed."""
        return bool(self.findings.compared.total()) and not self.findings.differences

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        findings = self.findings
        return {
            "run": self.run,
            "identical": self.identical,
            "compared": {kind: findings.compared[kind] for kind in _KINDS},
            "same": {kind: findings.identical[kind] for kind in _KINDS},
            "differences": [asdict(difference) for difference in findings.differences],
            "not_made": list(self.not_made),
            "versions": list(self.versions),
            "output": None if self.output is None else str(self.output),
        }

    def lines(self) -> Iterator[str]:
        """Yield the outcome as lines for a terminal; what comes out of the run is escaped."""
        for difference in self.findings.differences:
            yield from _lines(difference)
        for sentence in self.not_made:
            yield f"not compared: {printable(sentence)}"
        if self.versions:
            cause = "likely cause" if self.findings.differences else "note"
            yield f"{cause}: {printable('; '.join(self.versions))}"
        counts = ", ".join(
            f"{self.findings.identical[kind]} of {count_text(self.findings.compared[kind], kind)}"
            for kind in _KINDS
            if self.findings.compared[kind]
        )
        yield f"run {self.run}: identical to the byte are {counts or 'none, as nothing was made'}"


def _lines(difference: Difference) -> Iterator[str]:
    yield f"{printable(difference.where)}: {printable(difference.what)}"
    yield from (f"    {line}" for line in difference.excerpt)


def changed_versions(manifest: RunManifest, now: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is of another version now than when the run was made.

    Parameters
    ----------
    manifest : RunManifest
        Its host facts hold the versions of then, and the suite's commit.
    now : mapping of str to str
        Versions by the same names, and ``commit``.
    """
    then = manifest.host.get("versions")
    versions = dict(then) if isinstance(then, Mapping) else {}
    versions["commit"] = manifest.host.get("commit")
    told = [
        f"{name} was {version} when the run was made and is {now[name]} now"
        for name, version in sorted(versions.items())
        if name in now and name not in _MEASURING and now[name] != version
    ]
    return tuple(told)
