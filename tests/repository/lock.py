"""The three lists of dependencies, parsed: pyproject.toml, environment.yml, requirements.lock."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Where conda-forge calls a package something else.
CONDA_NAMES = {
    "backports-zstd": "backports.zstd",
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
}

_ENTRY = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.+))?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Locked:
    """One entry of the lock."""

    name: str
    version: str
    marker: Marker | None
    hashes: int


def project(root: Path) -> dict[str, Any]:
    """Read the ``[project]`` table."""
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return table


def requirements(root: Path, *, extras: bool) -> dict[str, Requirement]:
    """Read what pyproject.toml asks for, by canonical name."""
    table = project(root)
    texts: list[str] = list(table["dependencies"])
    if extras:
        texts += [text for group in table["optional-dependencies"].values() for text in group]
    parsed = [Requirement(text) for text in texts]
    return {canonicalize_name(requirement.name): requirement for requirement in parsed}


def conda_environment(root: Path) -> dict[str, Any]:
    """Read environment.yml."""
    table: dict[str, Any] = yaml.safe_load((root / "environment.yml").read_text())
    return table


def conda_requirements(root: Path) -> dict[str, str]:
    """Read the conda packages of environment.yml: name to version bound."""
    listed = [each for each in conda_environment(root)["dependencies"] if isinstance(each, str)]
    found = [re.fullmatch(r"([\w.-]+?)\s*([<>=!~].*)?", text) for text in listed]
    return {match[1]: match[2] or "" for match in found if match}


def locked(text: str) -> list[Locked]:
    """Parse a lock as uv and pip-compile write it.

    Raises
    ------
    ValueError
        If a line is neither an entry, nor a hash, nor a comment.
    """
    return [_entry(logical) for logical in _logical_lines(text.splitlines())]


def _logical_lines(lines: Iterable[str]) -> Iterable[str]:
    kept = (line for line in lines if not line.lstrip().startswith("#"))
    joined = "\n".join(kept).replace("\\\n", " ")
    return (line.strip() for line in joined.splitlines() if line.strip())


def _entry(line: str) -> Locked:
    requirement = _HASH.sub("", line).strip()
    match = _ENTRY.fullmatch(requirement)
    if match is None:
        message = f"not an exact, hashed requirement: {line!r}"
        raise ValueError(message)
    marker = Marker(match["marker"]) if match["marker"] else None
    name = canonicalize_name(match["name"])
    return Locked(name, match["version"], marker, len(_HASH.findall(line)))
