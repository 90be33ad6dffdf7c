"""Files made to be too large, too deep or nonsense: one sentence, and memory within bounds."""

import contextlib
import json
import os
import tracemalloc

import pytest

from slonana_analysis.errors import FormatError, SlonanaError
from slonana_analysis.readers.benches import documents, observations
from slonana_analysis.readers.benches.registry import read_benches

FILES = [
    "google-benchmark/old.json",
    "pyperf/old.json",
    "pytest-benchmark/summary.json",
    "hyperfine/old.json",
    "asv/bench/d5b36f3a-existing-py.json",
]
MIB = 1 << 20


@pytest.fixture
def written(tmp_path):
    def write(raw):
        path = tmp_path / "hostile.json"
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("{", r"no whole JSON document \(Expecting property name.* in line 1, column 2\)"),
        ("time,value\n1,2\n", "no whole JSON document"),
        (b'{"a": "\xff"}', "cannot be decoded"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ("[" + "9" * 5000 + "]", "cannot be decoded"),
    ],
)
def test_nonsense_is_one_sentence(written, raw, problem):
    with pytest.raises(FormatError, match=rf"hostile\.json .*{problem}") as error:
        read_benches(written(raw))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("file", FILES)
def test_every_truncation_is_an_error(results, written, file):
    raw = (results / file).read_bytes().rstrip()
    for size in range(1, len(raw), max(1, len(raw) // 60)):
        with pytest.raises(FormatError):
            read_benches(written(raw[:size]))


def places(content, path=()):
    """Every place in a document, also inside its lists, the first two elements of each."""
    yield path
    members = content.items() if isinstance(content, dict) else ()
    elements = enumerate(content[:2]) if isinstance(content, list) else ()
    for key, value in [*members, *elements]:
        yield from places(value, (*path, key))


@pytest.mark.parametrize("wrong", [None, True, 3, -1e300, "text", [], {}, [None], {"name": []}])
@pytest.mark.parametrize("file", FILES)
def test_a_wrong_type_anywhere_is_read_or_refused_but_never_a_crash(results, written, file, wrong):
    document = json.loads((results / file).read_text())
    for path in list(places(document))[1:]:
        *around, last = path
        parent = document
        for key in around:
            parent = parent[key]
        kept, parent[last] = parent[last], wrong
        with contextlib.suppress(SlonanaError):
            read_benches(written(json.dumps(document)))
        parent[last] = kept


def test_the_error_names_the_place(altered):
    def change(document):
        document["benchmarks"][3]["real_time"] = "fast"

    path = altered("google-benchmark/old.json", change)
    with pytest.raises(
        FormatError, match=r"'benchmarks\[3\].real_time' should be a number, but is"
    ):
        read_benches(path)


def test_names_are_quoted_short_and_harmless_in_errors(read_document):
    name = "\x1b[2J" + "x" * 1000
    with pytest.raises(FormatError) as error:
        read_document({"results": {name: 3}, "result_columns": ["result"], "commit_hash": "a"})
    assert "\x1b" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    "raw",
    [
        "[" + "[]," * (5 * MIB) + "[]]",
        "[" + '{"a":1},' * (2 * MIB) + "{}]",
        "[" + "1," * (8 * MIB) + "1]",
        '["' + "a" * (31 * MIB) + '\\ud83d\\ude00"]',
    ],
    ids=["lists", "objects", "numbers", "wide text"],
)
def test_what_would_fill_the_memory_is_refused_before_it_does(written, raw):
    path = written(raw)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="more than 256 MiB of memory"):
            read_benches(path)
        assert tracemalloc.get_traced_memory()[1] < documents.MEMORY_LIMIT
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "unit", ['{"a":1},', '{"a":1,"b":2},', "[],", "[1.5],", "1.5e3,", '"ab",', "[[[1]]],", '"é",']
)
def test_the_bound_holds_for_what_is_decoded(written, unit):
    raw = ("[" + unit * (2 * MIB // len(unit)) + "1]").encode()
    tracemalloc.start()
    try:
        documents._decoded(raw, "x")
        assert tracemalloc.get_traced_memory()[1] < documents._memory(raw)
    finally:
        tracemalloc.stop()


def test_an_endless_stream_is_left_off(monkeypatch):
    monkeypatch.setattr(documents, "_TEXT_LIMIT", MIB)
    with pytest.raises(FormatError, match="above 1 MiB"):
        read_benches("/dev/zero")


LONG = "x" * MIB
AXES = [[f"{index}{'x' * 2000}" for index in range(300)] for _ in range(2)]


@pytest.mark.parametrize(
    "document",
    [
        {"results": [{"command": LONG, "times": [1.0] * 200}]},
        {"results": [{"command": "a", "times": [1] * 2_900_000}]},
        {"commit_hash": "a", "results": {"b": {"result": [None] * 90_000, "params": AXES}}},
        {"commit_hash": "a", "results": {"b": {"result": [1] * 90_000, "params": AXES}}},
        {"context": {}, "benchmarks": [{"name": "a", "skipped": True, "skip_message": LONG}] * 9},
    ],
    ids=["long name", "many runs", "failed combinations", "combinations", "long messages"],
)
def test_a_small_file_does_not_become_a_large_table(written, monkeypatch, document):
    monkeypatch.setattr(observations, "_TABLE_LIMIT", 16 * MIB)
    path = written(json.dumps(document))
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="fill a table of more than 16 MiB"):
            read_benches(path)
        assert tracemalloc.get_traced_memory()[1] < documents.MEMORY_LIMIT
    finally:
        tracemalloc.stop()


def test_half_a_surrogate_is_kept_as_an_escape(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"results": [{"command": "a\\ud800b", "times": [1]}]}')
    assert read_benches(path).values["name"].to_list() == ["a\\ud800b"]


def test_a_folder_is_not_followed_out_of_or_down_for_ever(results, tmp_path):
    outside = results / "criterion/old/words/sum/256/new/sample.json"
    (tmp_path / "a/new").mkdir(parents=True)
    (tmp_path / "a/new/sample.json").symlink_to(outside)
    (tmp_path / "b").symlink_to(tmp_path)
    deep = tmp_path / "/".join("d" * 12) / "new"
    deep.mkdir(parents=True)
    (deep / "sample.json").write_bytes(outside.read_bytes())
    with pytest.raises(FormatError, match="is of no benchmark tool"):
        read_benches(tmp_path)


def test_a_folder_with_too_many_entries_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "_MOST_ENTRIES", 3)
    for index in range(4):
        (tmp_path / f"{index}.json").touch()
    with pytest.raises(FormatError, match="more than 3 entries"):
        read_benches(tmp_path)


def test_files_of_a_folder_count_together(results, monkeypatch):
    monkeypatch.setattr(documents, "_TEXT_LIMIT", 2000)
    with pytest.raises(FormatError, match="to be read above"):
        read_benches(results / "criterion/old")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(SlonanaError, match="check its permissions"):
        read_benches(tmp_path)
