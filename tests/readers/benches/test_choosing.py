"""Which reader a file gets, and the one sentence where none or several would do."""

import gzip
import io
import json

import pytest

from slonana_analysis.errors import FormatError, UnavailableError, UsageError
from slonana_analysis.readers.benches.registry import bench_readers, read_benches

NAMES = ["asv", "criterion", "google-benchmark", "hyperfine", "pyperf", "pytest-benchmark"]
STRANGERS = [
    [],
    {},
    3,
    "text",
    None,
    {"benchmarks": []},
    {"benchmarks": [3]},
    {"results": [{"name": "x"}]},
    {"results": {}},
    {"samples": [1, 2]},
]


def test_every_tool_has_its_reader():
    assert list(bench_readers()) == NAMES


@pytest.mark.parametrize("document", STRANGERS)
def test_a_stranger_is_told_what_is_known(read_document, document):
    with pytest.raises(FormatError, match=r"results\.json is of no benchmark tool known here") as e:
        read_document(document)
    assert all(name in str(e.value) for name in NAMES)


def test_several_candidates_are_named(read_document):
    both = {"context": {}, "machine_info": {}, "benchmarks": []}
    with pytest.raises(FormatError, match="any of google-benchmark, pytest-benchmark; say which"):
        read_document(both)
    both["benchmarks"] = [{"name": "x", "real_time": 3, "time_unit": "us"}]
    assert read_document(both, "google-benchmark").values["value"].to_list() == [3000]


def test_unknown_format(results):
    with pytest.raises(UsageError, match="no reader is called 'nonsense'; there are asv, crit"):
        read_benches(results / "pyperf/old.json", "nonsense")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"criterion", "asv"}])
def test_a_folder_is_no_file(results, name):
    with pytest.raises(FormatError, match="is a folder"):
        read_benches(results / "criterion", name)


def test_a_file_is_no_folder(results):
    with pytest.raises(FormatError, match="is one file"):
        read_benches(results / "pyperf/old.json", "criterion")


def test_a_folder_of_nothing_known(tmp_path):
    (tmp_path / "notes.json").write_text("{}")
    with pytest.raises(FormatError, match="is of no benchmark tool"):
        read_benches(tmp_path)


def test_missing_file(tmp_path):
    with pytest.raises(UnavailableError, match="No such file"):
        read_benches(tmp_path / "none.json")


def test_packed_files_and_streams(results, tmp_path):
    raw = (results / "pyperf/old.json").read_bytes()
    (tmp_path / "x").write_bytes(gzip.compress(raw))
    plain = read_benches(results / "pyperf/old.json").values
    assert plain.equals(read_benches(str(tmp_path / "x")).values)
    assert plain.equals(read_benches(io.BytesIO(raw)).values)


def test_damaged_packing_is_refused(results, tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress((results / "pyperf/old.json").read_bytes())[:-99])
    with pytest.raises(FormatError, match=r"x\.gz cannot be unpacked: the gzip data end early"):
        read_benches(tmp_path / "x.gz")


@pytest.mark.parametrize(
    ("document", "tool"),
    [
        ({"context": {}, "benchmarks": []}, "google-benchmark"),
        ({"machine_info": {}, "benchmarks": []}, "pytest-benchmark"),
        ({"results": {}, "commit_hash": "abc"}, "asv"),
    ],
)
def test_a_file_without_benchmarks_is_an_error(read_document, document, tool):
    with pytest.raises(FormatError, match=f"is of {tool} but holds no benchmark"):
        read_document(document)


def test_a_byte_order_mark_is_no_damage(tmp_path):
    document = {"results": [{"command": "true", "times": [1.0]}]}
    (tmp_path / "x.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert read_benches(tmp_path / "x.json").values["value"].to_list() == [1e9]
