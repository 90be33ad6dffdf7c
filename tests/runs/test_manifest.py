import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slonana_analysis.errors import FormatError, SchemaError
from slonana_analysis.runs.manifest import read_manifest, write_manifest
from tests.runs.conftest import manifest, record

WHOLE = replace(
    manifest(),
    notebooks=(record("00_a"), record("21_b", "failed", "cell 3: ValueError: no")),
    checksums={"samples.parquet": "00"},
)


def written(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.json"
    write_manifest(WHOLE, path)
    return path


def test_a_manifest_comes_back_as_it_went(tmp_path: Path) -> None:
    assert read_manifest(written(tmp_path)) == WHOLE


def test_the_text_is_sorted_stable_and_readable(tmp_path: Path) -> None:
    text = written(tmp_path).read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert "Ünïcode" in text
    assert list(json.loads(text)) == sorted(json.loads(text))
    write_manifest(read_manifest(tmp_path / "manifest.json"), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text(encoding="utf-8") == text


def test_a_newer_format_asks_for_a_newer_program(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    with pytest.raises(FormatError, match=r"newer version .* upgrade"):
        read_manifest(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff\xfe\x00", b'"text"'])
def test_what_is_no_json_object_is_damaged(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"manifest\.json"):
        read_manifest(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="folder of a run"):
        read_manifest(tmp_path / "manifest.json")


@pytest.mark.parametrize("field", sorted(json.loads(json.dumps(WHOLE.__dict__, default=str))))
def test_each_field_must_be_there_and_of_its_kind(field: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    document: dict[str, Any] = json.loads(path.read_text())
    for broken in ({k: v for k, v in document.items() if k != field}, document | {field: None}):
        path.write_text(json.dumps(broken))
        with pytest.raises(FormatError, match=f"'{field}'"):
            read_manifest(path)


def test_an_unknown_state_of_a_notebook_is_damage(tmp_path: Path) -> None:
    path = written(tmp_path)
    document = json.loads(path.read_text())
    document["notebooks"][0]["state"] = "perhaps"
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="perhaps"):
        read_manifest(path)


def test_nan_is_refused_rather_than_written_as_no_json(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="JSON"):
        write_manifest(replace(WHOLE, host={"x": float("nan")}), tmp_path / "manifest.json")
    assert list(tmp_path.iterdir()) == []
