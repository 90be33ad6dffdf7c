"""``manifest.json``: what a run is, as sorted, stable, checked JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from slonana_analysis.errors import FormatError, SchemaError
from slonana_analysis.model.run import NotebookRecord, NotebookState, RunManifest
from slonana_analysis.runs.atomic import write_atomically

FORMAT = 1


def manifest_document(manifest: RunManifest) -> dict[str, Any]:
    """Return the manifest as a JSON object."""
    return asdict(manifest)


def json_text(document: Mapping[str, Any]) -> str:
    """Return a JSON object as text with sorted keys, indented, ending in a newline.

    Raises
    ------
    SchemaError
        If a value is not JSON; NaN and infinity are not.
    """
    try:
        text = json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"a manifest must hold JSON values only: {error}") from error
    return text + "\n"


def write_manifest(manifest: RunManifest, path: Path) -> None:
    """Write a manifest, whole or not at all.

    Raises
    ------
    SchemaError
        If it holds a value that is not JSON.
    UnavailableError
        If the file cannot be written.
    """
    write_atomically(path, json_text(manifest_document(manifest)).encode())


def read_manifest(path: Path) -> RunManifest:
    """Read and check a manifest.

    Raises
    ------
    FormatError
        If the file is missing, is not JSON, lacks a field, or was written by a newer version.
    """
    return parse_manifest(read_json_object(path), path)


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object.

    Raises
    ------
    FormatError
        If the file is missing, unreadable, or anything else.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be read ({error.strerror}); is this the folder of a run?"
        ) from error
    except ValueError as error:
        raise FormatError(f"{path}: is not JSON ({error}); the run is damaged") from error
    if not isinstance(document, dict):
        raise FormatError(f"{path}: is not a JSON object; the run is damaged")
    return document


def parse_manifest(document: Mapping[str, Any], source: Path) -> RunManifest:
    """Return the manifest that a JSON object states.

    Parameters
    ----------
    document : mapping
        As ``manifest_document`` gives it.
    source : Path
        Named in errors.

    Raises
    ------
    FormatError
        If a field is missing or of the wrong kind, or the format is newer than this program.
    """
    version = _field(document, "format", int, source)
    if version > FORMAT:
        raise FormatError(
            f"{source}: written in format {version} by a newer version of slonana-analysis; "
            f"this one reads up to {FORMAT}: upgrade it"
        )
    return RunManifest(
        run=_field(document, "run", str, source),
        date=_field(document, "date", str, source),
        start=_field(document, "start", str, source),
        preset=_field(document, "preset", str, source),
        parameters=_field(document, "parameters", dict, source),
        host=_field(document, "host", dict, source),
        notebooks=tuple(
            _notebook(entry, source) for entry in _field(document, "notebooks", list, source)
        ),
        checksums=_field(document, "checksums", dict, source),
        format=version,
    )


def _notebook(document: object, source: Path) -> NotebookRecord:
    if not isinstance(document, dict):
        raise FormatError(f"{source}: 'notebooks' must hold objects; the run is damaged")
    state = _field(document, "state", str, source)
    if state not in get_args(NotebookState):
        raise FormatError(f"{source}: notebook state '{state}' is unknown; the run is damaged")
    return NotebookRecord(
        name=_field(document, "name", str, source),
        title=_field(document, "title", str, source),
        state=state,
        seconds=float(_field(document, "seconds", (int, float), source)),
        startup_seconds=float(_field(document, "startup_seconds", (int, float), source)),
        error=_field(document, "error", str, source),
    )


def _field(
    document: Mapping[str, Any], name: str, kind: type | tuple[type, ...], source: Path
) -> Any:  # noqa: ANN401  # the kind is checked here, at run time
    if not isinstance(value := document.get(name), kind):
        problem = "is missing" if value is None else f"holds a {type(value).__name__}"
        raise FormatError(f"{source}: field '{name}' {problem}; the run is damaged")
    return value
